package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.proxy.Downstream.Outcome;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What clients get when an HTTP/2 upstream fails, row by row of correctness.md E1. */
final class UpstreamH2FailureTest {

    private static final int MANY_STREAMS = 1_000_000_001;

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private static CompletableFuture<Outcome> get(Downstream client, TestGateway gateway, String path) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return client.get(gateway.port(), path);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                task -> new Thread(task).start());
    }

    private static void assertGood(Downstream client, TestGateway gateway, RawH2Upstream upstream) throws IOException {
        CompletableFuture<Outcome> next = get(client, gateway, "/good");
        upstream.take().respond(200, false).data(bytes("good"), true);
        assertEquals(new Outcome(200, null, "good", true, -1), next.join());
    }

    private static void assertAborted(Downstream client, Outcome outcome) {
        assertEquals(200, outcome.status());
        assertEquals("hello", outcome.body());
        assertFalse(outcome.complete(), "a broken body never looks complete");
        assertEquals(client == Downstream.H2C ? 2 : -1, outcome.reset(), "INTERNAL_ERROR");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    // --- RST_STREAM ---

    enum Code {
        NO_ERROR(0, 502, "http_response_incomplete"),
        PROTOCOL_ERROR(1, 502, "http_protocol_error"),
        INTERNAL_ERROR(2, 502, "http_protocol_error"),
        FLOW_CONTROL_ERROR(3, 502, "http_protocol_error"),
        STREAM_CLOSED(5, 502, "http_protocol_error"),
        REFUSED_STREAM(7, 503, "destination_unavailable"),
        CANCEL(8, 502, "connection_terminated"),
        COMPRESSION_ERROR(9, 502, "http_protocol_error"),
        CONNECT_ERROR(10, 502, "http_protocol_error"),
        ENHANCE_YOUR_CALM(11, 503, "destination_unavailable"),
        INADEQUATE_SECURITY(12, 502, "tls_protocol_error"),
        HTTP_1_1_REQUIRED(13, 502, "http_protocol_error"),
        UNKNOWN(0xbad, 502, "http_protocol_error");

        private final long code;
        private final int status;
        private final String error;

        Code(long code, int status, String error) {
            this.code = code;
            this.status = status;
            this.error = error;
        }
    }

    static Stream<Arguments> codes() {
        return Stream.of(Downstream.values())
                .flatMap(client -> Stream.of(Code.values()).map(code -> Arguments.of(client, code)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("codes")
    void resetOfAStream(Downstream client, Code code) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = gateways.start(TestConfig.forwardingOnce(Protocol.H2C, upstream.port()));
            CompletableFuture<Outcome> before = get(client, gateway, "/before");
            upstream.take().reset(code.code);
            assertEquals(code.status, before.join().status());
            assertEquals(code.error, before.join().error());
            assertTrue(before.join().complete());

            CompletableFuture<Outcome> after = get(client, gateway, "/after");
            RawH2Stream stream = upstream.take();
            stream.respond(200, false).data(bytes("hello"), false).reset(code.code);
            Outcome outcome = after.join();
            if (outcome.status() == code.status) { // the reset came before anything was sent
                assertEquals(code.error, outcome.error());
            } else {
                assertAborted(client, outcome);
            }
            assertGood(client, gateway, upstream);
        }
    }

    // --- the connection ---

    @Row(
            value = "E1.18",
            over = {"h1-h2", "h2-h2"})
    @ParameterizedTest
    @EnumSource(Downstream.class)
    void endOfTheConnection(Downstream client) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            CompletableFuture<Outcome> before = get(client, gateway, "/before");
            upstream.take().closeConnection();
            assertEquals(502, before.join().status());
            assertEquals("connection_terminated", before.join().error());

            CompletableFuture<Outcome> after = get(client, gateway, "/after");
            upstream.take().respond(200, false).data(bytes("hello"), false).closeConnection();
            assertAborted(client, after.join());
            assertGood(client, gateway, upstream);
        }
    }

    @Row(
            value = "E1.17",
            over = {"h1-h2", "h2-h2"})
    @ParameterizedTest
    @EnumSource(Downstream.class)
    void goAwayThatDisownsTheStream(Downstream client) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = gateways.start(TestConfig.forwardingOnce(Protocol.H2C, upstream.port()));
            CompletableFuture<Outcome> unprocessed = get(client, gateway, "/");
            upstream.take().goAway(0, 0);
            assertEquals(503, unprocessed.join().status());
            assertEquals("destination_unavailable", unprocessed.join().error());
            assertGood(client, gateway, upstream);
            assertEquals(2, upstream.connections());
        }
    }

    @Row(
            value = "E1.18",
            over = {"h1-h2", "h2-h2"})
    @ParameterizedTest
    @EnumSource(Downstream.class)
    void goAwayThenTheEndOfTheConnection(Downstream client) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            CompletableFuture<Outcome> lost = get(client, gateway, "/");
            RawH2Stream stream = upstream.take();
            stream.goAway(stream.id(), 11).closeConnection();
            assertEquals(502, lost.join().status());
            assertEquals("connection_terminated", lost.join().error());
            assertGood(client, gateway, upstream);
        }
    }

    @ParameterizedTest
    @EnumSource(Downstream.class)
    void goAwayLetsTheStreamFinishAndMovesTheNextOne(Downstream client) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            // both requests must be on one loop to meet the same connection
            TestGateway gateway = gateways.start(
                    TestGateway.bootstrap(1),
                    TestConfig.forwarding(Protocol.H2C, upstream.port()),
                    dev.sluice.spi.Extensions.NONE);
            CompletableFuture<Outcome> first = get(client, gateway, "/first");
            RawH2Stream stream = upstream.take();
            stream.respond(200, false).data(bytes("go"), false).goAway(MANY_STREAMS, 0);
            stream.data(bytes("od"), true);
            assertEquals(new Outcome(200, null, "good", true, -1), first.join());
            assertGood(client, gateway, upstream);
            assertEquals(2, upstream.connections());
        }
    }

    // --- responses that break the protocol ---

    @Row(
            value = "E4.25",
            over = {"h1-h2", "h2-h2"})
    @ParameterizedTest
    @EnumSource(Downstream.class)
    void bodyThatIsNotAsLongAsDeclared(Downstream client) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            for (String body : new String[] {"hell", "hello, world"}) {
                CompletableFuture<Outcome> wrong = get(client, gateway, "/");
                RawH2Stream stream = upstream.take();
                var head = new io.netty.handler.codec.http2.DefaultHttp2Headers(false)
                        .status("200")
                        .add("content-length", "5");
                stream.headers(head, false).data(bytes(body), true);
                Outcome outcome = wrong.join();
                if (outcome.status() == 200) {
                    assertFalse(outcome.complete(), outcome.toString());
                    assertTrue(outcome.body().length() <= 5, outcome.body());
                } else {
                    assertEquals(502, outcome.status());
                }
                assertGood(client, gateway, upstream);
            }
        }
    }
}
