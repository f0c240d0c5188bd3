package dev.sluice.grpc;

import static dev.sluice.grpc.GrpcWire.call;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.Outliers;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.ShownUpstreams;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What statuses of calls say of their endpoints, though HTTP says 200 each time. */
final class GrpcEjectionTest {

    /** Three gateway errors in a row. */
    private static final UnaryOperator<UpstreamTerms> THREE_IN_A_ROW = UpstreamChange.outliers(
            o -> new Outliers(0, 3, 0, 100, Duration.ofMillis(100), Duration.ofMinutes(1), Duration.ofMinutes(5), 10));

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private static UpstreamServer answering(String status) {
        return UpstreamServer.h2c(exchange -> {
            var unused = exchange.response()
                    .putHeader("content-type", "application/grpc")
                    .putHeader("grpc-status", status)
                    .end();
        });
    }

    @Test
    void anUnavailableEndpointIsLeftOutAndOneThatFindsNothingIsNot() throws IOException {
        try (UpstreamServer down = answering("14");
                UpstreamServer empty = answering("5")) {
            TestGateway gateway = gateways.start(
                    TestGateway.bootstrap(1),
                    TestConfig.create()
                            .http("http")
                            .backend("app", Protocol.H2C, down.port(), empty.port())
                            .upstreamTerms("app", THREE_IN_A_ROW)
                            .grpcRoute(TestConfig.rule("/").to("app"))
                            .build(),
                    GrpcWire.extensions());
            ShownUpstreams shown = new ShownUpstreams(gateway);
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                Eventually.holds("the endpoint is ejected", () -> {
                    for (int i = 0; i < 4; i++) {
                        String status = answer(client);
                        assertTrue(List.of("14", "5").contains(status), status);
                    }
                    return shown.state(down.port()).equals("ejected");
                });
                for (int i = 0; i < 20; i++) {
                    assertEquals("5", answer(client));
                }
                assertEquals("unknown", shown.state(empty.port()));
            }
        }
    }

    private static String answer(RawH2Client client) {
        try {
            return String.valueOf(
                    client.open(call("/a.Service/Call"), true).nextHeaders().get("grpc-status"));
        } catch (IOException e) {
            throw new AssertionError("a call", e);
        }
    }
}
