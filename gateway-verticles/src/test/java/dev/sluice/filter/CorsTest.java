package dev.sluice.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sluice.config.Defaults;
import dev.sluice.config.FilterSpec.Cors;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gateway API's HTTPRouteCORS. */
class CorsTest {

    private static final Cors CORS_1 = new Cors(
            List.of("https://www.foo.com", "https://*.bar.com"),
            List.of("GET", "OPTIONS"),
            List.of("x-header-1", "x-header-2"),
            List.of("x-header-3", "x-header-4"),
            true,
            3600);
    private static final Cors CORS_2 = cors(List.of("https://www.foo.com"), List.of("*"), List.of(), false);
    private static final Cors WILDCARD_ORIGIN = cors(List.of("*"), List.of("PUT"), List.of(), false);
    private static final Cors WILDCARDS = cors(List.of("*"), List.of("*"), List.of("*"), true);
    private static final Cors WILDCARDS_UNAUTH = cors(List.of("*"), List.of("*"), List.of("*"), false);

    @ParameterizedTest
    @ValueSource(strings = {"https://www.foo.com", "https://www.bar.com", "https://xpto.www.bar.com"})
    void preflightFromAMatchingOriginIsAllowed(String origin) {
        assertEquals(
                Map.of(
                        "access-control-allow-origin", origin,
                        "access-control-allow-methods", "GET, OPTIONS",
                        "access-control-allow-headers", "x-header-1, x-header-2",
                        "access-control-expose-headers", "x-header-3, x-header-4",
                        "access-control-max-age", "3600",
                        "access-control-allow-credentials", "true",
                        "vary", "Origin"),
                preflight(CORS_1, origin, "GET", "x-header-1, x-header-2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://foobar.com",
                "http://www.foo.com",
                "https://www.foo.com:8443",
                "https://www.foo.com.evil.com",
                "https://bar.com",
                "https://.bar.com.evil.com",
                "https://evilbar.com",
                "https://.bar.com",
                "https://*.bar.com",
                "https://*x.bar.com",
                "https://*www.foo.com",
                "null",
                "",
            })
    void preflightFromANonMatchingOriginIsNotAllowed(String origin) {
        assertEquals(Map.of("vary", "Origin"), preflight(CORS_1, origin, "GET", null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://www.foo.com", "https://www.bar.com"})
    void simpleRequestFromAMatchingOriginIsAllowed(String origin) {
        assertEquals(
                Map.of(
                        "access-control-allow-origin", origin,
                        "access-control-allow-credentials", "true",
                        "access-control-expose-headers", "x-header-3, x-header-4",
                        "vary", "Origin"),
                response(CORS_1, origin, Map.of()));
    }

    @Test
    void simpleRequestFromANonMatchingOriginIsNotAllowed() {
        assertEquals(Map.of("vary", "Origin"), response(CORS_1, "https://foobar.com", Map.of()));
    }

    @Test
    void preflightWithPostIsAllowedByWildcardMethods() {
        assertEquals(
                Map.of(
                        "access-control-allow-origin", "https://www.foo.com",
                        "access-control-allow-methods", "POST",
                        "access-control-max-age", "5",
                        "vary", "Origin"),
                preflight(CORS_2, "https://www.foo.com", "POST", null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://foobar.com", "https://foobar.com:12345"})
    void preflightAndRequestFromAWildcardOrigin(String origin) {
        assertEquals(
                Map.of(
                        "access-control-allow-origin", "*",
                        "access-control-allow-methods", "PUT",
                        "access-control-max-age", "5"),
                preflight(WILDCARD_ORIGIN, origin, "PUT", null));
        assertEquals(Map.of("access-control-allow-origin", "*"), response(WILDCARD_ORIGIN, origin, Map.of()));
    }

    @Test
    void preflightEchoesOriginMethodAndHeadersWithCredentials() {
        assertEquals(
                Map.of(
                        "access-control-allow-origin", "https://other.foo.com",
                        "access-control-allow-methods", "PUT",
                        "access-control-allow-headers", "x-header-1, x-header-2",
                        "access-control-allow-credentials", "true",
                        "access-control-max-age", "5",
                        "vary", "Origin"),
                preflight(WILDCARDS, "https://other.foo.com", "PUT", "x-header-1, x-header-2"));
    }

    @Test
    void preflightHidesCredentialsWhenTheyAreNotAllowed() {
        assertEquals(
                Map.of(
                        "access-control-allow-origin", "*",
                        "access-control-allow-methods", "PUT",
                        "access-control-allow-headers", "x-header-1, x-header-2",
                        "access-control-max-age", "5"),
                preflight(WILDCARDS_UNAUTH, "https://other.foo.com", "PUT", "x-header-1, x-header-2"));
    }

    @Test
    void requestReceivesCredentialsHeaderOnlyWhenAllowed() {
        assertEquals(
                Map.of(
                        "access-control-allow-origin", "https://other.foo.com",
                        "access-control-allow-credentials", "true",
                        "vary", "Origin"),
                response(WILDCARDS, "https://other.foo.com", Map.of()));
        assertEquals(
                Map.of("access-control-allow-origin", "*"),
                response(WILDCARDS_UNAUTH, "https://other.foo.com", Map.of()));
    }

    @Test
    void policyReplacesTheUpstreamsWord() {
        Map<String, String> upstream = Map.of(
                "access-control-allow-origin", "*",
                "access-control-allow-credentials", "true",
                "access-control-expose-headers", "x-secret",
                "vary", "origin",
                "x-other", "1");
        assertEquals(Map.of("vary", "origin", "x-other", "1"), response(CORS_1, "https://foobar.com", upstream));
        assertEquals(Map.of("vary", "origin", "x-other", "1"), response(CORS_1, null, upstream));
    }

    @Test
    void optionsThatIsNoPreflightReachesTheUpstream() {
        TestExchange exchange = new TestExchange().header("origin", "https://www.foo.com");
        exchange.method = "OPTIONS";
        assertEquals(FilterAction.CONTINUE, BuiltInFilters.create(CORS_1).onRequest(exchange));
        assertEquals(0, exchange.replies);
    }

    @Test
    void wildcardOfExposedHeadersIsNotSentWithCredentials() {
        Cors without = new Cors(List.of("*"), List.of(), List.of(), List.of("*"), false, 5);
        assertEquals(
                Map.of("access-control-allow-origin", "*", "access-control-expose-headers", "*"),
                response(without, "https://a.com", Map.of()));
        Cors with = new Cors(List.of("*"), List.of(), List.of(), List.of("*"), true, 5);
        assertEquals(
                Map.of(
                        "access-control-allow-origin", "https://a.com",
                        "access-control-allow-credentials", "true",
                        "vary", "Origin"),
                response(with, "https://a.com", Map.of()));
    }

    @ParameterizedTest
    @CsvSource({
        "'', false, 'grpc-status, grpc-message, grpc-status-details-bin'",
        "x-a;Grpc-Status, true, 'x-a, Grpc-Status, grpc-message, grpc-status-details-bin'",
        "*, false, *",
        "*, true, 'grpc-status, grpc-message, grpc-status-details-bin'",
    })
    void statusOfACallIsExposed(String exposed, boolean credentials, String all) {
        List<String> names = exposed.isEmpty() ? List.of() : List.of(exposed.split(";", -1));
        HttpFilter filter = BuiltInFilters.create(new Cors(List.of("*"), List.of(), List.of(), names, credentials, 5));
        TestExchange answered = call();
        filter.onResponse(answered);
        assertEquals(all, answered.responseHeaders.get("access-control-expose-headers"));
        TestExchange failed = call();
        filter.onFailure(failed);
        assertEquals(all, failed.responseHeaders.get("access-control-expose-headers"));
    }

    private static TestExchange call() {
        return new TestExchange().header("origin", "https://a.com").header("content-type", "application/grpc+proto");
    }

    @ParameterizedTest
    @CsvSource({
        "https://a.com:443, https://a.com, true",
        "https://a.com, https://a.com:443, true",
        "http://a.com, http://a.com:80, true",
        "http://a.com, http://a.com:443, false",
        "https://A.com, https://a.COM, true",
        "https://*, https://anything.at.all, true",
        "https://*, https://anything:8443, false",
        "https://*:8443, https://anything:8443, true",
        "http://[::1]:8080, http://[::1]:8080, true",
        "http://[::1], http://[::1]:80, true",
        "http://a.com, http://a.com:99999999999, false",
        "http://a.com, http://a.com:, false",
    })
    void portsThatAreNotWrittenAreTheSchemes(String allowed, String origin, boolean isAllowed) {
        Cors cors = cors(List.of(allowed), List.of(), List.of(), false);
        assertEquals(isAllowed ? origin : null, response(cors, origin, Map.of()).get("access-control-allow-origin"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.com", "https://", "https://a.*.com", "https://a.com:x"})
    void malformedOriginIsRefused(String origin) {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> BuiltInFilters.create(cors(List.of(origin), List.of(), List.of(), false)));
        assertEquals(
                "allowOrigins " + origin + " (expected: *, scheme://host[:port] or scheme://*.suffix[:port])",
                refused.getMessage());
    }

    private static Cors cors(List<String> origins, List<String> methods, List<String> headers, boolean credentials) {
        return new Cors(origins, methods, headers, List.of(), credentials, Defaults.CORS_MAX_AGE_SECONDS);
    }

    private static Map<String, String> preflight(Cors cors, String origin, String method, @Nullable String headers) {
        HttpFilter filter = BuiltInFilters.create(cors);
        TestExchange exchange =
                new TestExchange().header("origin", origin).header("access-control-request-method", method);
        exchange.method = "OPTIONS";
        if (headers != null) {
            exchange.header("access-control-request-headers", headers);
        }
        assertEquals(FilterAction.REPLIED, filter.onRequest(exchange));
        assertEquals(204, exchange.status);
        filter.onResponse(exchange); // runs for replies of filters too, and must not change this one
        return headers(exchange.responseHeaders);
    }

    private static Map<String, String> response(Cors cors, @Nullable String origin, Map<String, String> upstream) {
        HttpFilter filter = BuiltInFilters.create(cors);
        TestExchange exchange = new TestExchange();
        if (origin != null) {
            exchange.header("origin", origin);
        }
        assertEquals(FilterAction.CONTINUE, filter.onRequest(exchange));
        exchange.responseHeaders.addAll(upstream);
        filter.onResponse(exchange);
        return headers(exchange.responseHeaders);
    }

    private static Map<String, String> headers(MultiMap headers) {
        Map<String, String> lines = new TreeMap<>();
        headers.forEach((name, value) ->
                assertEquals(null, lines.put(name.toLowerCase(Locale.ROOT), value), "repeated: " + name));
        return lines;
    }
}
