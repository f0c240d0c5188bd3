package dev.sluice.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.ShownUpstreams;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code /upstreams} while requests are under way. */
class UpstreamsEndpointTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final Gate gate = new Gate();
    private final UpstreamServer server = UpstreamServer.http1(Scripts.after(gate, Scripts.text("late")));

    @AfterEach
    void close() {
        server.close();
    }

    private static List<Integer> figures(JsonObject json) {
        return List.of(
                json.getInteger("requests"),
                json.getInteger("connections"),
                json.getInteger("idle"),
                json.getInteger("connecting"),
                json.getInteger("pending"));
    }

    private static List<Integer> summed(JsonArray byLoop) {
        return IntStream.range(0, 5)
                .mapToObj(figure -> IntStream.range(0, byLoop.size())
                        .map(loop -> figures(byLoop.getJsonObject(loop)).get(figure))
                        .sum())
                .toList();
    }

    @Test
    void tellsWhatEveryLoopIsDoing() throws IOException {
        TestGateway gateway = gateways.start(TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, server.port())
                .backend("other", Protocol.HTTP, 9)
                .upstreamTerms("app", UpstreamChange.http1Connections(1))
                .route("/", "app")
                .route("/other", "other")
                .build());
        ShownUpstreams shown = new ShownUpstreams(gateway);
        assertEquals(List.of(0, 0, 0, 0, 0), figures(shown.app()));
        try (RawHttp1 first = RawHttp1.connect(gateway.port());
                RawHttp1 second = RawHttp1.connect(gateway.port());
                RawHttp1 third = RawHttp1.connect(gateway.port())) {
            List<RawHttp1> clients = List.of(first, second, third);
            for (RawHttp1 client : clients) {
                var unused = client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
            }
            // One connection for each loop: three requests share one or two, and the others wait.
            Eventually.holds("three requests, some in line", () -> {
                JsonObject app = shown.app();
                int connections = app.getInteger("connections");
                return figures(app).equals(List.of(3, connections, 0, 0, 3 - connections)) && connections > 0;
            });
            JsonObject app = shown.app();
            JsonObject endpoint = shown.endpoint(server.port());
            assertEquals(figures(app), figures(endpoint));
            JsonArray byLoop = endpoint.getJsonArray("byLoop");
            assertEquals(TestGateway.LOOPS, byLoop.size());
            assertEquals(figures(app), summed(byLoop));
            assertEquals(0, app.getInteger("retries"));

            gate.open();
            for (RawHttp1 client : clients) {
                assertEquals(200, client.readResponse().status());
            }
            int connections = app.getInteger("connections");
            Eventually.holds("only idle connections", () -> figures(shown.app())
                    .equals(List.of(0, connections, connections, 0, 0)));
        }
    }

    @Test
    void showsPoliciesAndSelectsBackends() {
        gate.open();
        TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, server.port()));
        JsonObject all = new JsonObject(gateway.admin("/upstreams").text());
        assertEquals(TestGateway.LOOPS, all.getInteger("loops"));
        JsonObject app = all.getJsonArray("upstreams").getJsonObject(0);
        assertEquals("default/app", app.getString("backend"));
        assertEquals("HTTP", app.getString("protocol"));
        assertEquals(
                new JsonObject()
                        .put("balancing", "least_request")
                        .put("ejectedFor", new JsonArray().add("consecutive_gateway_errors")),
                app.getJsonObject("policy"));
        assertEquals(
                new JsonObject().put("state", "unknown"),
                app.getJsonArray("endpoints").getJsonObject(0).getJsonObject("health"));
        RawResponse unknown = gateway.admin("/upstreams?backend=default/none");
        assertEquals(404, unknown.status());
        assertTrue(unknown.text().contains("backend=default/none (expected: namespace/name of one in use)"));
    }
}
