package dev.sluice.proxy;

import static dev.sluice.proxy.Endings.assertAborted;
import static dev.sluice.proxy.Endings.assertFailed;
import static dev.sluice.proxy.Endings.assertGood;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Call;
import dev.sluice.testkit.Call.Outcome;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.RawH3Stream;
import dev.sluice.testkit.RawH3Upstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What an upstream does wrong, before and after its head, over every protocol of the client: the row's answer, or an
 * abort that nobody can take for a complete response, and never the upstream's own code.
 */
final class UpstreamErrorRowsTest {

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    /** One loop, so that the next request finds the same connections; one try, whose failure is what the rows tell of. */
    private TestGateway start(Protocol protocol, int port) {
        return gateways.start(
                TestGateway.bootstrap(1), TestConfig.forwardingOnce(LEAF, protocol, port), Extensions.NONE);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    // --- resets of HTTP/2 ---

    enum H2Code {
        NO_ERROR(0, 502, "http_response_incomplete"),
        PROTOCOL_ERROR(1, 502, "http_protocol_error"),
        INTERNAL_ERROR(2, 502, "http_protocol_error"),
        FLOW_CONTROL_ERROR(3, 502, "http_protocol_error"),
        SETTINGS_TIMEOUT(4, 502, "http_protocol_error"),
        STREAM_CLOSED(5, 502, "http_protocol_error"),
        FRAME_SIZE_ERROR(6, 502, "http_protocol_error"),
        REFUSED_STREAM(7, 503, "destination_unavailable"),
        CANCEL(8, 502, "connection_terminated"),
        COMPRESSION_ERROR(9, 502, "http_protocol_error"),
        CONNECT_ERROR(10, 502, "http_protocol_error"),
        ENHANCE_YOUR_CALM(11, 503, "destination_unavailable"),
        INADEQUATE_SECURITY(12, 502, "tls_protocol_error"),
        HTTP_1_1_REQUIRED(13, 502, "http_protocol_error");

        private final int code;
        private final int status;
        private final String error;

        H2Code(int code, int status, String error) {
            this.code = code;
            this.status = status;
            this.error = error;
        }
    }

    static Stream<Arguments> h2Codes() {
        return Stream.of(Call.Protocol.values())
                .flatMap(client -> Stream.of(H2Code.values()).map(code -> Arguments.of(client, code)));
    }

    @Row(
            value = {
                "E1.2", "E1.3", "E1.4", "E1.5", "E1.6", "E1.7", "E1.8", "E1.9", "E1.10", "E1.11", "E1.12", "E1.13",
                "E1.14", "E1.15"
            },
            over = "*-h2")
    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("h2Codes")
    void resetOfAnHttp2Stream(Call.Protocol client, H2Code code) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(Protocol.H2C, upstream.port());
            try (Call before = Call.get(client, gateway, "/before")) {
                upstream.take().reset(code.code);
                Outcome outcome = before.outcome();
                assertFailed(outcome, code.status, code.error);
                assertRetryAfter(code == H2Code.ENHANCE_YOUR_CALM, outcome);
                assertTrue(before.connectionOpen());
            }
            try (Call after = Call.get(client, gateway, "/after")) {
                RawH2Stream stream = upstream.take().respond(200, false);
                assertEquals(200, after.awaitHead());
                stream.data(bytes("hello"), false).reset(code.code);
                assertAborted(client, after);
            }
            try (Call next = Call.get(client, gateway, "/good")) {
                upstream.take().respond(200, false).data(bytes("good"), true);
                assertGood(next.outcome());
            }
            assertEquals(1, upstream.connections(), "a stream's failure is no connection's");
        }
    }

    private static void assertRetryAfter(boolean expected, Outcome outcome) {
        if (expected) {
            assertNotNull(outcome.header("retry-after"));
        } else {
            assertNull(outcome.header("retry-after"));
        }
    }

    // --- resets of HTTP/3 ---

    enum H3Code {
        H3_NO_ERROR(0x100, 502, "http_response_incomplete"),
        GENERAL_PROTOCOL_ERROR(0x101, 502, "http_protocol_error"),
        INTERNAL_ERROR(0x102, 502, "http_protocol_error"),
        STREAM_CREATION_ERROR(0x103, 502, "http_protocol_error"),
        CLOSED_CRITICAL_STREAM(0x104, 502, "http_protocol_error"),
        FRAME_UNEXPECTED(0x105, 502, "http_protocol_error"),
        FRAME_ERROR(0x106, 502, "http_protocol_error"),
        EXCESSIVE_LOAD(0x107, 503, "destination_unavailable"),
        ID_ERROR(0x108, 502, "http_protocol_error"),
        SETTINGS_ERROR(0x109, 502, "http_protocol_error"),
        MISSING_SETTINGS(0x10a, 502, "http_protocol_error"),
        REQUEST_REJECTED(0x10b, 503, "destination_unavailable"),
        REQUEST_CANCELLED(0x10c, 502, "connection_terminated"),
        REQUEST_INCOMPLETE(0x10d, 502, "http_protocol_error"),
        MESSAGE_ERROR(0x10e, 502, "http_protocol_error"),
        CONNECT_ERROR(0x10f, 502, "http_protocol_error"),
        VERSION_FALLBACK(0x110, 502, "http_protocol_error"),
        QPACK_DECOMPRESSION_FAILED(0x200, 502, "http_protocol_error"),
        QPACK_ENCODER_STREAM_ERROR(0x201, 502, "http_protocol_error"),
        QPACK_DECODER_STREAM_ERROR(0x202, 502, "http_protocol_error");

        private final int code;
        private final int status;
        private final String error;

        H3Code(int code, int status, String error) {
            this.code = code;
            this.status = status;
            this.error = error;
        }
    }

    static Stream<Arguments> h3Codes() {
        return Stream.of(Call.Protocol.values())
                .flatMap(client -> Stream.of(H3Code.values()).map(code -> Arguments.of(client, code)));
    }

    @Row(
            value = {
                "E1.2", "E1.3", "E1.4", "E1.6", "E1.8", "E1.9", "E1.10", "E1.11", "E1.12", "E1.13", "E1.15", "E1.16"
            },
            over = "*-h3")
    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("h3Codes")
    void resetOfAnHttp3Stream(Call.Protocol client, H3Code code) throws IOException {
        try (RawH3Upstream upstream = new RawH3Upstream(LEAF)) {
            TestGateway gateway = start(Protocol.H3, upstream.port());
            try (Call before = Call.get(client, gateway, "/before")) {
                upstream.take().reset(code.code);
                Outcome outcome = before.outcome();
                assertFailed(outcome, code.status, code.error);
                assertRetryAfter(code == H3Code.EXCESSIVE_LOAD, outcome);
                assertTrue(before.connectionOpen());
            }
            try (Call after = Call.get(client, gateway, "/after")) {
                RawH3Stream stream = upstream.take().respond(200, false);
                assertEquals(200, after.awaitHead());
                stream.data(bytes("hello"), false).reset(code.code);
                assertAborted(client, after);
            }
            try (Call next = Call.get(client, gateway, "/good")) {
                upstream.take().respond(200, false).data(bytes("good"), true);
                assertGood(next.outcome());
            }
            assertEquals(1, upstream.connections(), "a stream's failure is no connection's");
        }
    }

    // --- the whole response, and then NO_ERROR ---

    @Row(value = "E1.1", over = "*-h2")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void wholeResponseThenNoErrorOfHttp2(Call.Protocol client) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(Protocol.H2C, upstream.port());
            try (Call call = Call.open(client, gateway, "POST", "/", false)) {
                call.data("begin");
                RawH2Stream stream = upstream.take();
                stream.respond(200, false)
                        .data(bytes("go"), false)
                        .data(bytes("od"), true)
                        .reset(0);
                assertGood(call.outcome());
                assertTrue(call.connectionOpen());
            }
        }
    }

    @Row(value = "E1.1", over = "*-h3")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void wholeResponseThenNoErrorOfHttp3(Call.Protocol client) throws IOException {
        try (RawH3Upstream upstream = new RawH3Upstream(LEAF)) {
            TestGateway gateway = start(Protocol.H3, upstream.port());
            try (Call call = Call.open(client, gateway, "POST", "/", false)) {
                call.data("begin");
                RawH3Stream stream = upstream.take();
                stream.respond(200, false).data(bytes("go"), false).data(bytes("od"), true);
                stream.stopSending(0x100);
                assertGood(call.outcome());
                assertTrue(call.connectionOpen());
            }
        }
    }
}
