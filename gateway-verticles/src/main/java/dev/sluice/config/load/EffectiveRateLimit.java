package dev.sluice.config.load;

import static dev.sluice.config.load.EffectiveConfig.array;

import dev.sluice.config.RateLimitTerms;
import dev.sluice.config.RateLimitTerms.LimitKey;
import dev.sluice.config.RateLimitTerms.Mode;
import io.vertx.core.json.JsonObject;

/** The RateLimit's part of {@link EffectiveConfig}. */
final class EffectiveRateLimit {

    private EffectiveRateLimit() {}

    static JsonObject of(RateLimitTerms terms) {
        return new JsonObject()
                .put("rules", array(terms.rules(), EffectiveRateLimit::rule))
                .put("mode", terms.mode() == Mode.CLUSTER ? "cluster" : "local")
                .put(
                        "onClusterLoss",
                        switch (terms.onClusterLoss()) {
                            case LOCAL_SHARE -> "localShare";
                            case OPEN -> "open";
                            case CLOSED -> "closed";
                        })
                .put("headers", terms.headers());
    }

    private static JsonObject rule(RateLimitTerms.Rule rule) {
        return new JsonObject()
                .put("key", key(rule.key()))
                .put(
                        "limit",
                        new JsonObject()
                                .put("requests", rule.quota().requests())
                                .put("per", Durations.format(rule.quota().per())))
                .put("burst", rule.quota().burst());
    }

    private static JsonObject key(LimitKey key) {
        JsonObject json = new JsonObject();
        return switch (key.source()) {
            case CLIENT_IP -> json.put("clientIP", true);
            case HEADER ->
                key.secret()
                        ? json.put("apiKey", new JsonObject().put("header", key.name()))
                        : json.put("header", key.name());
            case QUERY -> json.put("apiKey", new JsonObject().put("query", key.name()));
            case JWT_CLAIM -> json.put("jwtClaim", key.name()).put("trustUnverified", true);
            case ROUTE -> json.put("route", true);
        };
    }
}
