package dev.sluice.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sluice.config.FilterSpec.HeaderChanges;
import dev.sluice.config.FilterSpec.RequestHeaderModifier;
import dev.sluice.config.FilterSpec.ResponseHeaderModifier;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Gateway API's HTTPRouteRequestHeaderModifier and HTTPRouteResponseHeaderModifier. */
class HeaderModifierTest {

    private static final HeaderChanges SET =
            new HeaderChanges(List.of(Map.entry("x-header-set", "set-overwrites-values")), List.of(), List.of());
    private static final HeaderChanges ADD =
            new HeaderChanges(List.of(), List.of(Map.entry("x-header-add", "add-appends-values")), List.of());
    private static final HeaderChanges REMOVE = new HeaderChanges(List.of(), List.of(), List.of("x-header-remove"));
    private static final HeaderChanges MULTIPLE = new HeaderChanges(
            List.of(Map.entry("x-header-set-1", "header-set-1"), Map.entry("x-header-set-2", "header-set-2")),
            List.of(
                    Map.entry("x-header-add-1", "header-add-1"),
                    Map.entry("x-header-add-2", "header-add-2"),
                    Map.entry("x-header-add-3", "header-add-3")),
            List.of("x-header-remove-1", "x-header-remove-2"));
    private static final HeaderChanges CASE_INSENSITIVITY = new HeaderChanges(
            List.of(Map.entry("x-header-set", "header-set")),
            List.of(Map.entry("x-header-add", "header-add")),
            List.of("x-header-remove"));

    static Stream<Arguments> cases() {
        return Stream.of(
                Arguments.of(
                        SET,
                        Map.of("Some-Other-Header", "val"),
                        Map.of("some-other-header", "val", "x-header-set", "set-overwrites-values")),
                Arguments.of(
                        SET,
                        Map.of("Some-Other-Header", "val", "X-Header-Set", "some-other-value"),
                        Map.of("some-other-header", "val", "x-header-set", "set-overwrites-values")),
                Arguments.of(
                        ADD,
                        Map.of("Some-Other-Header", "val"),
                        Map.of("some-other-header", "val", "x-header-add", "add-appends-values")),
                Arguments.of(
                        ADD,
                        Map.of("Some-Other-Header", "val", "X-Header-Add", "some-other-value"),
                        Map.of("some-other-header", "val", "x-header-add", "some-other-value,add-appends-values")),
                Arguments.of(REMOVE, Map.of("X-Header-Remove", "val"), Map.of()),
                Arguments.of(
                        MULTIPLE,
                        Map.of(
                                "X-Header-Set-2", "set-val-2",
                                "X-Header-Add-2", "add-val-2",
                                "X-Header-Remove-2", "remove-val-2",
                                "Another-Header", "another-header-val"),
                        Map.of(
                                "x-header-set-1", "header-set-1",
                                "x-header-set-2", "header-set-2",
                                "x-header-add-1", "header-add-1",
                                "x-header-add-2", "add-val-2,header-add-2",
                                "x-header-add-3", "header-add-3",
                                "another-header", "another-header-val")),
                Arguments.of(
                        CASE_INSENSITIVITY,
                        Map.of(
                                "X-HEADER-SET", "original-val-set",
                                "x-header-add", "original-val-add",
                                "X-Header-Remove", "original-val-remove",
                                "Another-Header", "another-header-val"),
                        Map.of(
                                "x-header-set", "header-set",
                                "x-header-add", "original-val-add,header-add",
                                "another-header", "another-header-val")));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void requestHeaderModifier(HeaderChanges changes, Map<String, String> sent, Map<String, String> received) {
        TestExchange exchange = new TestExchange();
        exchange.requestHeaders.addAll(sent);
        HttpFilter filter = BuiltInFilters.create(new RequestHeaderModifier(changes));
        assertEquals(FilterAction.CONTINUE, filter.onRequest(exchange));
        filter.onResponse(exchange);
        assertEquals(received, joined(exchange.requestHeaders));
        assertEquals(Map.of(), joined(exchange.responseHeaders));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void responseHeaderModifier(HeaderChanges changes, Map<String, String> sent, Map<String, String> received) {
        TestExchange exchange = new TestExchange();
        exchange.responseHeaders.addAll(sent);
        HttpFilter filter = BuiltInFilters.create(new ResponseHeaderModifier(changes));
        assertEquals(FilterAction.CONTINUE, filter.onRequest(exchange));
        filter.onResponse(exchange);
        assertEquals(received, joined(exchange.responseHeaders));
        assertEquals(Map.of(), joined(exchange.requestHeaders));
    }

    @Test
    void hostIsNotAPlainHeader() {
        HeaderChanges changes = new HeaderChanges(List.of(Map.entry("Host", "a.com")), List.of(), List.of());
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> BuiltInFilters.create(new RequestHeaderModifier(changes)));
        assertEquals("RequestHeaderModifier of host (expected: URLRewrite with a hostname)", refused.getMessage());
    }

    /** Names in lower case; several lines of a name mean the same as one with commas (RFC 9110 section 5.3). */
    private static Map<String, String> joined(MultiMap headers) {
        Map<String, String> joined = new TreeMap<>();
        headers.forEach((name, value) -> joined.merge(name.toLowerCase(Locale.ROOT), value, (a, b) -> a + "," + b));
        return joined;
    }
}
