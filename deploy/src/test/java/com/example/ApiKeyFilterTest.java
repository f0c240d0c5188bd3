package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sluice.filter.FilterAction;
import dev.sluice.filter.FilterContext;
import dev.sluice.filter.HttpFilter;
import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ApiKeyFilterTest {

    private final HttpFilter filter = new ApiKeyFilter.Factory()
            .create(new JsonObject(Map.of("keys", new JsonObject(Map.of("k-17", "accounting")))));
    private final MultiMap request = MultiMap.caseInsensitiveMultiMap();
    private final MultiMap response = MultiMap.caseInsensitiveMultiMap();
    private final List<Object> replies = new ArrayList<>();

    /** The four methods that the filter uses; any other fails the test. */
    private FilterContext exchange() {
        return (FilterContext) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {FilterContext.class}, (self, method, arguments) -> {
                    return switch (method.getName()) {
                        case "requestHeaders" -> request;
                        case "responseHeaders" -> response;
                        case "reply" -> {
                            replies.add(arguments[0]);
                            yield FilterAction.REPLIED;
                        }
                        default -> throw new AssertionError(method.toString());
                    };
                });
    }

    @Test
    void aKnownKeyIsReplacedByItsOwner() {
        request.set("X-Api-Key", "k-17");
        assertEquals(FilterAction.CONTINUE, filter.onRequest(exchange()));
        assertEquals("accounting", request.get("x-api-key-owner"));
        assertEquals(1, request.size());
        filter.onResponse(exchange());
        assertEquals("x-api-key", response.get("vary"));
    }

    @Test
    void anUnknownOrMissingKeyIsRefused() {
        assertEquals(FilterAction.REPLIED, filter.onRequest(exchange()));
        request.set("x-api-key", "k-18");
        assertEquals(FilterAction.REPLIED, filter.onRequest(exchange()));
        assertEquals(List.of(401, 401), replies);
    }

    @Test
    void aConfigurationWithoutKeysIsRefusedWithAMessage() {
        assertEquals(
                "keys is missing or empty (expected: owners by key)",
                assertThrows(IllegalArgumentException.class, () -> new ApiKeyFilter.Factory().create(new JsonObject()))
                        .getMessage());
    }
}
