package dev.sluice.grpc;

import static dev.sluice.grpc.GrpcWire.assertTrailers;
import static dev.sluice.grpc.GrpcWire.assertTrailersOnly;
import static dev.sluice.grpc.GrpcWire.call;
import static dev.sluice.grpc.GrpcWire.head;
import static dev.sluice.grpc.GrpcWire.message;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.GatewayConfig;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.Retries;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** gRPC calls over HTTP/2, frame by frame: the gateway's own answers, and the shape of what upstreams answer. */
final class GrpcRowsTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private TestGateway start(GatewayConfig config) {
        return gateways.start(TestGateway.bootstrap(1), config, GrpcWire.extensions());
    }

    @Row(
            value = {"E1.2", "E1.3", "E1.9", "E1.10", "E1.12", "E1.13", "E1.14", "E3.2"},
            over = "h2-h2")
    @ParameterizedTest
    @CsvSource({
        "0, INTERNAL",
        "1, INTERNAL",
        "2, INTERNAL",
        "3, INTERNAL",
        "4, INTERNAL",
        "6, INTERNAL",
        "7, UNAVAILABLE",
        "8, CANCELLED",
        "9, INTERNAL",
        "10, INTERNAL",
        "11, RESOURCE_EXHAUSTED",
        "12, PERMISSION_DENIED",
        "13, INTERNAL"
    })
    void upstreamReset(int code, GrpcStatus status) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwardingOnce(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream before = client.open(call("/a.Service/Call"), false).data(message("x"), true);
                upstream.take().reset(code);
                assertTrailersOnly(before, status);

                RawH2Stream between =
                        client.open(call("/a.Service/Call"), false).data(message("x"), true);
                RawH2Stream answering = upstream.take();
                answering.headers(head(), false).data(message("whole"), false);
                assertEquals(200, between.nextHeaders().status());
                assertArrayEquals(message("whole"), between.nextData().bytes());
                answering.reset(code);
                assertTrailers(between, status);

                RawH2Stream within = client.open(call("/a.Service/Call"), false).data(message("x"), true);
                answering = upstream.take();
                answering.headers(head(), false).data(new byte[] {0, 0, 0, 0, 9, 'p', 'a', 'r', 't'}, false);
                assertEquals(200, within.nextHeaders().status());
                assertEquals(9, within.nextData().bytes().length);
                answering.reset(code);
                assertEquals(2, within.nextReset(), "INTERNAL_ERROR");
            }
        }
    }

    @Row(
            value = {"E1.17", "E1.18", "E1.19", "E1.20", "E1.21", "E1.22", "E3.2"},
            over = "h2-h2")
    @Test
    void answersOfTheGatewayItself() throws IOException {
        int refusing;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            refusing = free.getLocalPort();
        }
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.H2C, upstream.port())
                    .backend("refusing", Protocol.H2C, refusing)
                    .backend(new Backend(TestConfig.key("empty"), Protocol.H2C, List.of(), null))
                    .backend(new Backend(
                            TestConfig.key("unknown"),
                            Protocol.H2C,
                            List.of(new EndpointAddress("no-such-host.invalid", 80)),
                            null))
                    .route(TestConfig.rule("/app").retry(Retries.ONCE).to("app"))
                    .route("/refusing", "refusing")
                    .route("/empty", "empty")
                    .route("/unknown", "unknown")
                    .route(TestConfig.rule("/deadline")
                            .requestTimeout(Duration.ofMillis(100))
                            .to("app"))
                    .route(TestConfig.rule("/slow")
                            .backendRequestTimeout(Duration.ofMillis(100))
                            .to("app"))
                    .build());
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                assertTrailersOnly(client.open(call("/nowhere"), true), GrpcStatus.UNIMPLEMENTED);
                assertTrailersOnly(client.open(call("/refusing"), true), GrpcStatus.UNAVAILABLE);
                assertTrailersOnly(client.open(call("/empty"), true), GrpcStatus.UNAVAILABLE);
                assertTrailersOnly(client.open(call("/unknown"), true), GrpcStatus.UNAVAILABLE);
                assertTrailersOnly(client.open(call("/deadline"), true), GrpcStatus.DEADLINE_EXCEEDED);
                assertTrailersOnly(client.open(call("/slow"), true), GrpcStatus.UNAVAILABLE);
                var unusedDeadline = upstream.take();
                var unusedSlow = upstream.take();
                RawH2Stream lost = client.open(call("/app"), true);
                upstream.take().closeConnection();
                assertTrailersOnly(lost, GrpcStatus.UNAVAILABLE);
                RawH2Stream begun = client.open(call("/app"), true);
                RawH2Stream losing = upstream.take();
                losing.headers(head(), false);
                assertEquals(200, begun.nextHeaders().status());
                losing.closeConnection();
                assertTrailers(begun, GrpcStatus.UNAVAILABLE);
                RawH2Stream disowned = client.open(call("/app"), true);
                upstream.take().goAway(0, 0);
                assertTrailersOnly(disowned, GrpcStatus.UNAVAILABLE);
            }
        }
    }

    @Row(value = "E3.4", over = "h2-h2")
    @Test
    void trailersOnlyStaysOneFrame() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), true);
                upstream.take()
                        .headers(
                                head().add("grpc-status", "5")
                                        .add("grpc-message", "not%20here")
                                        .add("grpc-status-details-bin", "CAUSBnRlc3Rlcg")
                                        .add("x-custom-bin", "AAEC")
                                        .add("x-custom-bin", "AwQF"),
                                true);
                H2Frame.Headers only = stream.nextHeaders();
                assertTrue(only.endStream());
                assertEquals("5", only.get("grpc-status"));
                assertEquals("not%20here", only.get("grpc-message"));
                assertEquals("CAUSBnRlc3Rlcg", only.get("grpc-status-details-bin"));
                assertEquals("AAEC, AwQF", only.get("x-custom-bin"));
                assertEquals(List.of(), stream.pending(), "no empty DATA");
            }
        }
    }

    @Row(
            value = {"E3.5", "E3.11"},
            over = "h2-h2")
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void messagesAndTrailers(int messages) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), false).data(message("ask"), true);
                RawH2Stream answering = upstream.take();
                assertEquals("trailers", answering.nextHeaders().get("te"));
                answering.headers(head(), false);
                H2Frame.Headers begin = stream.nextHeaders();
                assertFalse(begin.endStream());
                assertNull(begin.get("grpc-status"));
                for (int i = 0; i < messages; i++) {
                    answering.data(message("m" + i), false);
                    assertEquals(
                            new String(message("m" + i), US_ASCII),
                            stream.nextData().text());
                }
                answering.headers(
                        new DefaultHttp2Headers(false)
                                .add("grpc-status", "0")
                                .add("x-bin", "AAEC")
                                .add("x-bin", "AwQF"),
                        true);
                H2Frame.Headers end = stream.nextHeaders();
                assertTrue(end.endStream());
                assertEquals(
                        List.of(Map.entry("grpc-status", "0"), Map.entry("x-bin", "AAEC"), Map.entry("x-bin", "AwQF")),
                        end.fields());
            }
        }
    }

    /** The same shape through TLS, whose records divide frames as they like. */
    @Row(value = "E3.5", over = "h2-h2")
    @Test
    void messagesAndTrailersOverTls() throws Exception {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(TestCertificates.local(), Protocol.H2C, upstream.port()));
            try (RawH2Client client =
                    RawH2Client.connectTls(gateway.port("https"), TestCertificates.trustAll(), "localhost")) {
                RawH2Stream stream =
                        client.open(call("/").scheme("https"), false).data(message("ask"), true);
                RawH2Stream answering = upstream.take();
                assertEquals("trailers", answering.nextHeaders().get("te"));
                assertArrayEquals(message("ask"), answering.nextData().bytes());
                answering.headers(head(), false).data(message("m"), false).trailers(Map.of("grpc-status", "0"));
                H2Response response = stream.response();
                assertArrayEquals(message("m"), response.body());
                assertEquals("0", response.trailer("grpc-status"));

                RawH2Stream broken = client.open(call("/").scheme("https"), true);
                upstream.take().headers(head(), false).data(message("m"), false).reset(11);
                assertEquals(200, broken.nextHeaders().status());
                assertArrayEquals(message("m"), broken.nextData().bytes());
                assertTrailers(broken, GrpcStatus.RESOURCE_EXHAUSTED);
            }
        }
    }

    @Row(value = "E3.11", over = "h2-h2")
    @Test
    void callWithoutTeIsTaken() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                Http2Headers call = RawH2Client.head("POST", "/").add("content-type", "application/grpc");
                RawH2Stream stream = client.open(call, true);
                RawH2Stream answering = upstream.take();
                assertEquals("trailers", answering.nextHeaders().get("te"), "gRPC asks for it");
                answering.headers(head().add("grpc-status", "0"), true);
                assertEquals("0", stream.nextHeaders().get("grpc-status"));
            }
        }
    }

    @Row(value = "E3.6", over = "h2-h2")
    @Test
    void missingStatusIsNotInvented() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), true);
                upstream.take().headers(head(), false).data(message("m"), true);
                H2Response response = stream.response();
                assertEquals(200, response.status());
                assertNull(response.header("grpc-status"));
                assertEquals(List.of(), response.trailers());
                assertTrue(response.complete());
            }
        }
    }

    /** An early end: the whole answer first, and only then NO_ERROR, both ways. */
    @Row(
            value = {"E3.8", "E3.9", "E1.1"},
            over = "h2-h2")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void trailersBeforeTheClientsEnd(boolean upstreamResets) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), false).data(message("ask"), false);
                RawH2Stream answering = upstream.take();
                answering.headers(head(), false).data(message("answer"), false).trailers(Map.of("grpc-status", "3"));
                if (upstreamResets) {
                    answering.reset(0);
                }
                H2Response response = stream.response();
                assertEquals("3", response.trailer("grpc-status"));
                assertTrue(response.complete());
                assertEquals(0, stream.nextReset(), "NO_ERROR");
                assertTrue(client.isOpen());
            }
        }
    }
}
