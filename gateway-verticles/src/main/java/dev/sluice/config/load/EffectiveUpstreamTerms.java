package dev.sluice.config.load;

import static dev.sluice.config.load.EffectiveConfig.array;
import static dev.sluice.config.load.EffectiveConfig.putPresent;

import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.Balancing;
import dev.sluice.config.UpstreamTerms.Breaker;
import dev.sluice.config.UpstreamTerms.HashOn;
import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.config.UpstreamTerms.Outliers;
import dev.sluice.config.UpstreamTerms.Policy;
import dev.sluice.config.UpstreamTerms.Pool;
import dev.sluice.config.UpstreamTerms.Sticky;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.function.Function;

/** The part of {@link EffectiveConfig} that {@link UpstreamTermsDecoder} reads. */
final class EffectiveUpstreamTerms {

    private EffectiveUpstreamTerms() {}

    /** Adds to a TrafficPolicy's spec. */
    static JsonObject put(JsonObject spec, UpstreamTerms terms) {
        spec.put("pool", pool(terms.pool()))
                .put("circuitBreaker", breaker(terms.breaker()))
                .put(
                        "retryBudget",
                        new JsonObject()
                                .put("percent", terms.breaker().retryBudgetPercent())
                                .put("minParallelRetries", terms.breaker().minRetries()))
                .put("loadBalancer", balancing(terms.balancing()))
                .put("outlierDetection", outliers(terms.outliers()));
        if (terms.healthCheck() != null) {
            spec.put("healthCheck", healthCheck(terms.healthCheck()));
        }
        if (terms.concurrency() != null) {
            spec.put(
                    "adaptiveConcurrency",
                    new JsonObject()
                            .put("min", terms.concurrency().min())
                            .put("max", terms.concurrency().max()));
        }
        return spec;
    }

    /** What a file calls a policy. */
    static String type(Policy policy) {
        return switch (policy) {
            case ROUND_ROBIN -> "RoundRobin";
            case LEAST_REQUEST -> "LeastRequest";
            case RANDOM -> "Random";
            case PEAK_EWMA -> "PeakEWMA";
            case RING_HASH -> "RingHash";
            case MAGLEV -> "Maglev";
        };
    }

    private static JsonObject pool(Pool pool) {
        Duration pending = pool.pendingConnectTimeout();
        return new JsonObject()
                .put("http1Connections", pool.http1Connections())
                .put("multiplexedConnections", pool.multiplexedConnections())
                .put("streamsPerConnection", pool.streamsPerConnection())
                .put("connectTimeout", Durations.format(pool.connectTimeout()))
                .put("pendingConnectTimeout", pending.isNegative() ? Durations.NEVER : Durations.format(pending))
                .put("idleTimeout", Durations.format(pool.idleTimeout()))
                .put("maxAge", Durations.format(pool.maxAge()))
                .put("maxRequests", Sizes.encode(pool.maxRequests()));
    }

    private static JsonObject breaker(Breaker breaker) {
        return new JsonObject()
                .put("maxConnections", Sizes.encode(breaker.maxConnections()))
                .put("maxParallelRequests", Sizes.encode(breaker.maxRequests()))
                .put("maxPendingRequests", Sizes.encode(breaker.maxPending()))
                .put("pendingTimeout", Durations.format(breaker.pendingTimeout()))
                .put("maxParallelRetries", Sizes.encode(breaker.maxRetries()));
    }

    private static JsonObject balancing(Balancing balancing) {
        JsonObject json = new JsonObject()
                .put("type", type(balancing.policy()))
                .put("hashOn", array(balancing.hashOn(), EffectiveUpstreamTerms::hashOn));
        Sticky sticky = balancing.sticky();
        if (sticky != null) {
            JsonObject cookie =
                    new JsonObject().put("name", sticky.cookie()).put("maxAge", Durations.format(sticky.maxAge()));
            json.put("stickyCookie", cookie);
            if (!sticky.key().value().isEmpty()) {
                cookie.put("key", EffectiveConfig.REDACTED);
            }
        }
        return json.put("slowStart", Durations.format(balancing.slowStart()))
                .put("preferZone", balancing.preferZone())
                .put("panicPercent", balancing.panicPercent());
    }

    private static JsonObject hashOn(HashOn part) {
        return switch (part.source()) {
            case HEADER -> new JsonObject().put("header", part.name());
            case COOKIE -> new JsonObject().put("cookie", part.name());
            case SOURCE_IP -> new JsonObject().put("sourceIP", true);
        };
    }

    private static JsonObject healthCheck(HealthCheck probe) {
        JsonObject json = new JsonObject().put("type", probe.type().name());
        if (probe.type() == HealthCheck.Type.HTTP) {
            json.put("path", probe.path());
        }
        putPresent(json, "host", probe.host());
        if (!probe.expectedStatuses().isEmpty()) {
            json.put("expectedStatuses", array(probe.expectedStatuses(), Function.identity()));
        }
        if (!probe.service().isEmpty()) {
            json.put("service", probe.service());
        }
        if (probe.port() != 0) {
            json.put("port", probe.port());
        }
        return json.put("interval", Durations.format(probe.interval()))
                .put("timeout", Durations.format(probe.timeout()))
                .put("healthyThreshold", probe.healthyThreshold())
                .put("unhealthyThreshold", probe.unhealthyThreshold());
    }

    private static JsonObject outliers(Outliers outliers) {
        int factor = outliers.successRateFactor();
        return new JsonObject()
                .put("consecutive5xx", outliers.consecutive5xx())
                .put("consecutiveGatewayErrors", outliers.consecutiveGatewayErrors())
                .put("successRateFactor", factor % 1000 == 0 ? (Object) (factor / 1000) : (Object) (factor / 1000.0))
                .put("successRateRequests", outliers.successRateRequests())
                .put("interval", Durations.format(outliers.interval()))
                .put("baseEjectionTime", Durations.format(outliers.baseEjection()))
                .put("maxEjectionTime", Durations.format(outliers.maxEjection()))
                .put("maxEjectionPercent", outliers.maxEjectionPercent());
    }
}
