package dev.sluice.config.load;

import static dev.sluice.config.load.ResourceDecoder.duration;
import static dev.sluice.config.load.ResourceDecoder.each;
import static dev.sluice.config.load.ResourceDecoder.required;

import dev.sluice.config.Defaults;
import dev.sluice.config.Secret;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.Balancing;
import dev.sluice.config.UpstreamTerms.Breaker;
import dev.sluice.config.UpstreamTerms.Concurrency;
import dev.sluice.config.UpstreamTerms.HashOn;
import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.config.UpstreamTerms.Outliers;
import dev.sluice.config.UpstreamTerms.Policy;
import dev.sluice.config.UpstreamTerms.Pool;
import dev.sluice.config.UpstreamTerms.Sticky;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Decodes what TrafficPolicies say of Backends. */
final class UpstreamTermsDecoder {

    /** How a duration of {@code never} is kept. */
    static final Duration NEVER = Duration.ofMillis(-1);

    private static final UpstreamTerms DEFAULT = UpstreamTerms.DEFAULT;

    private final SecretFiles secrets;

    UpstreamTermsDecoder(SecretFiles secrets) {
        this.secrets = secrets;
    }

    /** Of a TrafficPolicy's spec. */
    UpstreamTerms decode(Field spec) {
        Field concurrency = spec.at("adaptiveConcurrency");
        return new UpstreamTerms(
                pool(spec.at("pool")),
                breaker(spec.at("circuitBreaker"), spec.at("retryBudget")),
                balancing(spec.at("loadBalancer")),
                healthCheck(spec.at("healthCheck")),
                outliers(spec.at("outlierDetection")),
                concurrency.exists()
                        ? new Concurrency(
                                concurrency.at("min").number(Defaults.MIN_CONCURRENCY),
                                concurrency.at("max").number(Defaults.MAX_CONCURRENCY))
                        : null);
    }

    private static Pool pool(Field pool) {
        Pool otherwise = DEFAULT.pool();
        Field pending = pool.at("pendingConnectTimeout");
        return new Pool(
                pool.at("http1Connections").number(otherwise.http1Connections()),
                pool.at("multiplexedConnections").number(otherwise.multiplexedConnections()),
                pool.at("streamsPerConnection").number(otherwise.streamsPerConnection()),
                duration(pool.at("connectTimeout"), otherwise.connectTimeout()),
                Durations.NEVER.equals(pending.text()) ? NEVER : duration(pending, otherwise.pendingConnectTimeout()),
                duration(pool.at("idleTimeout"), otherwise.idleTimeout()),
                duration(pool.at("maxAge"), otherwise.maxAge()),
                Sizes.decode(pool.at("maxRequests"), otherwise.maxRequests()));
    }

    private static Breaker breaker(Field breaker, Field budget) {
        Breaker otherwise = DEFAULT.breaker();
        return new Breaker(
                Sizes.decode(breaker.at("maxConnections"), otherwise.maxConnections()),
                Sizes.decode(breaker.at("maxParallelRequests"), otherwise.maxRequests()),
                Sizes.decode(breaker.at("maxPendingRequests"), otherwise.maxPending()),
                duration(breaker.at("pendingTimeout"), otherwise.pendingTimeout()),
                Sizes.decode(breaker.at("maxParallelRetries"), otherwise.maxRetries()),
                budget.at("percent").number(otherwise.retryBudgetPercent()),
                budget.at("minParallelRetries").number(otherwise.minRetries()));
    }

    private Balancing balancing(Field balancer) {
        Balancing otherwise = DEFAULT.balancing();
        return new Balancing(
                policy(balancer.at("type"), otherwise.policy()),
                each(balancer.at("hashOn").items(), UpstreamTermsDecoder::hashOn),
                sticky(balancer.at("stickyCookie")),
                duration(balancer.at("slowStart"), otherwise.slowStart()),
                balancer.at("preferZone").flag(otherwise.preferZone()),
                balancer.at("panicPercent").number(otherwise.panicPercent()));
    }

    private static Policy policy(Field type, Policy otherwise) {
        String text = type.text();
        return Arrays.stream(Policy.values())
                .filter(policy -> EffectiveUpstreamTerms.type(policy).equals(text))
                .findFirst()
                .orElse(otherwise);
    }

    private static HashOn hashOn(Field part) {
        if (part.at("header").exists()) {
            return new HashOn(HashOn.Source.HEADER, required(part.at("header")));
        }
        return part.at("cookie").exists()
                ? new HashOn(HashOn.Source.COOKIE, required(part.at("cookie")))
                : new HashOn(HashOn.Source.SOURCE_IP, "");
    }

    private @Nullable Sticky sticky(Field cookie) {
        if (!cookie.exists()) {
            return null;
        }
        String key = cookie.at("key").text();
        return new Sticky(
                required(cookie.at("name")),
                duration(cookie.at("maxAge"), Duration.ZERO),
                key == null ? secrets.secret(cookie.at("keyFile")) : new Secret(key));
    }

    private static @Nullable HealthCheck healthCheck(Field probe) {
        if (!probe.exists()) {
            return null;
        }
        return new HealthCheck(
                HealthCheck.Type.valueOf(required(probe.at("type"))),
                probe.at("path").text(Defaults.HEALTH_CHECK_PATH),
                probe.at("host").text(),
                each(probe.at("expectedStatuses").items(), status -> status.number(0)),
                probe.at("service").text(""),
                probe.at("port").number(0),
                duration(probe.at("interval"), Defaults.HEALTH_CHECK_INTERVAL),
                duration(probe.at("timeout"), Defaults.HEALTH_CHECK_TIMEOUT),
                probe.at("healthyThreshold").number(Defaults.HEALTH_CHECK_HEALTHY),
                probe.at("unhealthyThreshold").number(Defaults.HEALTH_CHECK_UNHEALTHY));
    }

    private static Outliers outliers(Field outliers) {
        Outliers otherwise = DEFAULT.outliers();
        return new Outliers(
                outliers.at("consecutive5xx").number(otherwise.consecutive5xx()),
                outliers.at("consecutiveGatewayErrors").number(otherwise.consecutiveGatewayErrors()),
                outliers.at("successRateFactor").thousandths(otherwise.successRateFactor()),
                outliers.at("successRateRequests").number(otherwise.successRateRequests()),
                duration(outliers.at("interval"), otherwise.interval()),
                duration(outliers.at("baseEjectionTime"), otherwise.baseEjection()),
                duration(outliers.at("maxEjectionTime"), otherwise.maxEjection()),
                outliers.at("maxEjectionPercent").number(otherwise.maxEjectionPercent()));
    }
}
