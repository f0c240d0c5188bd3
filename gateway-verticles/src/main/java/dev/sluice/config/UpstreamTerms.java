package dev.sluice.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a backend's endpoints are connected to, chosen among and judged: the part of a {@link TrafficPolicy} that targets
 * a {@link Backend}, with every default filled in.
 *
 * <p>The numbers of a {@link Breaker} and of {@link Concurrency} hold for the whole process. Each event loop gets its
 * share, so that none asks another; the shares add up to the number, but none is below one.
 *
 * @param pool connections to each endpoint
 * @param breaker when requests are turned away rather than forwarded
 * @param balancing which endpoint gets a request
 * @param healthCheck how endpoints are probed; null for not at all
 * @param outliers when endpoints that fail requests are left out for a while
 * @param concurrency the bound on requests under way that follows the backend's latency; null for none
 */
public record UpstreamTerms(
        Pool pool,
        Breaker breaker,
        Balancing balancing,
        @Nullable HealthCheck healthCheck,
        Outliers outliers,
        @Nullable Concurrency concurrency) {

    /** Of a backend without a policy. */
    public static final UpstreamTerms DEFAULT = new UpstreamTerms(
            new Pool(
                    Defaults.MAX_H1_CONNECTIONS,
                    Defaults.MAX_MUX_CONNECTIONS,
                    Defaults.MAX_UPSTREAM_STREAMS,
                    Defaults.CONNECT_TIMEOUT,
                    Defaults.PENDING_CONNECT_TIMEOUT,
                    Defaults.UPSTREAM_IDLE,
                    Duration.ZERO,
                    ClientTerms.UNLIMITED),
            new Breaker(
                    ClientTerms.UNLIMITED,
                    ClientTerms.UNLIMITED,
                    Defaults.MAX_PENDING_REQUESTS,
                    Defaults.PENDING_TIMEOUT,
                    ClientTerms.UNLIMITED,
                    Defaults.RETRY_BUDGET_PERCENT,
                    Defaults.MIN_RETRIES),
            new Balancing(Policy.LEAST_REQUEST, List.of(), null, Duration.ZERO, false, Defaults.PANIC_PERCENT),
            null,
            new Outliers(
                    0,
                    Defaults.OUTLIER_CONSECUTIVE_GATEWAY_ERRORS,
                    0,
                    Defaults.OUTLIER_SUCCESS_RATE_REQUESTS,
                    Defaults.OUTLIER_INTERVAL,
                    Defaults.OUTLIER_BASE_EJECTION,
                    Defaults.OUTLIER_MAX_EJECTION,
                    Defaults.OUTLIER_MAX_EJECTION_PERCENT),
            null);

    /**
     * Connections of one event loop to one endpoint.
     *
     * @param http1Connections HTTP/1.1 connections, at least 1
     * @param multiplexedConnections HTTP/2 or HTTP/3 connections, opened as streams run out, at least 1
     * @param streamsPerConnection streams put on one of them at most, whatever the endpoint allows
     * @param connectTimeout one connect including TLS
     * @param pendingConnectTimeout what a connect may still take once the request that started it has been served by
     *     another connection; zero drops it at once; negative lets it go on; never lengthens {@code connectTimeout}
     * @param idleTimeout of a connection without a request; below the endpoints' own
     * @param maxAge after which a connection takes no new request; zero for no limit
     * @param maxRequests after which a connection takes no new request; {@link ClientTerms#UNLIMITED}
     */
    public record Pool(
            int http1Connections,
            int multiplexedConnections,
            int streamsPerConnection,
            Duration connectTimeout,
            Duration pendingConnectTimeout,
            Duration idleTimeout,
            Duration maxAge,
            long maxRequests) {}

    /**
     * When a request is turned away with 503 rather than forwarded. {@link ClientTerms#UNLIMITED} switches a number off.
     *
     * @param maxConnections connections to all endpoints together; an endpoint that has none while requests wait for it
     *     may have one more than that, or it might never get any
     * @param maxRequests requests under way, those in line included
     * @param maxPending requests that wait for a connection
     * @param pendingTimeout how long one waits
     * @param maxRetries retries under way
     * @param retryBudgetPercent retries under way, in percent of the requests under way
     * @param minRetries retries under way that the budget always grants
     */
    public record Breaker(
            long maxConnections,
            long maxRequests,
            long maxPending,
            Duration pendingTimeout,
            long maxRetries,
            int retryBudgetPercent,
            int minRetries) {}

    /** How an endpoint is chosen. */
    public enum Policy {
        /** In turn, by weight. */
        ROUND_ROBIN,
        /** The less busy of two that are drawn by weight. */
        LEAST_REQUEST,
        /** Drawn by weight. */
        RANDOM,
        /** The one of two with the lower product of latency (a moving average that rises at once) and requests. */
        PEAK_EWMA,
        /** Consistent hashing on a ring (ketama). */
        RING_HASH,
        /** Consistent hashing by Maglev's table: evener than a ring, remaps a little more. */
        MAGLEV
    }

    /**
     * Which endpoint gets a request.
     *
     * @param policy how one is chosen among those that are fit
     * @param hashOn for the hashing policies: what of a request is hashed; the first that it has counts, and without
     *     any the choice is random
     * @param sticky a cookie that binds a client to its endpoint; null for none
     * @param slowStart over how long a new or recovered endpoint's share grows to its weight; zero for at once
     * @param preferZone whether endpoints of the gateway's own zone are taken as long as they are fit
     * @param panicPercent when fewer endpoints of the priority in use are fit, health is ignored; 0 for never
     */
    public record Balancing(
            Policy policy,
            List<HashOn> hashOn,
            @Nullable Sticky sticky,
            Duration slowStart,
            boolean preferZone,
            int panicPercent) {

        public Balancing {
            hashOn = List.copyOf(hashOn);
        }
    }

    /**
     * A part of a request.
     *
     * @param source where it is
     * @param name of the header or cookie; empty for the address
     */
    public record HashOn(Source source, String name) {

        public enum Source {
            HEADER,
            COOKIE,
            /** The client's address, behind trusted proxies. */
            SOURCE_IP
        }
    }

    /**
     * A signed cookie that names the endpoint, so that nodes need share nothing but the key.
     *
     * @param cookie its name
     * @param maxAge zero for a session cookie
     * @param key signs it; empty makes a key of its own at each start, which other nodes do not know
     */
    public record Sticky(String cookie, Duration maxAge, Secret key) {}

    /**
     * Active probes of each endpoint.
     *
     * @param type what is asked
     * @param path of HTTP probes
     * @param host authority of HTTP and gRPC probes; null for the endpoint's name
     * @param expectedStatuses of HTTP probes; empty for 200 to 299
     * @param service of gRPC probes (grpc.health.v1); empty for the whole server
     * @param port to probe; 0 for the endpoint's own
     * @param interval between two probes, to which up to a tenth is added or from which it is taken
     * @param timeout of one
     * @param healthyThreshold successes in a row that make an endpoint healthy; its first probe alone decides
     * @param unhealthyThreshold failures in a row that make it unhealthy
     */
    public record HealthCheck(
            Type type,
            String path,
            @Nullable String host,
            List<Integer> expectedStatuses,
            String service,
            int port,
            Duration interval,
            Duration timeout,
            int healthyThreshold,
            int unhealthyThreshold) {

        public HealthCheck {
            expectedStatuses = List.copyOf(expectedStatuses);
        }

        public enum Type {
            HTTP,
            TCP,
            GRPC
        }
    }

    /**
     * Passive health: what requests have met. Counts of zero switch their reason off.
     *
     * @param consecutive5xx answers of 5xx, or failures, in a row
     * @param consecutiveGatewayErrors 502, 503, 504, or failures to get an answer, in a row
     * @param successRateFactor in thousandths: how many standard deviations below the mean success rate is out;
     *     1900 is usual, 0 switches it off
     * @param successRateRequests in an interval that an endpoint needs to be compared
     * @param interval of comparing, and of looking who may come back
     * @param baseEjection how long for the first time; each further time adds as much
     * @param maxEjection the most
     * @param maxEjectionPercent of the endpoints of a backend; one may always be ejected when there are two or more
     */
    public record Outliers(
            int consecutive5xx,
            int consecutiveGatewayErrors,
            int successRateFactor,
            int successRateRequests,
            Duration interval,
            Duration baseEjection,
            Duration maxEjection,
            int maxEjectionPercent) {}

    /**
     * An adaptive limit on requests under way (a gradient of latencies).
     *
     * @param min never below
     * @param max never above
     */
    public record Concurrency(int min, int max) {}
}
