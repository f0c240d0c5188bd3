package dev.sluice.balance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Secret;
import dev.sluice.config.UpstreamTerms.Sticky;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class StickyTokensTest {

    private final List<TestTarget> targets = TestTarget.many(3);
    private final TestTarget first = targets.get(0);

    private StickyTokens<TestTarget> tokens(String key, Duration maxAge) {
        return new StickyTokens<>(new Sticky("sid", maxAge, new Secret(key)), "default/app", targets, TestTarget::fit);
    }

    private StickyTokens<TestTarget> tokens(String key) {
        return tokens(key, Duration.ZERO);
    }

    private static String value(@Nullable String setCookie) {
        String text = String.valueOf(setCookie);
        return text.substring(text.indexOf('=') + 1, text.indexOf(';'));
    }

    @Test
    void theCookieSaysNothingButWhereTo() {
        // openssl: printf 'default/app\n10.0.0.0:8080' | openssl dgst -sha256 -hmac key -binary | head -c 18 | base64
        assertEquals(
                "sid=-tbd84CcdazBDVOuPWhZROPK; Path=/; HttpOnly; SameSite=Lax",
                tokens("key").setCookie(first, null, false));
        assertEquals(
                "sid=-tbd84CcdazBDVOuPWhZROPK; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax",
                tokens("key", Duration.ofHours(1)).setCookie(first, null, true));
    }

    @Test
    void everyNodeWithTheKeyKnowsIt() {
        String cookie = value(tokens("key").setCookie(first, null, false));
        assertEquals(first, tokens("key").target(cookie));
        assertNull(tokens("key").setCookie(first, cookie, false), "it has it already");
        assertNull(tokens("other").target(cookie));
        assertNull(tokens("").target(cookie));
    }

    @Test
    void withoutAKeyTheProcessHasOne() {
        String cookie = value(tokens("").setCookie(first, null, false));
        assertEquals(first, tokens("").target(cookie));
    }

    @Test
    void forgedAndForeignCookiesAreUnknown() {
        StickyTokens<TestTarget> tokens = tokens("key");
        String cookie = value(tokens.setCookie(first, null, false));
        for (String forged :
                List.of("", "x", cookie + "A", cookie.substring(1), "10.0.0.0:8080", cookie.toLowerCase(Locale.ROOT))) {
            assertNull(tokens.target(forged));
            assertTrue(String.valueOf(tokens.setCookie(first, forged, false)).contains(cookie));
        }
        StickyTokens<TestTarget> other = new StickyTokens<>(
                new Sticky("sid", Duration.ZERO, new Secret("key")), "default/other", targets, TestTarget::fit);
        assertNull(other.target(cookie), "another backend's");
        assertNotEquals(cookie, value(tokens.setCookie(targets.get(1), null, false)));
        assertFalse(cookie.contains("10."));
    }

    @Test
    void theUnfitAreLeft() {
        String cookie = value(tokens("key").setCookie(first, null, false));
        first.fit(false);
        assertNull(tokens("key").target(cookie));
        assertNull(tokens("key").setCookie(first, cookie, false), "it may answer once more, as a panic's choice");
    }
}
