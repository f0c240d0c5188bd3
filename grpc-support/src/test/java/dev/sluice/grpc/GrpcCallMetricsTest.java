package dev.sluice.grpc;

import static dev.sluice.grpc.GrpcWire.assertTrailersOnly;
import static dev.sluice.grpc.GrpcWire.call;
import static dev.sluice.grpc.GrpcWire.head;
import static dev.sluice.grpc.GrpcWire.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Calls as {@code /metrics} shows them. */
final class GrpcCallMetricsTest {

    private static final String METHOD = "grpc_method=\"Call\",grpc_service=\"a.Service\"}";
    private static final String OTHER = "grpc_method=\"other\",grpc_service=\"other\"}";

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @Test
    void callsByServiceMethodAndStatus() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = gateways.start(
                    TestGateway.bootstrap(1),
                    TestConfig.forwardingOnce(Protocol.H2C, upstream.port()),
                    GrpcWire.extensions());
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream good = client.open(call("/a.Service/Call"), false).data(message("ask"), true);
                upstream.take()
                        .headers(head(), false)
                        .data(message("one"), false)
                        .data(message(""), false)
                        .trailers(Map.of("grpc-status", "0"));
                assertEquals("0", good.response().trailer("grpc-status"));

                RawH2Stream failing =
                        client.open(call("/a.Service/Call"), false).data(message("ask"), true);
                upstream.take().headers(head().add("grpc-status", "5"), true);
                assertEquals("5", failing.nextHeaders().get("grpc-status"));

                RawH2Stream cancelled = client.open(call("/a.Service/Call"), false);
                RawH2Stream waiting = upstream.take();
                var unusedHead = waiting.nextHeaders();
                shows(gateway, "grpc_server_started_total{" + METHOD, 3);
                cancelled.reset(8);
                assertEquals(8, waiting.nextReset());

                RawH2Stream broken = client.open(call("/a.Service/Call").add("grpc-timeout", "x"), true);
                assertTrailersOnly(broken, GrpcStatus.INTERNAL);

                RawH2Stream made = client.open(call("/random.Path/X"), true);
                upstream.take().headers(head().add("grpc-status", "12"), true);
                assertEquals("12", made.nextHeaders().get("grpc-status"));
            }
            shows(gateway, "grpc_server_handled_total{grpc_code=\"Unimplemented\"," + OTHER, 1);
            shows(gateway, "grpc_server_started_total{" + OTHER, 1);
            shows(gateway, "grpc_server_handled_total{grpc_code=\"OK\"," + METHOD, 1);
            shows(gateway, "grpc_server_handled_total{grpc_code=\"NotFound\"," + METHOD, 1);
            shows(gateway, "grpc_server_handled_total{grpc_code=\"Canceled\"," + METHOD, 1);
            shows(gateway, "grpc_server_handled_total{grpc_code=\"Internal\"," + METHOD, 1);
            shows(gateway, "grpc_server_started_total{" + METHOD, 4);
            shows(gateway, "grpc_server_msg_received_total{" + METHOD, 2);
            shows(gateway, "grpc_server_msg_sent_total{" + METHOD, 2);
            shows(gateway, "grpc_server_handling_seconds_count{" + METHOD, 4);
            assertNull(gateway.metric("grpc_server_started_total{grpc_method=\"X\",grpc_service=\"random.Path\"}"));
        }
    }

    private static void shows(TestGateway gateway, String series, double value) {
        Eventually.holds(series + " is " + value, () -> {
            Double shown = gateway.metric(series);
            return shown != null && shown == value;
        });
    }
}
