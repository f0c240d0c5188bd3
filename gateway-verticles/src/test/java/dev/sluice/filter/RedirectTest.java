package dev.sluice.filter;

import static dev.sluice.config.FilterSpec.PathModifier.Type.REPLACE_FULL_PATH;
import static dev.sluice.config.FilterSpec.PathModifier.Type.REPLACE_PREFIX_MATCH;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.sluice.config.Defaults;
import dev.sluice.config.FilterSpec.PathModifier;
import dev.sluice.config.FilterSpec.RequestRedirect;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gateway API's HTTPRouteRedirect* conformance tests. */
class RedirectTest {

    /** HTTPRouteRedirectHostAndStatus and HTTPRoute{303,307,308}Redirect. */
    @ParameterizedTest
    @CsvSource({"/hostname-redirect, 302", "/host-and-status, 301", "/x, 303", "/x, 307", "/x, 308"})
    void httpRouteRedirectHostAndStatus(String path, int status) {
        TestExchange exchange = TestExchange.at(path, path);
        assertEquals("http://example.org" + path, location(exchange, null, "example.org", null, 0, status));
    }

    /** HTTPRouteRedirectPath. */
    @ParameterizedTest
    @CsvSource({
        "/original-prefix/lemon, /original-prefix, REPLACE_PREFIX_MATCH, /replacement-prefix,, 302, http://gateway.test/replacement-prefix/lemon",
        "/full/path/original, /full, REPLACE_FULL_PATH, /full-path-replacement,, 302, http://gateway.test/full-path-replacement",
        "/path-and-host, /path-and-host, REPLACE_PREFIX_MATCH, /replacement-prefix, example.org, 302, http://example.org/replacement-prefix",
        "/path-and-status, /path-and-status, REPLACE_PREFIX_MATCH, /replacement-prefix,, 301, http://gateway.test/replacement-prefix",
        "/full-path-and-host, /full-path-and-host, REPLACE_FULL_PATH, /replacement-full, example.org, 302, http://example.org/replacement-full",
        "/full-path-and-status, /full-path-and-status, REPLACE_FULL_PATH, /replacement-full,, 301, http://gateway.test/replacement-full",
    })
    void httpRouteRedirectPath(
            String path,
            String prefix,
            PathModifier.Type type,
            String value,
            @Nullable String host,
            int status,
            String location) {
        TestExchange exchange = TestExchange.at(path, prefix);
        assertEquals(location, location(exchange, null, host, new PathModifier(type, value), 0, status));
    }

    /** HTTPRouteRedirectPort and HTTPRouteRedirectScheme. */
    @ParameterizedTest
    @CsvSource({
        "/port, , , 8083, 302, http://gateway.test:8083/port",
        "/port-and-host, , example.org, 8083, 302, http://example.org:8083/port-and-host",
        "/port-and-status, , , 8083, 301, http://gateway.test:8083/port-and-status",
        "/scheme, https, , 0, 302, https://gateway.test/scheme",
        "/scheme-and-host, https, example.org, 0, 302, https://example.org/scheme-and-host",
        "/scheme-and-status, https, , 0, 301, https://gateway.test/scheme-and-status",
    })
    void httpRouteRedirectPortAndHTTPRouteRedirectScheme(
            String path, @Nullable String scheme, @Nullable String host, int port, int status, String location) {
        assertEquals(location, location(TestExchange.at(path, path), scheme, host, null, port, status));
    }

    /** HTTPRouteRedirectPortAndScheme: on which listener, given scheme and port, Location. */
    @ParameterizedTest
    @CsvSource({
        "http, 80, , 0, http://example.org/",
        "http, 80, , 80, http://example.org/",
        "http, 80, , 8080, http://example.org:8080/",
        "http, 80, https, 0, https://example.org/",
        "http, 80, https, 443, https://example.org/",
        "http, 80, https, 8443, https://example.org:8443/",
        "http, 8080, , 0, http://example.org:8080/",
        "http, 8080, , 80, http://example.org/",
        "http, 8080, https, 0, https://example.org/",
        "https, 443, , 0, https://example.org/",
        "https, 443, , 443, https://example.org/",
        "https, 443, , 8443, https://example.org:8443/",
        "https, 443, http, 0, http://example.org/",
        "https, 443, http, 80, http://example.org/",
        "https, 443, http, 8080, http://example.org:8080/",
    })
    void httpRouteRedirectPortAndScheme(
            String clientScheme, int listenerPort, @Nullable String scheme, int port, String location) {
        TestExchange exchange = TestExchange.at("/", "");
        exchange.scheme = clientScheme;
        exchange.listenerPort = listenerPort;
        assertEquals(location, location(exchange, scheme, "example.org", null, port, Defaults.REDIRECT_STATUS));
    }

    @Test
    void queryIsKept() {
        TestExchange exchange = TestExchange.at("/a/b", "/a");
        exchange.query = "q=%20&r";
        PathModifier modifier = new PathModifier(REPLACE_PREFIX_MATCH, "/");
        assertEquals("https://gateway.test/b?q=%20&r", location(exchange, "https", null, modifier, 0, 302));
    }

    @Test
    void ipv6HostGetsItsBracketsBack() {
        TestExchange exchange = TestExchange.at("/a", "");
        exchange.authority = "::1";
        exchange.listenerPort = 8080;
        assertEquals("http://[::1]:8080/a", location(exchange, null, null, null, 0, 302));
    }

    @Test
    void asteriskFormHasNoPath() {
        TestExchange exchange = TestExchange.at("*", "");
        PathModifier modifier = new PathModifier(REPLACE_FULL_PATH, "/full");
        assertEquals("https://gateway.test", location(exchange, "https", null, modifier, 0, 302));
    }

    @Test
    void withoutAnyHostThereIsNoLocation() {
        TestExchange exchange = new TestExchange();
        exchange.authority = "";
        HttpFilter filter = BuiltInFilters.create(new RequestRedirect("https", null, null, 0, 302));
        assertEquals(FilterAction.REPLIED, filter.onRequest(exchange));
        assertEquals(400, exchange.status);
        assertFalse(exchange.responseHeaders.contains("location"));
    }

    private static @Nullable String location(
            TestExchange exchange,
            @Nullable String scheme,
            @Nullable String host,
            @Nullable PathModifier path,
            int port,
            int status) {
        HttpFilter filter = BuiltInFilters.create(new RequestRedirect(scheme, host, path, port, status));
        assertEquals(FilterAction.REPLIED, filter.onRequest(exchange));
        assertEquals(1, exchange.replies);
        assertEquals(status, exchange.status);
        return exchange.responseHeaders.get("location");
    }
}
