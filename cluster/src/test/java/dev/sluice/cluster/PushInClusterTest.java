package dev.sluice.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ConfigResult;
import dev.sluice.config.GatewayConfig;
import dev.sluice.spi.ConfigSource;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** What is pushed to one of several gateways. The tests are the cluster's life, in order. */
@Tag("cluster")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PushInClusterTest {

    private static final TestNodes CLUSTER = new TestNodes(3);
    private static final ClusterNode ONE = CLUSTER.node(0, TestNodes.SECRET);
    private static final ClusterNode TWO = CLUSTER.node(1, TestNodes.SECRET);
    private static final ClusterNode THREE = CLUSTER.node(2, TestNodes.SECRET);

    @TempDir
    private static Path directory;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static UpstreamServer files;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static UpstreamServer pushed;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static UpstreamServer broken;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static NodeFiles filesOfOne;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static TestGateway first;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static TestGateway second;

    @SuppressWarnings("NullAway.Init") // set by the test of it
    private static TestGateway third;

    /** A node's own files, which can be edited. */
    private static final class NodeFiles implements ConfigSource {

        private final Path directory;
        private volatile ConfigResult offered;
        private volatile boolean changed;

        NodeFiles(Path directory, GatewayConfig config) {
            this.directory = directory;
            offered = new ConfigResult.Accepted(config, List.of());
        }

        void edit(GatewayConfig config) {
            offered = new ConfigResult.Accepted(config, List.of());
            changed = true;
        }

        @Override
        public ConfigResult load() {
            changed = false;
            return offered;
        }

        @Override
        public boolean changed() {
            return changed;
        }

        @Override
        public Path directory() {
            return directory;
        }
    }

    @BeforeAll
    static void start() throws IOException {
        files = UpstreamServer.http1(Scripts.text("files"));
        pushed = UpstreamServer.http1(Scripts.text("pushed"));
        broken = UpstreamServer.http1(Scripts.respond(500, Map.of(), "broken"));
        filesOfOne = new NodeFiles(
                Files.createDirectory(directory.resolve("one")), TestConfig.forwarding(Protocol.HTTP, files.port()));
        TestCertificates.Leaf unused =
                TestCertificates.in(filesOfOne.directory()).leaf("site", "localhost");
        first = gateway(ONE, filesOfOne);
        // Two that begin at a time may each found a cluster, and look for each other ten seconds later.
        Eventually.holds("the first has joined", () -> !ONE.address().isEmpty());
        second = gateway(TWO, filesOf("two"));
        Eventually.holds("both see both", () -> isSeenBy(first, 2) && isSeenBy(second, 2));
    }

    @AfterAll
    static void close() {
        CLUSTER.close();
        first.close();
        second.close();
        if (third != null) {
            third.close();
        }
        List.of(files, pushed, broken).forEach(UpstreamServer::close);
    }

    private static NodeFiles filesOf(String node) throws IOException {
        return new NodeFiles(
                Files.createDirectory(directory.resolve(node)), TestConfig.forwarding(Protocol.HTTP, files.port()));
    }

    private static TestGateway gateway(ClusterNode node, NodeFiles source) {
        return TestGateway.start(TestGateway.bootstrap(TestGateway.LOOPS), source, Extensions.NONE.withCluster(node));
    }

    @Test
    @Order(1)
    void aPushIsActivatedByAll() throws IOException {
        assertEquals(List.of(0L, 0L), epochs(first));
        assertEquals("files", get(first));
        RawResponse response = push(second, "?watch=0s", routing(0, pushed.port()));
        JsonObject answer = new JsonObject(response.text());
        assertEquals(200, response.status(), answer.encode());
        assertEquals("activated", answer.getString("result"));
        assertEquals(1, answer.getLong("epoch"));
        assertEquals(2, answer.getJsonArray("nodes").size());
        assertEquals("pushed", get(first));
        assertEquals("pushed", get(second));
        for (TestGateway gateway : List.of(first, second)) {
            Eventually.holds("all show epoch 1", () -> epochs(gateway).equals(List.of(1L, 1L)));
            assertEquals(false, cluster(gateway).getBoolean("configDiffers"));
            assertEquals(1.0, gateway.metric("gateway_cluster_config_digests"));
            assertEquals(1.0, gateway.metric("gateway_config_epoch"));
        }
        JsonObject status = epoch(first);
        assertEquals("push", status.getString("origin"));
        assertEquals(TWO.self(), status.getString("proposer"));
        assertEquals(List.of("active", "active"), states(status));
    }

    @Test
    @Order(2)
    void oneThatRefusesKeepsAllFromIt() throws IOException {
        String certificate =
                """
                apiVersion: sluice.dev/v1
                kind: Certificate
                metadata: {name: site}
                spec: {certFile: site.pem, keyFile: site.key}
                ---
                """;
        RawResponse response = push(first, "", certificate + routing(0, files.port()));
        assertEquals(422, response.status());
        JsonObject answer = new JsonObject(response.text());
        assertEquals("refused", answer.getString("result"));
        assertEquals(
                List.of("accepted", "refused"),
                objects(answer.getJsonArray("nodes")).stream()
                        .sorted(Comparator.comparing(
                                node -> node.getString("id").equals(ONE.self()) ? 0 : 1))
                        .map(node -> node.getString("answer"))
                        .toList());
        JsonObject problem = answer.getJsonArray("problems").getJsonObject(0);
        assertEquals("pushed", problem.getString("file"));
        assertEquals(4, problem.getInteger("line"));
        assertEquals(18, problem.getInteger("column"));
        assertEquals("/spec/certFile", problem.getString("pointer"));
        assertEquals(directory.resolve("two/site.pem") + " does not exist", problem.getString("message"));
        assertEquals(new JsonArray().add(TWO.self()), problem.getJsonArray("nodes"));
        assertEquals(1, epoch(first).getLong("epoch"));
        assertEquals(1, epoch(second).getLong("epoch"));
        assertEquals("pushed", get(first));
    }

    @Test
    @Order(3)
    void whatIsNoConfigurationIsRefused() throws IOException {
        RawResponse wrong = push(first, "", "kind: Gateway\nspec: [");
        assertEquals(422, wrong.status());
        JsonObject problem =
                new JsonObject(wrong.text()).getJsonArray("problems").getJsonObject(0);
        assertEquals(2, problem.getInteger("line"));
        assertEquals(2, problem.getJsonArray("nodes").size(), "both say the same");
        assertEquals(422, push(first, "", "# nothing\n").status());
        assertEquals(400, push(first, "", "").status());
        assertEquals(400, push(first, "?watch=soon", "a: b").status());
        assertEquals(400, push(first, "?dryRun=perhaps", "a: b").status());
        try (RawHttp1 client = RawHttp1.connect(first.adminPort())) {
            int status = client.sendHead("POST /config HTTP/1.1", "Host: localhost", "Content-Length: 4194305")
                    .readResponse()
                    .status();
            assertEquals(413, status);
        }
        RawResponse valid = push(first, "?dryRun=true", routing(0, files.port()));
        assertEquals(200, valid.status());
        assertEquals("valid", new JsonObject(valid.text()).getString("result"));
        assertEquals(1, epoch(second).getLong("epoch"));
    }

    @Test
    @Order(4)
    void oneThatCannotBindTakesAllBack() throws IOException {
        String digest = digests(first).get(0);
        int port;
        try (ServerSocket taken = new ServerSocket(0)) {
            port = taken.getLocalPort();
        }
        // Both gateways are on this machine, so that the port is for one of them alone.
        RawResponse response = push(first, "", routing(port, files.port()));
        assertEquals(422, response.status());
        JsonObject answer = new JsonObject(response.text());
        assertEquals("rolled_back", answer.getString("result"));
        assertTrue(answer.getString("error").contains(": cannot listen on 127.0.0.1:" + port + ": "), answer.encode());
        for (TestGateway gateway : List.of(first, second)) {
            JsonObject status = epoch(gateway);
            assertEquals(3, status.getLong("epoch"));
            assertEquals("rollback", status.getString("origin"));
            assertEquals(2, status.getLong("replaces"));
            assertEquals("pushed", get(gateway));
            Eventually.holds("both are as before", () -> digests(gateway).equals(List.of(digest, digest)));
        }
    }

    @Test
    @Order(5)
    void errorsThatJumpTakeAllBack() throws IOException {
        assertEquals(200, push(second, "?watch=60s", routing(0, broken.port())).status());
        assertEquals("broken", get(first));
        JsonObject watch = epoch(second).getJsonObject("watch");
        assertTrue(watch.getLong("remainingMillis") > 0, watch.encode());
        try (RawHttp1 one = RawHttp1.connect(first.port());
                RawHttp1 two = RawHttp1.connect(second.port())) {
            for (int i = 0; i < 15; i++) {
                RawResponse unused = one.get("/");
                unused = two.get("/");
            }
        }
        for (TestGateway gateway : List.of(first, second)) {
            Eventually.holds("taken back", () -> epoch(gateway).getLong("epoch") == 5);
            JsonObject status = epoch(gateway);
            assertEquals("rollback", status.getString("origin"));
            assertTrue(status.getString("reason").startsWith("error rate: "), status.encode());
            Eventually.holds("served by the one before", () -> get(gateway).equals("pushed"));
        }
    }

    @Test
    @Order(6)
    void oneThatJoinsTakesOverWhatAllHaveAndFilesWait() throws IOException {
        filesOfOne.edit(TestConfig.create()
                .http("http")
                .backend("other", Protocol.HTTP, files.port())
                .route("/", "other")
                .build());
        third = gateway(THREE, filesOf("three"));
        Eventually.holds("the third has it", () -> epoch(third).getLong("epoch") == 5);
        Eventually.holds("the third serves by it", () -> get(third).equals("pushed"));
        Eventually.holds("all show it", () -> epochs(first).equals(List.of(5L, 5L, 5L)));
        assertEquals("pushed", get(first));
    }

    @Test
    @Order(7)
    void aWithdrawalGoesBackToFilesWhoseDifferencesShow() throws IOException {
        assertEquals(
                200,
                send(third, "DELETE /config HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .status());
        for (TestGateway gateway : List.of(first, second, third)) {
            assertEquals("files", get(gateway));
            Eventually.holds("all show epoch 6", () -> epochs(gateway).equals(List.of(6L, 6L, 6L)));
            Eventually.holds("the first differs", () -> cluster(gateway).getBoolean("configDiffers"));
            assertEquals(true, epoch(gateway).getBoolean("files"));
            assertEquals(2.0, gateway.metric("gateway_cluster_config_digests"));
        }
        assertNotEquals(digests(first).get(0), digests(second).get(0));
    }

    /** Everything of one listener to one backend. */
    private static String routing(int listener, int backend) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: gw}
                spec:
                  addresses: [{type: IPAddress, value: 127.0.0.1}]
                  listeners: [{name: http, port: %d, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: all}
                spec:
                  parentRefs: [{name: gw}]
                  rules: [{backendRefs: [{group: sluice.dev, kind: Backend, name: app}]}]
                ---
                apiVersion: sluice.dev/v1
                kind: Backend
                metadata: {name: app}
                spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
                """
                .formatted(listener, backend);
    }

    private static RawResponse push(TestGateway gateway, String query, String text) throws IOException {
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        return send(
                gateway,
                "POST /config" + query + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n"
                        + text);
    }

    private static RawResponse send(TestGateway gateway, String request) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.adminPort())) {
            return client.send(request).readResponse();
        }
    }

    private static String get(TestGateway gateway) {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            return client.get("/").text();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isSeenBy(TestGateway gateway, int nodes) {
        List<JsonObject> seen = objects(cluster(gateway).getJsonArray("nodes"));
        return seen.size() == nodes
                && seen.stream().noneMatch(node -> node.getString("phase").equals("silent"));
    }

    private static JsonObject cluster(TestGateway gateway) {
        return new JsonObject(gateway.admin("/cluster").text());
    }

    private static JsonObject epoch(TestGateway gateway) {
        return new JsonObject(gateway.admin("/config/epoch").text());
    }

    private static List<String> states(JsonObject epoch) {
        return objects(epoch.getJsonArray("nodes")).stream()
                .map(node -> node.getString("state"))
                .toList();
    }

    private static List<Long> epochs(TestGateway gateway) {
        return configs(gateway).stream().map(config -> config.getLong("epoch")).toList();
    }

    private static List<String> digests(TestGateway gateway) {
        return configs(gateway).stream()
                .map(config -> config.getString("digest"))
                .toList();
    }

    private static List<JsonObject> configs(TestGateway gateway) {
        return objects(cluster(gateway).getJsonArray("nodes")).stream()
                .filter(node -> !node.getString("phase").equals("silent"))
                .map(node -> node.getJsonObject("config"))
                .toList();
    }

    private static List<JsonObject> objects(JsonArray array) {
        return IntStream.range(0, array.size()).mapToObj(array::getJsonObject).toList();
    }
}
