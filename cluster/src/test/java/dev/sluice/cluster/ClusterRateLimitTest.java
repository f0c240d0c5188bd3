package dev.sluice.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.FilterSpec.RateLimit;
import dev.sluice.config.RateLimitTerms;
import dev.sluice.config.RateLimitTerms.KeySource;
import dev.sluice.config.RateLimitTerms.LimitKey;
import dev.sluice.config.RateLimitTerms.Mode;
import dev.sluice.config.RateLimitTerms.OnClusterLoss;
import dev.sluice.config.RateLimitTerms.Quota;
import dev.sluice.spi.Extensions;
import dev.sluice.spi.RateLimitLeases.Lease;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Three nodes that share limits, until two of them die. The tests are their life, in order. */
@Tag("cluster")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterRateLimitTest {

    private static final TestNodes CLUSTER = new TestNodes(3);
    private static final List<ClusterNode> NODES = new ArrayList<>();
    private static final List<TestGateway> GATEWAYS = new ArrayList<>();

    /** So many that none comes back while the test runs. */
    private static final Quota HUNDRED = new Quota(100, Duration.ofHours(24), 100);

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static UpstreamServer upstream;

    @BeforeAll
    static void start() {
        upstream = UpstreamServer.http1(Scripts.text("hello"));
        for (int i = 0; i < 3; i++) {
            ClusterNode node = CLUSTER.node(i, TestNodes.SECRET);
            NODES.add(node);
            GATEWAYS.add(TestGateway.start(
                    TestGateway.bootstrap(TestGateway.LOOPS),
                    TestConfig.create()
                            .http("web")
                            .backend("app", Protocol.HTTP, upstream.port())
                            .route(TestConfig.rule("/").filter(limit()).to("app"))
                            .build(),
                    Extensions.NONE.withCluster(node)));
        }
        NODES.forEach(node -> TestNodes.awaitMembers(node, 3));
        NODES.forEach(node -> Eventually.holds(
                "all shares are known",
                () -> node.rateLimitLeases().isHealthy()
                        && node.rateLimitLeases().nodes() == 3));
    }

    private static RateLimit limit() {
        LimitKey key = new LimitKey(KeySource.HEADER, "x-tenant", false);
        return new RateLimit(
                TestConfig.key("shared"),
                new RateLimitTerms(
                        List.of(new RateLimitTerms.Rule(key, new Quota(24, Duration.ofHours(24), 24))),
                        Mode.CLUSTER,
                        OnClusterLoss.LOCAL_SHARE,
                        true));
    }

    @AfterAll
    static void close() {
        CLUSTER.close();
        GATEWAYS.forEach(TestGateway::close);
        upstream.close();
    }

    private static Lease lease(int node, String key, long wanted, long returned) throws Exception {
        return NODES.get(node)
                .rateLimitLeases()
                .lease(key, HUNDRED, wanted, returned)
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    @Test
    @Order(1)
    void allNodesLeaseFromOneBucket() throws Exception {
        assertEquals(new Lease(60, 40, 0), lease(0, "one", 60, 0));
        assertEquals(new Lease(30, 10, 0), lease(1, "one", 30, 0));
        Lease last = lease(2, "one", 30, 0);
        assertEquals(10, last.tokens());
        assertEquals(864, last.retryMicros() / 1_000_000.0, 10); // one in 14.4 minutes
        assertEquals(new Lease(0, 20, 0), lease(1, "one", 0, 20));
        assertEquals(new Lease(20, 0, 0), lease(2, "one", 20, 0));
        assertEquals(new Lease(1, 99, 0), lease(2, "another", 1, 0));
    }

    /** Tokens that one node holds and does not use come back to the others. */
    @Test
    @Order(2)
    void aLimitHoldsForAllGatewaysTogether() throws IOException {
        List<RawHttp1> clients = new ArrayList<>();
        for (TestGateway gateway : GATEWAYS) {
            clients.add(RawHttp1.connect(gateway.port()));
        }
        // The first question of each pays for loading classes: a share of the limit in its stead is not what is meant
        // here.
        Eventually.holds("the owners answer in time", () -> {
            Double before = unanswered();
            clients.forEach(client -> get(client, "warm" + before));
            return before.equals(unanswered());
        });
        double answeredBefore = unanswered();
        int[] passed = new int[1];
        int[] asked = new int[1];
        Eventually.holds("all tokens are used", () -> {
            int status = get(clients.get(asked[0]++ % 3), "a");
            passed[0] += status == 200 ? 1 : 0;
            return passed[0] == 24;
        });
        for (int i = 0; i < 30; i++) {
            assertEquals(429, get(clients.get(i % 3), "a"));
        }
        assertEquals(200, get(clients.get(0), "b"));
        Eventually.holds("the first says that it is not alone", () -> isDegraded(0));
        assertEquals(answeredBefore, unanswered());
        for (RawHttp1 client : clients) {
            client.close();
        }
    }

    private static boolean isDegraded(double value) {
        return Double.valueOf(value)
                .equals(GATEWAYS.get(0).metric("gateway_rate_limit_degraded{policy=\"default/shared\"}"));
    }

    private static Double unanswered() {
        return GATEWAYS.stream()
                .map(gateway -> gateway.metric("gateway_rate_limit_unanswered_total{policy=\"default/shared\"}"))
                .mapToDouble(count -> count == null ? 0 : count)
                .sum();
    }

    private static int get(RawHttp1 client, String tenant) {
        try {
            return client.sendHead("GET / HTTP/1.1", "host: a", "x-tenant: " + tenant)
                    .readResponse()
                    .status();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Then it has its third of the limit: eight of 24. */
    @Test
    @Order(3)
    void aNodeThatIsLeftAloneHasItsShare() throws Exception {
        NODES.get(1).kill();
        NODES.get(2).kill();
        Eventually.holds("it notices", () -> !NODES.get(0).rateLimitLeases().isHealthy());
        assertEquals(3, NODES.get(0).rateLimitLeases().nodes());
        try (RawHttp1 client = RawHttp1.connect(GATEWAYS.get(0).port())) {
            int passed = 0;
            for (int i = 0; i < 20; i++) {
                passed += get(client, "c") == 200 ? 1 : 0;
            }
            assertEquals(8, passed);
        }
        Eventually.holds("it says so", () -> isDegraded(1));
    }
}
