package dev.sluice.testkit;

import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.Balancing;
import dev.sluice.config.UpstreamTerms.Breaker;
import dev.sluice.config.UpstreamTerms.Concurrency;
import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.config.UpstreamTerms.Outliers;
import dev.sluice.config.UpstreamTerms.Policy;
import dev.sluice.config.UpstreamTerms.Pool;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** Single changes of a backend's terms, for {@link TestConfig#upstreamTerms}. */
public final class UpstreamChange {

    private UpstreamChange() {}

    public static UnaryOperator<UpstreamTerms> pool(UnaryOperator<Pool> change) {
        return t -> new UpstreamTerms(
                change.apply(t.pool()), t.breaker(), t.balancing(), t.healthCheck(), t.outliers(), t.concurrency());
    }

    public static UnaryOperator<UpstreamTerms> http1Connections(int value) {
        return pool(p -> new Pool(
                value,
                p.multiplexedConnections(),
                p.streamsPerConnection(),
                p.connectTimeout(),
                p.pendingConnectTimeout(),
                p.idleTimeout(),
                p.maxAge(),
                p.maxRequests()));
    }

    public static UnaryOperator<UpstreamTerms> multiplexed(int connections, int streams) {
        return pool(p -> new Pool(
                p.http1Connections(),
                connections,
                streams,
                p.connectTimeout(),
                p.pendingConnectTimeout(),
                p.idleTimeout(),
                p.maxAge(),
                p.maxRequests()));
    }

    public static UnaryOperator<UpstreamTerms> connect(Duration timeout, Duration pendingTimeout) {
        return pool(p -> new Pool(
                p.http1Connections(),
                p.multiplexedConnections(),
                p.streamsPerConnection(),
                timeout,
                pendingTimeout,
                p.idleTimeout(),
                p.maxAge(),
                p.maxRequests()));
    }

    public static UnaryOperator<UpstreamTerms> breaker(UnaryOperator<Breaker> change) {
        return t -> new UpstreamTerms(
                t.pool(), change.apply(t.breaker()), t.balancing(), t.healthCheck(), t.outliers(), t.concurrency());
    }

    public static UnaryOperator<UpstreamTerms> pending(long max, Duration timeout) {
        return breaker(b -> new Breaker(
                b.maxConnections(),
                b.maxRequests(),
                max,
                timeout,
                b.maxRetries(),
                b.retryBudgetPercent(),
                b.minRetries()));
    }

    public static UnaryOperator<UpstreamTerms> balancing(UnaryOperator<Balancing> change) {
        return t -> new UpstreamTerms(
                t.pool(), t.breaker(), change.apply(t.balancing()), t.healthCheck(), t.outliers(), t.concurrency());
    }

    public static UnaryOperator<UpstreamTerms> policy(Policy value) {
        return balancing(
                b -> new Balancing(value, b.hashOn(), b.sticky(), b.slowStart(), b.preferZone(), b.panicPercent()));
    }

    public static UnaryOperator<UpstreamTerms> healthCheck(HealthCheck value) {
        return t -> new UpstreamTerms(t.pool(), t.breaker(), t.balancing(), value, t.outliers(), t.concurrency());
    }

    public static UnaryOperator<UpstreamTerms> outliers(UnaryOperator<Outliers> change) {
        return t -> new UpstreamTerms(
                t.pool(), t.breaker(), t.balancing(), t.healthCheck(), change.apply(t.outliers()), t.concurrency());
    }

    public static UnaryOperator<UpstreamTerms> concurrency(Concurrency value) {
        return t -> new UpstreamTerms(t.pool(), t.breaker(), t.balancing(), t.healthCheck(), t.outliers(), value);
    }
}
