package dev.sluice.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Defaults;
import dev.sluice.observe.GatewayMetrics;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Two whole gateways of a cluster of three, whose third node never comes. The tests are their life, in order. */
@Tag("cluster")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GatewayInClusterTest {

    private static final TestNodes CLUSTER = new TestNodes(3);
    private static final ClusterNode ONE = CLUSTER.node(0, TestNodes.SECRET);
    private static final ClusterNode TWO = CLUSTER.node(1, TestNodes.SECRET);

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static UpstreamServer upstream;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static TestGateway first;

    @SuppressWarnings("NullAway.Init") // set by the second test
    private static TestGateway second;

    @BeforeAll
    static void start() {
        upstream = UpstreamServer.http1(Scripts.text("hello"));
        first = gateway(ONE);
    }

    @AfterAll
    static void close() {
        CLUSTER.close();
        first.close();
        if (second != null) {
            second.close();
        }
        upstream.close();
    }

    private static TestGateway gateway(ClusterNode node) {
        return TestGateway.start(
                TestGateway.bootstrap(TestGateway.LOOPS),
                TestConfig.forwarding(Protocol.HTTP, upstream.port()),
                Extensions.NONE.withCluster(node));
    }

    @Test
    @Order(1)
    void itServesBeforeItHasJoinedAndWhileItIsAlone() throws IOException {
        assertEquals("", ONE.address());
        assertServes(first);
        assertEquals(true, cluster(first).getBoolean("degraded"));
        Eventually.holds("it runs alone", () -> !ONE.address().isEmpty());
        assertServes(first);
        assertEquals(1.0, first.metric("gateway_cluster_degraded"));
        assertEquals(1.0, first.metric("gateway_cluster_members"));
        assertEquals(1, cluster(first).getJsonArray("nodes").size());
    }

    @Test
    @Order(2)
    void eachShowsBoth() throws IOException {
        second = gateway(TWO);
        Eventually.holds("both are whole", () -> isWhole(first) && isWhole(second));
        for (TestGateway gateway : List.of(first, second)) {
            ClusterNode self = gateway == first ? ONE : TWO;
            JsonObject cluster = cluster(gateway);
            assertEquals(self.self(), cluster.getString("self"));
            assertEquals(true, cluster.getBoolean("clustered"));
            assertEquals(self.self(), nodes(cluster).get(0).getString("id"));
            assertEquals(2.0, gateway.metric("gateway_cluster_members"));
        }
        JsonObject seen = nodes(cluster(second)).get(1);
        assertEquals(ONE.self(), seen.getString("id"));
        assertEquals(ONE.address(), seen.getString("address"));
        assertEquals("127.0.0.1:" + first.adminPort(), seen.getString("admin"));
        assertEquals("serving", seen.getString("phase"));
        assertEquals(GatewayMetrics.version(), seen.getString("version"));
        assertTrue(Instant.parse(seen.getString("started")).isBefore(Instant.now()));
        assertEquals(0, seen.getJsonObject("config").getLong("epoch"));
        JsonObject config = new JsonObject(first.admin("/config").text());
        assertEquals(config.getString("digest"), seen.getJsonObject("config").getString("digest"));
    }

    @Test
    @Order(3)
    void eachShowsTheOthersTraffic() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(first.port())) {
            Eventually.holds("the second shows the first's traffic", () -> {
                assertEquals(200, get(client));
                JsonObject traffic = nodes(cluster(second)).get(1).getJsonObject("traffic");
                return traffic.getDouble("requestsPerSecond") > 0
                        && traffic.getLong("connections") == 1
                        && traffic.getDouble("errorsPerSecond") == 0;
            });
        }
    }

    @Test
    @Order(4)
    void anExchangeIsFoundAndResetFromTheOther() throws IOException {
        upstream.on("/stall", Scripts.stall());
        try (RawHttp1 client = RawHttp1.connect(first.port())) {
            client.sendHead("GET /stall HTTP/1.1", "host: localhost", "x-request-id: lost");
            JsonObject found = ofBoth("/exchanges/lost");
            assertEquals(1, found.getJsonArray("exchanges").size());
            JsonObject exchange = found.getJsonArray("exchanges").getJsonObject(0);
            assertEquals(ONE.self(), exchange.getString("node"));
            assertEquals("/stall", exchange.getString("target"));
            JsonObject own = new JsonObject(second.admin("/exchanges").text());
            assertEquals(0, own.getJsonArray("exchanges").size());
            JsonObject all = ofBoth("/exchanges?cluster=true");
            assertEquals(
                    exchange.getString("id"),
                    all.getJsonArray("exchanges").getJsonObject(0).getString("id"));
            RawResponse reset = second.admin("POST", "/exchanges/" + exchange.getString("id") + "/reset");
            assertEquals(200, reset.status());
            assertEquals(ONE.self(), new JsonObject(reset.text()).getString("node"));
            assertEquals(503, client.readResponse().status());
        }
    }

    @Test
    @Order(5)
    void eachIsDrainedAndCalledBackByTheOther() {
        JsonObject begun = passedOn(202, second, "POST", "/drain?lameDuck=1h&deadline=1m&node=" + ONE.self());
        assertEquals(ONE.self(), begun.getString("node"));
        Eventually.holds("the first announces", () -> phase(first, "").equals("announcing"));
        JsonObject shown = passedOn(200, second, "GET", "/drain?node=" + ONE.self());
        assertEquals(ONE.self(), shown.getString("node"));
        assertEquals("announcing", shown.getString("phase"));
        long left = shown.getLong("remainingMillis");
        assertTrue(left > 3_600_000 && left <= 3_660_000, shown.encode());
        assertEquals(left - 60_000, shown.getLong("acceptingMillis"));
        assertEquals("serving", phase(second, ""));
        assertEquals(503, first.admin("/readyz").status());
        assertEquals(200, second.admin("/readyz").status());

        assertEquals(
                ONE.self(),
                passedOn(202, second, "POST", "/undrain?node=" + ONE.self()).getString("node"));
        Eventually.holds("the first serves again", () -> phase(second, "?node=" + ONE.self())
                .equals("serving"));
        assertEquals(
                TWO.self(),
                passedOn(202, first, "POST", "/drain?lameDuck=1h&node=" + TWO.self())
                        .getString("node"));
        Eventually.holds("the second announces", () -> phase(second, "").equals("announcing"));
        assertEquals(
                TWO.self(),
                passedOn(202, first, "DELETE", "/drain?node=" + TWO.self()).getString("node"));
        Eventually.holds("the second serves again", () -> phase(second, "").equals("serving"));
    }

    @Test
    @Order(6)
    void aNodeThatIsNoneOrDoesNotAnswerIsNotDrained() throws IOException {
        String none = json(404, second.admin("POST", "/drain?node=nobody")).getString("error");
        assertEquals("node=nobody (expected: one of " + TWO.self() + ", " + ONE.self() + ")", none);
        ClusterNode deaf = CLUSTER.node(2, TestNodes.SECRET);
        deaf.join();
        Eventually.holds("the second sees it", () -> TWO.members().contains(deaf.self()));
        String refused = "node=" + deaf.self() + ": question drain (expected: one of [])";
        Eventually.holds("it refuses", () -> errorOfDraining(deaf).equals(refused));
        deaf.answer("drain", 1, question -> Promise.<JsonObject>promise().future());
        long asked = System.nanoTime();
        String silent = errorOfDraining(deaf);
        long millis = (System.nanoTime() - asked) / 1_000_000;
        assertTrue(silent.startsWith("node=" + deaf.self() + ": "), silent);
        assertTrue(
                millis >= Defaults.ADMIN_NODE_TIMEOUT.toMillis() && millis < 3 * Defaults.ADMIN_NODE_TIMEOUT.toMillis(),
                millis + " ms");
        assertServes(second);
        Object unused = Eventually.get(deaf.leave());
        Eventually.holds("it is gone", () -> TWO.members().size() == 2);
        assertEquals(404, second.admin("/drain?node=" + deaf.self()).status());
    }

    @Test
    @Order(8)
    void aDrainIsSeenByTheOther() {
        var unused = first.runtime().drain();
        Eventually.holds("the second shows it", () -> nodes(cluster(second)).stream()
                .noneMatch(node -> node.getString("phase").equals("serving")
                        && node.getString("id").equals(ONE.self())));
    }

    @Test
    @Order(9)
    void theOneThatStaysServesWhenTheOtherDies() throws IOException {
        ONE.kill();
        Eventually.holds("the second is alone", () -> nodes(cluster(second)).size() == 1);
        assertServes(second);
        Eventually.holds("and knows it", () -> Double.valueOf(1).equals(second.metric("gateway_cluster_degraded")));
    }

    private static boolean isWhole(TestGateway gateway) {
        JsonObject cluster = cluster(gateway);
        return !cluster.getBoolean("degraded")
                && nodes(cluster).size() == 2
                && nodes(cluster).stream()
                        .noneMatch(node -> node.getString("phase").equals("silent"))
                && nodes(cluster).stream()
                        .noneMatch(node -> node.getString("address").isEmpty());
    }

    private static JsonObject json(int status, RawResponse response) {
        assertEquals(status, response.status(), response.text());
        return new JsonObject(response.text());
    }

    private static String errorOfDraining(ClusterNode node) {
        return json(504, second.admin("POST", "/drain?node=" + node.self())).getString("error");
    }

    /** Empty while it cannot be told. */
    private static String phase(TestGateway gateway, String query) {
        return new JsonObject(gateway.admin("/drain" + query).text()).getString("phase", "");
    }

    /**
     * What the other node answers to something that may be asked twice: it may hear nothing yet just after it has joined,
     * and a stall of either's Hazelcast is a 504.
     */
    private static JsonObject passedOn(int status, TestGateway gateway, String method, String target) {
        RawResponse[] last = new RawResponse[1];
        Eventually.holds(method + " " + target + " is answered with " + status, () -> {
            last[0] = gateway.admin(method, target);
            return last[0].status() == status;
        });
        return json(status, last[0]);
    }

    /** What the second says of both nodes' exchanges, once it has found one and both have answered. */
    private static JsonObject ofBoth(String target) {
        JsonObject[] last = new JsonObject[1];
        Eventually.holds("both nodes answer " + target, () -> {
            last[0] = new JsonObject(second.admin(target).text());
            return last[0].getInteger("nodes", 0) == 2
                    && last[0].getJsonArray("exchanges", new JsonArray()).size() == 1;
        });
        return last[0];
    }

    private static JsonObject cluster(TestGateway gateway) {
        return new JsonObject(gateway.admin("/cluster").text());
    }

    private static List<JsonObject> nodes(JsonObject cluster) {
        return IntStream.range(0, cluster.getJsonArray("nodes").size())
                .mapToObj(cluster.getJsonArray("nodes")::getJsonObject)
                .toList();
    }

    private static void assertServes(TestGateway gateway) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals("hello", client.get("/").text());
        }
    }

    private static int get(RawHttp1 client) {
        try {
            return client.get("/").status();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
