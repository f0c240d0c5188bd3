package dev.sluice.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.ClusterSettings;
import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Three gateways of one cluster, of which two probe an endpoint for all. */
@Tag("cluster")
class SharedHealthInClusterTest {

    private static final HealthCheck CHECK = new HealthCheck(
            HealthCheck.Type.HTTP,
            "/healthz",
            null,
            List.of(),
            "",
            0,
            Duration.ofMillis(200),
            Duration.ofSeconds(5),
            1,
            1);

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("well"));
    private final TestNodes cluster = new TestNodes(3);
    private final List<ClusterNode> nodes = new ArrayList<>();
    private final List<TestGateway> gateways = new ArrayList<>();

    @AfterEach
    void close() {
        cluster.close();
        gateways.forEach(TestGateway::close);
        upstream.close();
    }

    private void start(int index) {
        start(index, TestGateway.bootstrap(TestGateway.LOOPS));
    }

    private void start(int index, Bootstrap bootstrap) {
        ClusterNode node = cluster.node(index, TestNodes.SECRET);
        nodes.add(node);
        gateways.add(TestGateway.start(
                bootstrap,
                TestConfig.create()
                        .http("http")
                        .backend("app", Protocol.HTTP, upstream.port())
                        .upstreamTerms("app", UpstreamChange.healthCheck(CHECK))
                        .route("/", "app")
                        .build(),
                Extensions.NONE.withCluster(node)));
    }

    @Test
    void twoProbeForAllAndTheThirdDoesWhenTheyAreGone() {
        for (int i = 0; i < 3; i++) {
            start(i);
            // One after the other: nodes that find nobody yet would begin clusters of their own, and merge much later.
            TestNodes.awaitMembers(nodes.get(i), i + 1);
        }
        nodes.forEach(node -> TestNodes.awaitMembers(node, 3));
        Eventually.holds("two probe, and all know", () -> probing().size() == 2 && all("healthy"));
        TestGateway third = gateways.stream()
                .filter(gateway -> !probing().contains(gateway))
                .findFirst()
                .orElseThrow();
        upstream.on("/healthz", Scripts.respond(500, Map.of(), "ill"));
        Eventually.holds("all know that it is ill", () -> all("unhealthy"));
        assertEquals(2, probing().size());
        String reason = endpoint(third).getJsonObject("health").getString("reason");
        assertEquals("status 500, seen by ", reason.substring(0, reason.lastIndexOf(' ') + 1));
        upstream.on("/healthz", Scripts.text("well"));
        Eventually.holds("all know that it is well", () -> all("healthy"));
        for (int i = 0; i < 3; i++) {
            if (gateways.get(i) != third) {
                nodes.get(i).kill();
            }
        }
        Eventually.holds(
                "it probes for itself", () -> endpoint(third).containsKey("lastProbe") && state(third, "healthy"));
    }

    /** Of a node that keeps to itself. */
    private Bootstrap alone(int index) {
        ClusterSettings all = cluster.settings(index, TestNodes.SECRET);
        ClusterSettings own = new ClusterSettings(
                all.name(),
                all.bind(),
                all.busPort(),
                all.allowPublicBind(),
                all.members(),
                all.service(),
                all.secret(),
                all.maxDraining(),
                false);
        Bootstrap base = TestGateway.bootstrap(TestGateway.LOOPS);
        return new Bootstrap(
                base.adminHost(),
                base.adminPort(),
                base.eventLoops(),
                base.transport(),
                base.drainPatience(),
                base.lameDuck(),
                base.drainDeadline(),
                base.accessLog(),
                base.maxConnections(),
                base.zone(),
                own);
    }

    @Test
    void aNodeThatKeepsToItselfProbesAndTheOthersDoNotCountOnIt() {
        for (int i = 0; i < 3; i++) {
            if (i == 0) {
                start(i, alone(i));
            } else {
                start(i);
            }
            TestNodes.awaitMembers(nodes.get(i), i + 1);
        }
        nodes.forEach(node -> TestNodes.awaitMembers(node, 3));
        // It gives none: of the two others both probe, where of three two would. It takes none: its verdict is its own.
        Eventually.holds("all probe", () -> probing().size() == 3 && all("healthy"));
        upstream.on("/healthz", Scripts.respond(500, Map.of(), "ill"));
        Eventually.holds("all know that it is ill", () -> all("unhealthy"));
        assertEquals(3, probing().size());
        assertEquals(
                "status 500", endpoint(gateways.get(0)).getJsonObject("health").getString("reason"));
    }

    private List<TestGateway> probing() {
        return gateways.stream()
                .filter(gateway -> endpoint(gateway).containsKey("lastProbe"))
                .toList();
    }

    private boolean all(String state) {
        return gateways.stream().allMatch(gateway -> state(gateway, state));
    }

    private static boolean state(TestGateway gateway, String state) {
        return endpoint(gateway).getJsonObject("health").getString("state").equals(state);
    }

    private static JsonObject endpoint(TestGateway gateway) {
        return new JsonObject(gateway.admin("/upstreams").text())
                .getJsonArray("upstreams")
                .getJsonObject(0)
                .getJsonArray("endpoints")
                .getJsonObject(0);
    }
}
