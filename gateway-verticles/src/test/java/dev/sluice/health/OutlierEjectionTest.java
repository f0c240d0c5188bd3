package dev.sluice.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.config.UpstreamTerms.Outliers;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.ShownUpstreams;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Endpoints whose requests fail are left out for a while. */
class OutlierEjectionTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer good = UpstreamServer.http1(Scripts.text("good"));
    private final UpstreamServer bad = UpstreamServer.http1(Scripts.respond(503, Map.of(), "bad"));

    @AfterEach
    void close() {
        good.close();
        bad.close();
    }

    /** Three gateway errors in a row. */
    private static UnaryOperator<UpstreamTerms> outliers(Duration ejection) {
        return UpstreamChange.outliers(
                o -> new Outliers(0, 3, 0, 100, Duration.ofMillis(100), ejection, Duration.ofMinutes(5), 10));
    }

    private static GatewayConfig config(UnaryOperator<UpstreamTerms> terms, int... ports) {
        return TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, ports)
                .upstreamTerms("app", terms)
                .route("/", "app")
                .build();
    }

    /** Sends requests, each on a connection of its own so that every loop gets some, until the endpoint is in this state. */
    private static void requestsUntil(TestGateway gateway, int port, String state) {
        ShownUpstreams shown = new ShownUpstreams(gateway);
        Eventually.holds(port + " is " + state, () -> {
            for (int i = 0; i < 4; i++) {
                var unused = status(gateway);
            }
            return shown.state(port).equals(state);
        });
    }

    private static int status(TestGateway gateway) {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            return client.get("/").status();
        } catch (IOException e) {
            throw new AssertionError("a request", e);
        }
    }

    @Test
    void leavesAnEndpointOutThatFailsInARowAndLetsItBack() {
        TestGateway gateway = gateways.start(config(outliers(Duration.ofSeconds(2)), good.port(), bad.port()));
        ShownUpstreams shown = new ShownUpstreams(gateway);
        requestsUntil(gateway, bad.port(), "ejected");
        JsonObject endpoint = shown.endpoint(bad.port());
        assertEquals(
                "3 gateway errors in a row", endpoint.getJsonObject("health").getString("reason"));
        assertEquals(1, endpoint.getInteger("ejections"));
        assertTrue(Instant.parse(endpoint.getString("ejectedUntil"))
                .isBefore(Instant.now().plusSeconds(3)));
        assertEquals(1.0, gateway.metric("gateway_upstream_ejections_total{reason=\"consecutive_gateway_errors\"}"));
        int seen = bad.received().size();
        for (int i = 0; i < 20; i++) {
            assertEquals(200, status(gateway));
        }
        assertEquals(seen, bad.received().size(), "none of them");

        bad.otherwise(Scripts.text("good again"));
        shown.awaitState(bad.port(), "unknown");
        assertFalse(shown.endpoint(bad.port()).containsKey("ejectedUntil"));
        Eventually.holds("it gets requests again", () -> {
            assertEquals(200, status(gateway));
            return bad.received().size() > seen;
        });
    }

    @Test
    void refusedConnectionsAreFailures() throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        TestGateway gateway = gateways.start(config(outliers(Duration.ofMinutes(1)), good.port(), closed));
        requestsUntil(gateway, closed, "ejected");
        for (int i = 0; i < 20; i++) {
            assertEquals(200, status(gateway));
        }
    }

    @Test
    void aSuccessfulProbeLetsAnEndpointBack() {
        bad.on("/healthz", Scripts.text("well"));
        good.on("/healthz", Scripts.text("well"));
        HealthCheck check = new HealthCheck(
                HealthCheck.Type.HTTP,
                "/healthz",
                null,
                List.of(),
                "",
                0,
                Duration.ofMillis(500),
                Duration.ofSeconds(5),
                1,
                1);
        TestGateway gateway = gateways.start(config(
                terms -> UpstreamChange.healthCheck(check)
                        .apply(outliers(Duration.ofMinutes(1)).apply(terms)),
                good.port(),
                bad.port()));
        ShownUpstreams shown = new ShownUpstreams(gateway);
        requestsUntil(gateway, bad.port(), "ejected");
        shown.awaitState(bad.port(), "healthy");
        assertTrue(shown.endpoint(bad.port()).getInteger("ejections") >= 1);
    }

    @Test
    void ejectsNoMoreThanAllowed() {
        UpstreamServer alsoBad = UpstreamServer.http1(Scripts.respond(503, Map.of(), "bad"));
        good.otherwise(Scripts.respond(503, Map.of(), "bad"));
        try {
            TestGateway gateway =
                    gateways.start(config(outliers(Duration.ofMinutes(1)), good.port(), bad.port(), alsoBad.port()));
            ShownUpstreams shown = new ShownUpstreams(gateway);
            for (int i = 0; i < 60; i++) {
                assertEquals(503, status(gateway));
            }
            Eventually.holds("one is ejected", () -> ejected(shown) == 1);
            for (int i = 0; i < 60; i++) {
                assertEquals(503, status(gateway));
            }
            assertEquals(1, ejected(shown));
        } finally {
            alsoBad.close();
        }
    }

    private static long ejected(ShownUpstreams shown) {
        return shown.endpoints().stream()
                .filter(endpoint ->
                        endpoint.getJsonObject("health").getString("state").equals("ejected"))
                .count();
    }
}
