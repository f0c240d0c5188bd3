package dev.sluice.admin;

import dev.sluice.observe.ExchangeInFlight;
import dev.sluice.observe.ExchangeQuery;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Exchanges in flight and questions for them, as people and other nodes read them. */
final class ExchangeJson {

    private static final double NANOS_PER_SECOND = 1e9;

    private ExchangeJson() {}

    static JsonObject of(ExchangeInFlight exchange) {
        JsonObject json = new JsonObject()
                .put("id", exchange.id())
                .put("requestId", exchange.requestId())
                .put("connection", exchange.connectionId())
                .put("number", exchange.number())
                .put("protocol", exchange.protocol().alpnName())
                .put("client", exchange.client())
                .put("method", exchange.method())
                .put("target", exchange.target());
        putUnlessNull(json, "route", exchange.route());
        putUnlessNull(json, "backend", exchange.backend());
        putUnlessNull(json, "endpoint", exchange.endpoint());
        json.put("tries", exchange.tries()).put("phase", exchange.phase().name().toLowerCase(Locale.ROOT));
        if (exchange.status() != 0) {
            json.put("status", exchange.status());
        }
        return json.put("started", Instant.ofEpochMilli(exchange.startMillis()).toString())
                .put("ageSeconds", exchange.ageNanos() / NANOS_PER_SECOND)
                .put("bytesReceived", exchange.bytesReceived())
                .put("bytesSent", exchange.bytesSent());
    }

    static JsonObject of(ExchangeQuery query) {
        JsonObject json = new JsonObject()
                .put("limit", query.limit())
                .put("olderThanMillis", query.olderThan().toMillis());
        putUnlessNull(json, "id", query.id());
        putUnlessNull(json, "route", query.route());
        return json;
    }

    static ExchangeQuery query(JsonObject json) {
        return new ExchangeQuery(
                json.getInteger("limit"),
                json.getString("id"),
                json.getString("route"),
                Duration.ofMillis(json.getLong("olderThanMillis")));
    }

    static void putUnlessNull(JsonObject json, String name, @Nullable String value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
