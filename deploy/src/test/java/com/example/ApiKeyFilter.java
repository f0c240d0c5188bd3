package com.example;

import dev.sluice.filter.FilterAction;
import dev.sluice.filter.FilterContext;
import dev.sluice.filter.FilterFactory;
import dev.sluice.filter.HttpFilter;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;

/** Lets in only requests with a known key in {@code x-api-key}, and tells the upstream whose key it is. */
public final class ApiKeyFilter implements HttpFilter {

    private final Map<String, String> ownersByKey;

    private ApiKeyFilter(Map<String, String> ownersByKey) {
        this.ownersByKey = Map.copyOf(ownersByKey);
    }

    @Override
    public FilterAction onRequest(FilterContext exchange) {
        String key = exchange.requestHeaders().get("x-api-key");
        String owner = key == null ? null : ownersByKey.get(key);
        if (owner == null) {
            return exchange.reply(401, Buffer.buffer("a known x-api-key is needed\n"));
        }
        exchange.requestHeaders().remove("x-api-key").set("x-api-key-owner", owner);
        return FilterAction.CONTINUE;
    }

    @Override
    public void onResponse(FilterContext exchange) {
        exchange.responseHeaders().set("vary", "x-api-key");
    }

    /** What {@code spec.class} of a Filter names. */
    public static final class Factory implements FilterFactory {

        @Override
        public HttpFilter create(JsonObject config) {
            JsonObject keys = config.getJsonObject("keys");
            if (keys == null || keys.isEmpty()) {
                throw new IllegalArgumentException("keys is missing or empty (expected: owners by key)");
            }
            Map<String, String> ownersByKey = new TreeMap<>();
            keys.forEach(entry -> ownersByKey.put(entry.getKey(), String.valueOf(entry.getValue())));
            return new ApiKeyFilter(ownersByKey);
        }
    }
}
