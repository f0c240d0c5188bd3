package dev.sluice.grpc;

import static dev.sluice.grpc.GrpcWire.call;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which calls count as errors at /cluster, at /routes and in the watch of a pushed configuration, though HTTP says 200. */
final class GrpcErrorsTest {

    private static final Buffer MESSAGE = Buffer.buffer(new byte[] {0, 0, 0, 0, 1, 7});

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    /** A message and the status that the method's name is, in trailers; none for {@code none}. */
    private static UpstreamServer answering() {
        return UpstreamServer.h2c(exchange -> {
            String status = exchange.request().path().replaceFirst(".*/", "");
            if (status.equals("stall")) {
                return;
            }
            var response = exchange.response().putHeader("content-type", "application/grpc");
            if (!status.equals("none")) {
                response.putTrailer("grpc-status", status);
            }
            var unused = response.end(MESSAGE);
        });
    }

    @Test
    void statusesThatAreTheServersFaultDo() throws IOException {
        try (UpstreamServer upstream = answering()) {
            TestGateway gateway = gateways.start(
                    TestGateway.bootstrap(1),
                    TestConfig.create()
                            .http("http")
                            .backend("app", Protocol.H2C, upstream.port())
                            .grpcRoute(TestConfig.rule("/").to("app"))
                            .build(),
                    GrpcWire.extensions());
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                for (String status : List.of("0", "1", "3", "5", "6", "7", "8", "9", "10", "11", "12", "16")) {
                    assertEquals(status, status(client, status));
                }
                assertCounted(gateway, 12, 0);
                for (String status : List.of("2", "4", "13", "14", "15")) {
                    assertEquals(status, status(client, status));
                }
                assertEquals("null", status(client, "none"));
                assertCounted(gateway, 18, 6);
                // The client's fault, though gRPC has no better word for it than INTERNAL.
                RawH2Stream broken =
                        client.open(call("/a.Service/stall"), false).data(new byte[] {0, 0}, true);
                GrpcWire.assertTrailersOnly(broken, GrpcStatus.INTERNAL);
                assertCounted(gateway, 19, 6);
                Eventually.holds(
                        "the route shows them", () -> status(client, "14").equals("14") && routeFails(gateway));
            }
        }
    }

    private static boolean routeFails(TestGateway gateway) {
        JsonObject routes = new JsonObject(gateway.admin("/routes").text());
        return routes.getJsonArray("routes").getJsonObject(0).getDouble("errorsPerSecond") > 0;
    }

    private static String status(RawH2Client client, String method) {
        try {
            return String.valueOf(
                    client.open(call("/a.Service/" + method), true).response().trailer("grpc-status"));
        } catch (IOException e) {
            throw new AssertionError("a call", e);
        }
    }

    private static void assertCounted(TestGateway gateway, long requests, long errors) {
        Eventually.holds(requests + " are counted", () -> traffic(gateway).getLong("requests") == requests);
        assertEquals(errors, traffic(gateway).getLong("errors"));
    }

    private static JsonObject traffic(TestGateway gateway) {
        return new JsonObject(gateway.admin("/cluster").text())
                .getJsonArray("nodes")
                .getJsonObject(0)
                .getJsonObject("traffic");
    }
}
