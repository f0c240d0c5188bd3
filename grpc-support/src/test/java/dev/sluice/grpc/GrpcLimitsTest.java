package dev.sluice.grpc;

import static dev.sluice.grpc.GrpcWire.assertTrailers;
import static dev.sluice.grpc.GrpcWire.assertTrailersOnly;
import static dev.sluice.grpc.GrpcWire.call;
import static dev.sluice.grpc.GrpcWire.head;
import static dev.sluice.grpc.GrpcWire.message;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
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
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How long messages may be, and streams that end within one. */
final class GrpcLimitsTest {

    private static final int LIMIT = 10;
    private static final String FITS = "0123456789";
    private static final String TOO_LONG = "0123456789a";

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private TestGateway start(RawH2Upstream upstream) {
        return gateways.start(
                TestGateway.bootstrap(1),
                TestConfig.everyClient(LEAF)
                        .backend("app", Protocol.H2C, upstream.port())
                        .grpcRoute(TestConfig.rule("/")
                                .grpc(new GrpcTerms(null, null, LIMIT, LIMIT, null))
                                .to("app"))
                        .build(),
                GrpcWire.extensions());
    }

    private static byte[] both(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    @Row(value = "E3.2", over = "h2-h2")
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5, 9, 16})
    void requestMessageThatIsTooLong(int split) throws IOException {
        byte[] bytes = message(TOO_LONG);
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream);
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                RawH2Stream stream = client.open(call("/"), false).data(message(FITS), false);
                RawH2Stream asked = upstream.take();
                var unusedHead = asked.nextHeaders();
                assertArrayEquals(message(FITS), asked.nextData().bytes());
                stream.data(Arrays.copyOfRange(bytes, 0, split), false);
                if (split < 5) {
                    stream.data(Arrays.copyOfRange(bytes, split, bytes.length), false);
                }
                String message = assertTrailersOnly(stream, GrpcStatus.RESOURCE_EXHAUSTED);
                assertEquals("a message of 11 bytes (expected: at most 10)", message);
                while (!(asked.next() instanceof H2Frame.Reset reset && reset.code() == 8)) {
                    // the piece of the prefix that has gone before
                }
                assertTrue(client.isOpen());
            }
        }
    }

    /** What stands before the message still comes, and nothing of its prefix, wherever frames divide it. */
    @Row(value = "E3.2", over = "h2-h2")
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 5, 15})
    void responseMessageThatIsTooLong(int split) throws IOException {
        byte[] bytes = message(TOO_LONG);
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream);
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                RawH2Stream stream = client.open(call("/"), true);
                RawH2Stream answering = upstream.take();
                var unusedHead = answering.nextHeaders();
                answering.headers(head(), false);
                assertEquals(200, stream.nextHeaders().status());
                answering.data(both(message(FITS), Arrays.copyOfRange(bytes, 0, split)), false);
                answering.data(Arrays.copyOfRange(bytes, split, bytes.length), false);
                assertArrayEquals(message(FITS), stream.nextData().bytes());
                String message = assertTrailers(stream, GrpcStatus.RESOURCE_EXHAUSTED);
                assertEquals("a message of 11 bytes (expected: at most 10)", message);
                assertEquals(8, answering.nextReset(), "CANCEL");
                assertTrue(client.isOpen());
            }
        }
    }

    /** A prefix of which the first bytes were held belongs to what stands before. */
    @Test
    void responseMessageThatIsTooLongBehindAPrefixThatWasHeld() throws IOException {
        byte[] fits = message(FITS);
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream);
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                for (int split = 1; split < 5; split++) {
                    RawH2Stream stream = client.open(call("/"), true);
                    RawH2Stream answering = upstream.take();
                    answering.headers(head(), false);
                    assertEquals(200, stream.nextHeaders().status());
                    answering.data(Arrays.copyOfRange(fits, 0, split), false);
                    answering.data(both(Arrays.copyOfRange(fits, split, fits.length), message(TOO_LONG)), false);
                    assertArrayEquals(fits, stream.nextData().bytes(), "split at " + split);
                    assertTrailers(stream, GrpcStatus.RESOURCE_EXHAUSTED);
                }
            }
        }
    }

    @Test
    void prefixesThatFramesDivideArriveWhole() throws IOException {
        byte[] two = both(message(FITS), message("b"));
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream);
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                for (int split = 0; split <= two.length; split++) {
                    RawH2Stream stream = client.open(call("/"), true);
                    upstream.take()
                            .headers(head(), false)
                            .data(Arrays.copyOfRange(two, 0, split), false)
                            .data(Arrays.copyOfRange(two, split, two.length), false)
                            .trailers(Map.of("grpc-status", "0"));
                    var response = stream.response();
                    assertArrayEquals(two, response.body(), "split at " + split);
                    assertEquals("0", response.trailer("grpc-status"));
                }
            }
        }
    }

    @Row(
            value = "E3.2",
            over = {"h2-h2", "h3-h2"})
    @ParameterizedTest
    @EnumSource(
            value = Call.Protocol.class,
            names = {"H2", "H3"})
    void limitsOverEveryProtocol(Call.Protocol protocol) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream);
            try (Call asked = grpc(protocol, gateway)) {
                asked.end(Map.of());
                RawH2Stream answering = upstream.take().headers(head(), false);
                assertEquals(200, asked.awaitHead());
                answering.data(both(message(FITS), message(TOO_LONG)), false);
                Call.Outcome outcome = asked.outcome();
                assertEquals("\0\0\0\0\n" + FITS, outcome.body());
                assertEquals("8", outcome.trailer("grpc-status"));
                assertTrue(outcome.complete());
            }
            try (Call asking = grpc(protocol, gateway)) {
                asking.data("\0\0\0\0\13" + TOO_LONG);
                assertEquals("8", asking.outcome().header("grpc-status"));
            }
        }
    }

    private static Call grpc(Call.Protocol protocol, TestGateway gateway) throws IOException {
        return Call.open(protocol, gateway, "POST", "/", false, "content-type: application/grpc");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 8})
    void requestThatEndsWithinAMessage(int bytes) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream);
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                RawH2Stream stream = client.open(call("/"), false).data(Arrays.copyOf(message(FITS), bytes), true);
                String message = assertTrailersOnly(stream, GrpcStatus.INTERNAL);
                assertEquals("the request has ended within a message", message);
            }
        }
    }

    /** With OK it would be a lie; any other status explains it. */
    @ParameterizedTest
    @CsvSource({"0, 8, true", "14, 8, false", ", 8, true", "0, 5, true"})
    void responseThatEndsWithinAMessage(String status, int bytes, boolean reset) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream);
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                RawH2Stream stream = client.open(call("/"), true);
                RawH2Stream answering = upstream.take().headers(head(), false);
                assertEquals(200, stream.nextHeaders().status());
                answering.data(Arrays.copyOf(message(FITS), bytes), status == null);
                assertEquals(bytes, stream.nextData().bytes().length);
                if (status != null) {
                    answering.trailers(Map.of("grpc-status", status));
                }
                if (reset) {
                    assertEquals(2, stream.nextReset(), "INTERNAL_ERROR");
                } else {
                    assertEquals(status, stream.nextHeaders().get("grpc-status"));
                }
            }
        }
    }

    @Test
    void responseThatEndsWithinAPrefixThatWasHeld() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream);
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                RawH2Stream stream = client.open(call("/"), true);
                RawH2Stream answering = upstream.take().headers(head(), false);
                assertEquals(200, stream.nextHeaders().status());
                answering.data(both(message("m"), new byte[3]), false).trailers(Map.of("grpc-status", "0"));
                assertArrayEquals(message("m"), stream.nextData().bytes());
                assertTrailers(stream, GrpcStatus.INTERNAL);
            }
        }
    }
}
