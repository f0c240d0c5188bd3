package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UpstreamUrlTest {

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:9001, HTTP, 127.0.0.1, 9001",
        "http://a.example/, HTTP, a.example, 80",
        "HTTP://a.example, HTTP, a.example, 80",
        "h2c://under_score:50051, H2C, under_score, 50051",
        "https://a.example, HTTPS, a.example, 443",
        "h2://a.example:8443, H2, a.example, 8443",
        "h3://[2001:db8::1], H3, 2001:db8::1, 443",
        "http://[::1]:65535, HTTP, ::1, 65535"
    })
    void readsSchemeHostAndPort(String text, Protocol protocol, String host, int port) {
        assertEquals(new UpstreamUrl(text, protocol, new EndpointAddress(host, port)), UpstreamUrl.parse(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "127.0.0.1:9001 | 127.0.0.1:9001 (expected: a URL, for example http://127.0.0.1:9001)",
                "ftp://a | ftp://a has scheme 'ftp' (expected: http, h2c, https, h2 or h3)",
                "http://a:0 | http://a:0 has port 0 (expected: 1..65535)",
                "http://a:65536 | http://a:65536 has port 65536 (expected: 1..65535)",
                "http://a: | http://a: has port '' (expected: 1..65535)",
                "http://u@a | http://u@a has user information (expected: scheme, host and port only)",
                "http://[::x]:1 | http://[::x]:1 has no valid IPv6 address (expected: one in brackets as in"
                        + " http://[::1]:9001)"
            })
    void saysWhatIsWrong(String text, String message) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> UpstreamUrl.parse(text))
                        .getMessage());
    }

    @ParameterizedTest
    @CsvSource({"http://", "http://:80", "http://a b", "http://::1:80", "http://[::1", "http://a?b", "http://a/b", "x"})
    void refuses(String text) {
        assertThrows(IllegalArgumentException.class, () -> UpstreamUrl.parse(text));
    }
}
