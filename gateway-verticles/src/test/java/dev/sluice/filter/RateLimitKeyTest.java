package dev.sluice.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class RateLimitKeyTest {

    @Test
    void parameters() {
        assertEquals("1", RateLimitKey.parameter("key=1", "key"));
        assertEquals("2", RateLimitKey.parameter("a=1&key=2&key=3", "key"));
        assertEquals("", RateLimitKey.parameter("key=&a=1", "key"));
        assertEquals("x=y", RateLimitKey.parameter("xkey=1&key=x=y", "key"));
        assertNull(RateLimitKey.parameter("keys=1&key", "key"));
        assertNull(RateLimitKey.parameter("", "key"));
        assertNull(RateLimitKey.parameter(null, "key"));
    }

    @Test
    void claims() {
        assertEquals("alice", RateLimitKey.claim("Bearer " + token("{\"sub\":\"alice\"}"), "sub"));
        assertEquals("alice", RateLimitKey.claim("bearer  " + token("{\"sub\":\"alice\"}"), "sub"));
        assertEquals("17", RateLimitKey.claim("Bearer " + token("{\"uid\":17}"), "uid"));
        assertNull(RateLimitKey.claim("Bearer " + token("{\"sub\":{}}"), "sub"));
        assertNull(RateLimitKey.claim("Bearer " + token("[]"), "sub"));
        assertNull(RateLimitKey.claim("Bearer " + token("{}"), "sub"));
        assertNull(RateLimitKey.claim("Bearer a.b", "sub"));
        assertNull(RateLimitKey.claim("Bearer a.*.c", "sub"));
        assertNull(RateLimitKey.claim("Basic YTpi", "sub"));
        assertNull(RateLimitKey.claim(null, "sub"));
    }

    private static String token(String payload) {
        String body = Base64.getUrlEncoder().withoutPadding().encodeToString(payload.getBytes(StandardCharsets.UTF_8));
        return "e30." + body + ".c2ln";
    }
}
