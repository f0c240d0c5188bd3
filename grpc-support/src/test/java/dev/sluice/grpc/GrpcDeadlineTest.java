package dev.sluice.grpc;

import static dev.sluice.grpc.GrpcWire.assertTrailers;
import static dev.sluice.grpc.GrpcWire.assertTrailersOnly;
import static dev.sluice.grpc.GrpcWire.call;
import static dev.sluice.grpc.GrpcWire.head;
import static dev.sluice.grpc.GrpcWire.message;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.GrpcTerms;
import dev.sluice.testkit.Call;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code grpc-timeout}: what upstreams are told of it, and what happens when it has passed. */
final class GrpcDeadlineTest {

    private static final long SECOND = 1_000_000_000L;

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private static GrpcTerms within(Duration timeout) {
        return new GrpcTerms(null, timeout, ClientTerms.UNLIMITED, ClientTerms.UNLIMITED, null);
    }

    private TestGateway start(GatewayConfig config) {
        return gateways.start(TestGateway.bootstrap(1), config, GrpcWire.extensions());
    }

    @Row(value = "E3.13", over = "h2-h2")
    @ParameterizedTest
    @CsvSource({
        "/free, 20S, 20",
        "/free, 20000000u, 20",
        "/free, 3M, 180",
        "/request, , 30",
        "/request, 20S, 20",
        "/request, 1H, 30",
        "/policy, , 25",
        "/policy, 20S, 20",
        "/policy, 99999999H, 25"
    })
    void upstreamsAreToldWhatIsLeftOfTheNearest(String path, String timeout, int seconds) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.H2C, upstream.port())
                    .grpcRoute(TestConfig.rule("/free").to("app"))
                    .grpcRoute(TestConfig.rule("/request")
                            .requestTimeout(Duration.ofSeconds(30))
                            .to("app"))
                    .grpcRoute(TestConfig.rule("/policy")
                            .grpc(within(Duration.ofSeconds(25)))
                            .to("app"))
                    .build());
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                var call = call(path);
                RawH2Stream stream = client.open(timeout == null ? call : call.add("grpc-timeout", timeout), true);
                RawH2Stream answering = upstream.take();
                String told = answering.nextHeaders().get("grpc-timeout");
                long left = told == null ? 0 : GrpcTimeout.parse(told);
                assertTrue(left < seconds * SECOND && left > (seconds - 10) * SECOND, told);
                answering.headers(head().add("grpc-status", "0"), true);
                assertEquals("0", stream.nextHeaders().get("grpc-status"));
            }
        }
    }

    @Test
    void whoHasNoDeadlineTellsNone() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), true);
                RawH2Stream answering = upstream.take();
                assertNull(answering.nextHeaders().get("grpc-timeout"));
                answering.headers(head().add("grpc-status", "0"), true);
                assertEquals("0", stream.nextHeaders().get("grpc-status"));
            }
        }
    }

    @Row(
            value = {"E2.7", "E3.13"},
            over = "h2-h2")
    @Test
    void passesBeforeTheAnswer() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/").add("grpc-timeout", "100m"), false)
                        .data(message("ask"), true);
                RawH2Stream silent = upstream.take();
                assertTrailersOnly(stream, GrpcStatus.DEADLINE_EXCEEDED);
                assertEquals(8, resetOf(silent), "CANCEL");
            }
        }
    }

    @Row(value = "E2.7", over = "h2-h2")
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void passesWithinTheAnswer(boolean betweenMessages) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/").add("grpc-timeout", "400m"), true);
                RawH2Stream answering = upstream.take();
                var unusedHead = answering.nextHeaders();
                byte[] sent = betweenMessages ? message("whole") : new byte[] {0, 0, 0, 0, 2, 'x'};
                answering.headers(head(), false).data(sent, false);
                assertEquals(200, stream.nextHeaders().status());
                assertArrayEquals(sent, stream.nextData().bytes());
                if (betweenMessages) {
                    assertTrailers(stream, GrpcStatus.DEADLINE_EXCEEDED);
                } else {
                    assertEquals(2, stream.nextReset(), "INTERNAL_ERROR");
                }
                assertEquals(8, answering.nextReset(), "CANCEL");
            }
        }
    }

    @Row(value = "E3.13", over = "h2-h2")
    @ParameterizedTest
    @ValueSource(strings = {"1", "S", "123456789S", "1s", "-1S", "1.5S", "infinity"})
    void malformedOnesAreRefused(String timeout) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream refused = client.open(call("/").add("grpc-timeout", timeout), true);
                String message = assertTrailersOnly(refused, GrpcStatus.INTERNAL);
                assertEquals(
                        "grpc-timeout " + timeout + " (expected: 1 to 8 digits and one of H, M, S, m, u, n)", message);
                RawH2Stream first = client.open(call("/").add("x-next", "1"), true);
                RawH2Stream answering = upstream.take();
                assertEquals("1", answering.nextHeaders().get("x-next"), "the refused one has gone nowhere");
                answering.headers(head().add("grpc-status", "0"), true);
                assertEquals("0", first.nextHeaders().get("grpc-status"));
            }
        }
    }

    @Row(value = "E3.13", over = "h2-h2")
    @Test
    void zeroHasPassed() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/").add("grpc-timeout", "0S"), true);
                assertTrailersOnly(stream, GrpcStatus.DEADLINE_EXCEEDED);
                assertEquals(0, upstream.connections());
            }
        }
    }

    /** The same over HTTP/3, whose frames carry the same fields. */
    @Row(
            value = {"E2.7", "E3.13"},
            over = {"h2-h2", "h3-h2"})
    @ParameterizedTest
    @EnumSource(
            value = Call.Protocol.class,
            names = {"H2", "H3"})
    void deadlinesOverEveryProtocol(Call.Protocol protocol) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(LEAF, Protocol.H2C, upstream.port()));
            try (Call silent = grpc(protocol, gateway, "grpc-timeout: 200m");
                    Call begun = grpc(protocol, gateway, "grpc-timeout: 400m")) {
                silent.end(Map.of());
                RawH2Stream first = upstream.take();
                begun.end(Map.of());
                RawH2Stream second = upstream.take();
                second.headers(head(), false).data(message("m"), false);
                Call.Outcome before = silent.outcome();
                assertEquals("4", before.header("grpc-status"));
                assertTrue(before.complete());
                Call.Outcome after = begun.outcome();
                assertNull(after.header("grpc-status"));
                assertEquals("\0\0\0\0\1m", after.body());
                assertEquals("4", after.trailer("grpc-status"));
                assertTrue(after.complete());
                assertEquals(8, resetOf(first), "CANCEL");
                assertEquals(8, resetOf(second), "CANCEL");
            }
        }
    }

    private static Call grpc(Call.Protocol protocol, TestGateway gateway, String field) throws IOException {
        return Call.open(protocol, gateway, "POST", "/", false, "content-type: application/grpc", field);
    }

    /** Waits for RST_STREAM behind whatever the request was. */
    private static long resetOf(RawH2Stream stream) {
        while (true) {
            if (stream.next() instanceof H2Frame.Reset reset) {
                return reset.code();
            }
        }
    }
}
