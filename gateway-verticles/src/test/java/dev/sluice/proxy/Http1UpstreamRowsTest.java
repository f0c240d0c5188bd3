package dev.sluice.proxy;

import static dev.sluice.proxy.Endings.assertAborted;
import static dev.sluice.proxy.Endings.assertFailed;
import static dev.sluice.proxy.Endings.assertGood;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Call;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What HTTP/1.1 upstreams say that is no response, or half of one, over every protocol of the client. */
final class Http1UpstreamRowsTest {

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    /** Answers {@code /good} well, and everything else with the head, the rest behind the gate, and the end. */
    private static RawUpstream answering(String head, Gate gate, String rest, boolean byReset) throws IOException {
        return RawUpstream.conversing(connection -> {
            RawUpstream.Request request = connection.readRequest();
            while (request != null && request.requestLine().startsWith("GET /good ")) {
                connection.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood");
                request = connection.readRequest();
            }
            if (request != null) {
                connection.send(head);
                gate.pass();
                connection.send(rest);
                if (byReset) {
                    connection.reset();
                }
            }
        });
    }

    private static void assertServesOn(Call.Protocol client, TestGateway gateway) throws IOException {
        try (Call next = Call.get(client, gateway, "/good")) {
            assertGood(next.outcome());
        }
    }

    enum BadHead {
        CLOSED_BEFORE_BYTES("", false, "connection_terminated"),
        RESET_BEFORE_BYTES("", true, "connection_terminated"),
        CLOSED_WITHIN_THE_HEAD("HTTP/1.1 200 OK\r\ncontent-le", false, "connection_terminated"),
        JUNK("What do you want?\r\n\r\n", false, "http_protocol_error"),
        LENGTH_AND_CHUNKED(
                "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                false,
                "http_protocol_error"),
        TWO_LENGTHS(
                "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
                false,
                "http_protocol_error"),
        UNKNOWN_CODING(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                false,
                "http_protocol_error");

        private final String bytes;
        private final boolean byReset;
        private final String error;

        BadHead(String bytes, boolean byReset, String error) {
            this.bytes = bytes;
            this.byReset = byReset;
            this.error = error;
        }
    }

    static Stream<Arguments> badHeads() {
        return Stream.of(Call.Protocol.values())
                .flatMap(client -> Stream.of(BadHead.values()).map(bad -> Arguments.of(client, bad)));
    }

    @Row(
            value = {"E1.23", "E4.25"},
            over = "*-h1")
    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("badHeads")
    void badHead(Call.Protocol client, BadHead bad) throws IOException {
        Gate open = new Gate();
        open.open();
        try (RawUpstream upstream = answering(bad.bytes, open, "", bad.byReset)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(LEAF, Protocol.HTTP, upstream.port()));
            try (Call call = Call.get(client, gateway, "/bad")) {
                assertFailed(call.outcome(), 502, bad.error);
                assertTrue(call.connectionOpen());
            }
            assertServesOn(client, gateway);
        }
    }

    enum BrokenBody {
        SHORT_OF_ITS_LENGTH("content-length: 10", "hello", false),
        RESET_SHORT_OF_ITS_LENGTH("content-length: 10", "hello", true),
        CHUNKED_WITHOUT_END("transfer-encoding: chunked", "5\r\nhello\r\n", false),
        CHUNK_CUT("transfer-encoding: chunked", "9\r\nhello", false),
        CHUNK_SIZE_JUNK("transfer-encoding: chunked", "5\r\nhello\r\nxyz\r\n0\r\n\r\n", false),
        LAST_CHUNK_CUT("transfer-encoding: chunked", "5\r\nhello\r\n0\r\n", false);

        private final String framing;
        private final String body;
        private final boolean byReset;

        BrokenBody(String framing, String body, boolean byReset) {
            this.framing = framing;
            this.body = body;
            this.byReset = byReset;
        }
    }

    static Stream<Arguments> brokenBodies() {
        return Stream.of(Call.Protocol.values())
                .flatMap(client -> Stream.of(BrokenBody.values()).map(bad -> Arguments.of(client, bad)));
    }

    @Row(
            value = {"E1.23", "E4.25"},
            over = "*-h1")
    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("brokenBodies")
    void brokenBody(Call.Protocol client, BrokenBody bad) throws IOException {
        Gate gate = new Gate();
        String head = "HTTP/1.1 200 OK\r\n" + bad.framing + "\r\n\r\n";
        try (RawUpstream upstream = answering(head, gate, bad.body, bad.byReset)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(LEAF, Protocol.HTTP, upstream.port()));
            try (Call call = Call.get(client, gateway, "/bad")) {
                assertEquals(200, call.awaitHead());
                gate.open();
                assertAborted(client, call);
            }
            assertServesOn(client, gateway);
        }
    }
}
