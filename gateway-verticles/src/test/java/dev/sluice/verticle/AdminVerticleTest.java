package dev.sluice.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.bus.Message.ConfigRejected;
import dev.sluice.bus.Message.ConnectionsListed;
import dev.sluice.bus.Message.ConnectionsRequested;
import dev.sluice.bus.Message.DrainCommand;
import dev.sluice.bus.Message.LoopAck;
import dev.sluice.bus.Message.LoopReady;
import dev.sluice.bus.Message.NodesSeen;
import dev.sluice.bus.Message.RouteTablePublished;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ConfigProblem;
import dev.sluice.config.GatewayConfig;
import dev.sluice.drain.DrainPhase;
import dev.sluice.observe.ConnectionRecord;
import dev.sluice.observe.LoopCounters;
import dev.sluice.observe.LoopHistograms;
import dev.sluice.observe.Metric;
import dev.sluice.route.RouteTable;
import dev.sluice.spi.Extensions;
import dev.sluice.spi.NodeFact;
import dev.sluice.spi.NodeFact.Traffic;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminVerticleTest {

    private static final GatewayConfig CONFIG = TestConfig.forwarding(Protocol.HTTP, 9001);
    private static final BoundSocket SOCKET =
            new BoundSocket(List.of("default/gw/http"), "127.0.0.1", 8080, List.of("HTTP/1.1", "h2c"), "");

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);
    private final AdminVerticle admin = new AdminVerticle(
            bus,
            TestGateway.bootstrap(2),
            config -> new JsonObject().put("routes", config.routes().size()),
            Extensions.NONE);

    @BeforeEach
    void deploy() {
        Eventually.get(vertx.deployVerticle(admin));
    }

    @AfterEach
    void close() {
        Eventually.get(vertx.close());
    }

    private RawResponse send(String request) {
        try (RawHttp1 client = RawHttp1.connect(admin.boundSocket().port())) {
            return client.send(request).readResponse(request.startsWith("HEAD"));
        } catch (IOException e) {
            throw new AssertionError(request, e);
        }
    }

    private RawResponse get(String path) {
        return send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    private static JsonObject json(RawResponse response) {
        assertEquals("application/json", response.header("content-type"));
        assertEquals("no-store", response.header("cache-control"));
        return new JsonObject(response.text());
    }

    private void publish() {
        bus.publish(new RouteTablePublished(new RouteTable(7, CONFIG.digest(), List.of(), Map.of(), Map.of()), CONFIG));
    }

    private void awaitStatus(String path, int status) {
        Eventually.holds(path + " says " + status, () -> get(path).status() == status);
    }

    @Test
    void theClusterIsShownAsItWasSeenLast() {
        assertEquals(503, get("/cluster").status());
        NodeFact node = new NodeFact(
                "me",
                "",
                "127.0.0.1:9000",
                "serving",
                "1.0",
                Instant.EPOCH,
                "abc",
                3,
                "def",
                new Traffic(1.5, 0.5, 2, 4, 90, 7));
        bus.publish(new NodesSeen("me", true, true, List.of(node), List.of("other")));
        Eventually.holds("shown", () -> get("/cluster").status() == 200);
        JsonObject first = new JsonObject()
                .put("id", "me")
                .put("address", "")
                .put("admin", "127.0.0.1:9000")
                .put("phase", "serving")
                .put("version", "1.0")
                .put("started", "1970-01-01T00:00:00Z")
                .put(
                        "config",
                        new JsonObject().put("digest", "abc").put("epoch", 3).put("text", "def"))
                .put(
                        "traffic",
                        new JsonObject()
                                .put("requestsPerSecond", 1.5)
                                .put("errorsPerSecond", 0.5)
                                .put("inFlight", 2)
                                .put("connections", 4)
                                .put("requests", 90)
                                .put("errors", 7));
        assertEquals(
                new JsonObject()
                        .put("self", "me")
                        .put("clustered", true)
                        .put("degraded", true)
                        .put("configDiffers", false)
                        .put(
                                "nodes",
                                new JsonArray()
                                        .add(first)
                                        .add(new JsonObject().put("id", "other").put("phase", "silent"))),
                new JsonObject(get("/cluster").text()));
    }

    @Test
    void readinessFollowsTheLoopsAndTheDrain() {
        assertEquals(200, get("/livez").status());
        RawResponse warming = get("/readyz");
        assertEquals(503, warming.status());
        assertEquals("warming: 0 of 2 event loops serve", json(warming).getString("reason"));
        assertEquals(503, get("/startedz").status());

        bus.publish(new LoopAck(0, 1, List.of(SOCKET), List.of()));
        Eventually.holds("one loop", () -> get("/readyz").text().contains("warming: 1 of 2"));
        bus.publish(new LoopAck(1, 1, List.of(SOCKET), List.of()));
        awaitStatus("/readyz", 200);
        assertEquals("ok", json(get("/readyz")).getString("status"));
        assertEquals(200, get("/startedz").status());

        bus.publish(new DrainCommand(DrainPhase.ANNOUNCING, Duration.ofSeconds(1), Duration.ZERO, Duration.ZERO, ""));
        awaitStatus("/readyz", 503);
        assertEquals("draining", json(get("/readyz")).getString("reason"));
        assertEquals(200, get("/livez").status());
        assertEquals(200, get("/startedz").status());
    }

    @Test
    void showsConfigurationAndProblems() {
        assertEquals(503, get("/config").status());
        assertEquals(new JsonObject().put("problems", new JsonArray()), json(get("/config/problems")));
        publish();
        awaitStatus("/config", 200);
        assertEquals(
                new JsonObject()
                        .put("version", 7)
                        .put("digest", CONFIG.digest())
                        .put("config", new JsonObject().put("routes", 1)),
                json(get("/config")));

        bus.publish(new ConfigRejected(List.of(new ConfigProblem("a.yaml", 3, 5, "/spec", "bad"))));
        Eventually.holds(
                "the problem is shown", () -> get("/config/problems").text().contains("a.yaml"));
        JsonObject problems = json(get("/config/problems"));
        assertEquals(
                new JsonObject()
                        .put("file", "a.yaml")
                        .put("line", 3)
                        .put("column", 5)
                        .put("pointer", "/spec")
                        .put("message", "bad"),
                problems.getJsonArray("problems").getJsonObject(0));
        assertTrue(Instant.parse(problems.getString("since"))
                .isBefore(Instant.now().plusSeconds(1)));
        assertTrue(get("/metrics").text().contains("\ngateway_config_last_reload_successful 0.0\n"));
        assertEquals(200, get("/config").status());

        publish();
        Eventually.holds(
                "the problem is gone", () -> !get("/config/problems").text().contains("a.yaml"));
        assertTrue(get("/metrics").text().contains("\ngateway_config_last_reload_successful 1.0\n"));
    }

    @Test
    void showsMetricsOfLoops() {
        LoopCounters counters = new LoopCounters();
        counters.add(Metric.DOWNSTREAM_CONNECTIONS, 41);
        bus.publish(new LoopReady(0, counters, new LoopHistograms()));
        Eventually.holds(
                "the loop is counted",
                () -> get("/metrics").text().contains("\ngateway_downstream_connections_total 41.0\n"));
        RawResponse metrics = get("/metrics");
        assertEquals("text/plain; version=0.0.4; charset=utf-8", metrics.header("content-type"));
        assertEquals("no-store", metrics.header("cache-control"));
    }

    @Test
    void listsSocketsOnceAndTheirErrors() {
        bus.publish(new LoopAck(0, 1, List.of(SOCKET), List.of()));
        bus.publish(new LoopAck(1, 1, List.of(SOCKET), List.of("127.0.0.1:80: permission denied")));
        awaitStatus("/readyz", 200);
        assertEquals(
                new JsonObject()
                        .put(
                                "sockets",
                                new JsonArray()
                                        .add(new JsonObject()
                                                .put("listeners", new JsonArray().add("default/gw/http"))
                                                .put("host", "127.0.0.1")
                                                .put("port", 8080)
                                                .put(
                                                        "protocols",
                                                        new JsonArray()
                                                                .add("HTTP/1.1")
                                                                .add("h2c"))
                                                .put("tls", "")))
                        .put("draining", new JsonArray())
                        .put("errors", new JsonArray().add("loop 1: 127.0.0.1:80: permission denied")),
                json(get("/listeners")));
    }

    @Test
    void gathersConnectionsOfAllLoopsOldestFirst() {
        bus.consume(ConnectionsRequested.class, request -> {
            bus.publish(new ConnectionsListed(
                    request.ticket(), 0, 5, List.of(connection("a-0-1", 1_000_000_000), connection("a-0-2", 500))));
            bus.publish(new ConnectionsListed(request.ticket(), 1, 1, List.of(connection("a-1-1", 1_500_000_000))));
        });
        JsonObject shown = json(get("/connections?limit=2"));
        assertEquals(6, shown.getInteger("total"));
        assertEquals(2, shown.getInteger("loops"));
        double age = (Double) shown.getJsonArray("connections").getJsonObject(0).remove("ageSeconds");
        assertTrue(age >= 1.5, () -> age + " s");
        assertEquals(
                new JsonArray()
                        .add(new JsonObject()
                                .put("id", "a-1-1")
                                .put("protocol", "h2")
                                .put("remote", "127.0.0.1:40000")
                                .put("local", "127.0.0.1:8443")
                                .put("tls", "TLSv1.3")
                                .put("serverName", "a.test")
                                .put("alpn", "h2")
                                .put("requests", 7)
                                .put("inFlight", 0)
                                .put("idleSeconds", 0.25))
                        .encode(),
                new JsonArray()
                        .add(shown.getJsonArray("connections").getJsonObject(0))
                        .encode());
        assertEquals("a-0-1", shown.getJsonArray("connections").getJsonObject(1).getString("id"));
        assertEquals(2, shown.getJsonArray("connections").size());
    }

    @Test
    void answersAlsoWhenALoopDoesNot() {
        JsonObject shown = json(get("/connections"));
        assertEquals(
                new JsonObject()
                        .put("total", 0)
                        .put("loops", 0)
                        .put("penalised", new JsonArray())
                        .put("connections", new JsonArray()),
                shown);
    }

    @Test
    void refusesLimitsThatAreNone() {
        for (String limit : List.of("-1", "1001", "x", "")) {
            RawResponse refused = get("/connections?limit=" + limit);
            assertEquals(400, refused.status());
            assertEquals(
                    "limit=" + limit + " (expected: 0..1000)", json(refused).getString("error"));
        }
    }

    private static ConnectionRecord connection(String id, long ageNanos) {
        return new ConnectionRecord(
                id,
                HttpVersion.HTTP_2,
                "127.0.0.1:40000",
                "127.0.0.1:8443",
                "TLSv1.3",
                "a.test",
                "h2",
                System.nanoTime() - ageNanos,
                7,
                0,
                250_000_000);
    }

    @Test
    void listsEveryPathAndEveryPathIsThere() {
        JsonObject index = json(get("/"));
        assertEquals(
                List.of(
                        "/livez",
                        "/readyz",
                        "/startedz",
                        "/metrics",
                        "/config",
                        "/config/problems",
                        "/config/epoch",
                        "/listeners",
                        "/connections",
                        "/upstreams",
                        "/cluster",
                        "/channelz",
                        "/drain",
                        "/undrain",
                        "/listeners/:namespace/:gateway/:listener/drain",
                        "/listeners/:namespace/:gateway/:listener/undrain",
                        "/connections/:id/drain",
                        "/upstreams/:namespace/:name/endpoints/:endpoint/drain",
                        "/upstreams/:namespace/:name/endpoints/:endpoint/undrain",
                        "/routes",
                        "/exchanges",
                        "/exchanges/:id",
                        "/exchanges/:id/reset",
                        "/connections/:id/close",
                        "/tail"),
                List.copyOf(index.fieldNames()));
        List<String> ending = index.fieldNames().stream()
                .filter(path -> !path.equals("/tail"))
                .toList();
        assertEquals(200, send("HEAD /tail HTTP/1.1\r\nHost: localhost\r\n\r\n").status());
        for (String path : ending) {
            assertFalse(get(path).text().contains("no such path"), path);
        }
    }

    @Test
    void refusesOtherMethodsAndPaths() {
        RawResponse post = send("POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        assertEquals(405, post.status());
        assertEquals("GET, HEAD", post.header("allow"));
        assertEquals("POST (expected: GET or HEAD)", json(post).getString("error"));
        RawResponse unknown = get("/nowhere");
        assertEquals(404, unknown.status());
        assertEquals("no such path; GET / lists them", json(unknown).getString("error"));
    }

    @Test
    void answersHeadWithoutABody() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(admin.boundSocket().port())) {
            RawResponse head = client.send("HEAD /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .readResponse(true);
            assertEquals(200, head.status());
            assertEquals("application/json", head.header("content-type"));
            assertTrue(client.isOpen(), "and nothing follows the head");
            assertEquals("ok", json(client.get("/livez")).getString("status"));
        }
    }

    @Test
    void refusesMalformedHosts() {
        RawResponse refused = send("GET /livez HTTP/1.1\r\nHost: a/localhost\r\n\r\n");
        assertEquals(400, refused.status());
        assertEquals("the request is malformed", json(refused).getString("error"));
    }

    @Test
    void refusesForeignHosts() {
        for (String mine :
                List.of("localhost", "LOCALHOST:9000", "127.0.0.1", "127.0.0.1:9000", "10.1.2.3:9000", "[::1]:9000")) {
            assertEquals(
                    200,
                    send("GET /livez HTTP/1.1\r\nHost: " + mine + "\r\n\r\n").status(),
                    mine);
        }
        assertEquals(200, send("GET /livez HTTP/1.0\r\n\r\n").status());
        for (String foreign :
                List.of("", "evil.test", "localhost.evil.test:9000", "127.0.0.1.evil.test", "1.2.3.4.5")) {
            RawResponse refused = send("GET /livez HTTP/1.1\r\nHost: " + foreign + "\r\n\r\n");
            assertEquals(421, refused.status(), foreign);
            json(refused);
        }
    }
}
