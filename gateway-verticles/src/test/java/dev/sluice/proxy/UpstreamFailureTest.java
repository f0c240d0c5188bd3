package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Defaults;
import dev.sluice.config.GatewayConfig;
import dev.sluice.proxy.Downstream.Outcome;
import dev.sluice.testkit.BlackHole;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What clients get when an upstream fails, row by row of correctness.md E1: connects and HTTP/1.1. */
final class UpstreamFailureTest {

    private static final String GOOD = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood";

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private static void assertGood(Outcome outcome) {
        assertEquals(new Outcome(200, null, "good", true, -1), outcome);
    }

    /** Answers {@code /good} well, and everything else with these bytes and the end of the connection. */
    private static RawUpstream answering(String bad) throws IOException {
        return RawUpstream.conversing(connection -> {
            RawUpstream.Request request = connection.readRequest();
            while (request != null && request.requestLine().startsWith("GET /good ")) {
                connection.send(GOOD);
                request = connection.readRequest();
            }
            if (request != null) {
                connection.send(bad);
            }
        });
    }

    // --- no connection ---

    static Stream<Arguments> pairs() {
        return Stream.of(Downstream.values()).flatMap(client -> Stream.of(Protocol.HTTP, Protocol.H2C)
                .map(protocol -> Arguments.of(client, protocol)));
    }

    @Row(
            value = "E1.19",
            over = {"h1-h1", "h1-h2", "h2-h1", "h2-h2"})
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void refusedConnect(Downstream client, Protocol protocol) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        TestGateway gateway = gateways.start(TestConfig.forwarding(protocol, port));
        Outcome outcome = client.get(gateway.port(), "/");
        assertEquals(502, outcome.status());
        assertEquals("connection_refused", outcome.error());
        assertTrue(outcome.complete());
    }

    @Test
    void connectThatNeverCompletes() throws Exception {
        try (BlackHole hole = new BlackHole();
                UpstreamServer other = UpstreamServer.http1(Scripts.text("good"))) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("hole-http", Protocol.HTTP, hole.port())
                    .backend("hole-h2c", Protocol.H2C, hole.port())
                    .backend("other", Protocol.HTTP, other.port())
                    .route("/http", "hole-http")
                    .route("/h2c", "hole-h2c")
                    .route("/good", "other")
                    .build());
            long start = System.nanoTime();
            List<CompletableFuture<Outcome>> stuck = Arrays.stream(Downstream.values())
                    .flatMap(client -> Stream.of("/http", "/h2c")
                            .map(path -> CompletableFuture.supplyAsync(
                                    () -> get(client, gateway.port(), path), task -> new Thread(task).start())))
                    .toList();
            assertGood(Downstream.H1.get(gateway.port(), "/good"));
            assertFalse(stuck.stream().anyMatch(CompletableFuture::isDone), "nobody else waits for a dead upstream");
            for (CompletableFuture<Outcome> request : stuck) {
                Outcome outcome = request.join();
                assertEquals(504, outcome.status());
                assertEquals("connection_timeout", outcome.error());
            }
            Duration taken = Duration.ofNanos(System.nanoTime() - start);
            assertTrue(taken.compareTo(Defaults.CONNECT_TIMEOUT.plusSeconds(2)) < 0, taken.toString());
        }
    }

    private static Outcome get(Downstream client, int port, String path) {
        try {
            return client.get(port, path);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Row(
            value = "E1.21",
            over = {"h1-h1", "h2-h1"})
    @ParameterizedTest
    @EnumSource(Downstream.class)
    void nameThatDoesNotResolve(Downstream client) throws IOException {
        Backend backend = new Backend(
                TestConfig.key("app"), Protocol.HTTP, List.of(new EndpointAddress("no-such-host.invalid", 80)), null);
        GatewayConfig config = TestConfig.create()
                .http("http")
                .backend(backend)
                .route("/", "app")
                .build();
        Outcome outcome = client.get(gateways.start(config).port(), "/");
        assertEquals(502, outcome.status());
        assertEquals("dns_error", outcome.error());
    }

    // --- before the head ---

    enum BadHead {
        NOTHING("", "connection_terminated"),
        TRUNCATED("HTTP/1.1 200 OK\r\ncontent-le", "connection_terminated"),
        JUNK("What do you want?\r\n\r\n", "http_protocol_error"),
        OVERSIZED("HTTP/1.1 200 OK\r\nx: " + "a".repeat(Defaults.MAX_HEADER_BYTES) + "\r\n\r\n", "http_protocol_error"),
        LENGTH_AND_CHUNKED(
                "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                "http_protocol_error"),
        TWO_LENGTHS("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!", "http_protocol_error"),
        SAME_LENGTH_TWICE(
                "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\nhello", "http_protocol_error"),
        SPACE_BEFORE_COLON(
                "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-name : value\r\n\r\nhello", "http_protocol_error"),
        BARE_LINE_FEEDS("HTTP/1.1 200 OK\ncontent-length: 5\n\nhello", "http_protocol_error"),
        BAD_LENGTH("HTTP/1.1 200 OK\r\ncontent-length: five\r\n\r\nhello", "http_protocol_error"),
        NEGATIVE_LENGTH("HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello", "http_protocol_error"),
        BAD_STATUS("HTTP/1.1 2x0 OK\r\ncontent-length: 0\r\n\r\n", "http_protocol_error"),
        SWITCHES_PROTOCOLS("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", "http_protocol_error");

        private final String bytes;
        private final String error;

        BadHead(String bytes, String error) {
            this.bytes = bytes;
            this.error = error;
        }
    }

    static Stream<Arguments> badHeads() {
        return Stream.of(Downstream.values())
                .flatMap(client -> Stream.of(BadHead.values()).map(bad -> Arguments.of(client, bad)));
    }

    @Row(
            value = {"E1.23", "E4.25"},
            over = {"h1-h1", "h2-h1"})
    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("badHeads")
    void badHead(Downstream client, BadHead bad) throws IOException {
        try (RawUpstream upstream = answering(bad.bytes)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            Outcome outcome = client.get(gateway.port(), "/bad");
            assertEquals(502, outcome.status());
            assertEquals(bad.error, outcome.error());
            assertTrue(outcome.complete());
            assertGood(client.get(gateway.port(), "/good"));
        }
    }

    @Row(
            value = "E1.23",
            over = {"h1-h1", "h2-h1"})
    @ParameterizedTest
    @EnumSource(Downstream.class)
    void connectionResetBeforeTheHead(Downstream client) throws IOException {
        try (RawUpstream upstream = RawUpstream.answeringThenResetting("")) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            Outcome outcome = client.get(gateway.port(), "/");
            assertEquals(502, outcome.status());
            assertEquals("connection_terminated", outcome.error());
        }
    }

    // --- after the head ---

    enum BrokenBody {
        SHORT("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello"),
        CHUNKED_WITHOUT_END("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"),
        CHUNK_CUT("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhello"),
        CHUNK_SIZE_JUNK("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n0\r\n\r\n"),
        LAST_CHUNK_CUT("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n");

        private final String head;
        private final String body;

        BrokenBody(String bytes) {
            int end = bytes.indexOf("\r\n\r\n") + 4;
            this.head = bytes.substring(0, end);
            this.body = bytes.substring(end);
        }
    }

    static Stream<Arguments> brokenBodies() {
        return Stream.of(Downstream.values())
                .flatMap(client -> Stream.of(BrokenBody.values()).map(bad -> Arguments.of(client, bad)));
    }

    @Row(
            value = {"E1.23", "E4.25"},
            over = {"h1-h1", "h2-h1"})
    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("brokenBodies")
    void brokenBody(Downstream client, BrokenBody bad) throws IOException {
        try (RawUpstream upstream = answering(bad.head + bad.body)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            Outcome outcome = client.get(gateway.port(), "/bad");
            if (outcome.status() == 502) { // the end came before anything was sent
                assertEquals("http_response_incomplete", outcome.error());
            } else {
                assertEquals(200, outcome.status());
                assertTrue("hello".startsWith(outcome.body()), outcome.body());
                assertFalse(outcome.complete(), "a broken body never looks complete");
                assertEquals(client == Downstream.H2C ? 2 : -1, outcome.reset(), "INTERNAL_ERROR");
            }
            assertGood(client.get(gateway.port(), "/good"));
        }
    }

    enum Surplus {
        LONGER_THAN_LENGTH("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood", "and more"),
        SECOND_RESPONSE("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood", GOOD.replace("good", "evil")),
        BODY_OF_204("HTTP/1.1 204 No Content\r\n\r\n", "evil"),
        BODY_OF_304("HTTP/1.1 304 Not Modified\r\ncontent-length: 4\r\n\r\n", "evil");

        private final String response;
        private final String surplus;

        Surplus(String response, String surplus) {
            this.response = response;
            this.surplus = surplus;
        }
    }

    static Stream<Arguments> surpluses() {
        return Stream.of(Downstream.values())
                .flatMap(client -> Stream.of(Surplus.values()).map(bad -> Arguments.of(client, bad)));
    }

    @Row(
            value = {"E4.25", "E4.26"},
            over = {"h1-h1", "h2-h1"})
    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("surpluses")
    void bytesBeyondTheResponseReachNobody(Downstream client, Surplus bad) throws IOException {
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            RawUpstream.Request request = connection.readRequest();
            while (request != null) {
                connection.send(request.requestLine().startsWith("GET /good ") ? GOOD : bad.response + bad.surplus);
                request = connection.readRequest();
            }
        })) {
            // one loop, so that the next request finds the same connection
            TestGateway gateway = gateways.start(
                    TestGateway.bootstrap(1),
                    TestConfig.forwarding(Protocol.HTTP, upstream.port()),
                    dev.sluice.spi.Extensions.NONE);
            Outcome first = client.get(gateway.port(), "/bad");
            assertEquals(Integer.parseInt(bad.response.substring(9, 12)), first.status());
            assertFalse(first.body().contains("evil"), first.body());
            assertFalse(first.body().contains("more"), first.body());
            Outcome next = client.get(gateway.port(), "/good");
            if (next.status() == 502) { // half a line looks like nothing until the next response completes it
                assertEquals("http_protocol_error", next.error());
                next = client.get(gateway.port(), "/good");
            }
            assertGood(next);
        }
    }

    // --- while the client still sends ---

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "H2C"})
    void closeMidUpload(Protocol protocol) throws Exception {
        int length = 30_000_000; // what is allowed by default
        try (UpstreamServer upstream = protocol == Protocol.HTTP
                ? UpstreamServer.http1(Scripts.closeMidRequest(100_000))
                : UpstreamServer.h2c(Scripts.closeMidRequest(100_000))) {
            upstream.on("/good", Scripts.text("good"));
            TestGateway gateway = gateways.start(TestConfig.forwarding(protocol, upstream.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("POST /up HTTP/1.1\r\nhost: localhost\r\ncontent-length: " + length + "\r\n\r\n");
                CompletableFuture<Void> upload =
                        CompletableFuture.runAsync(() -> send(client, length), task -> new Thread(task).start());
                RawResponse response = client.readFinal();
                assertEquals(502, response.status());
                assertTrue(response.text().contains("connection_terminated"), response.text());
                upload.join();
                assertEquals("good", client.get("/good").text(), "the client's connection is still good");
            }
        }
    }

    private static void send(RawHttp1 client, int length) {
        byte[] chunk = new byte[100_000];
        try {
            for (int sent = 0; sent < length; sent += chunk.length) {
                client.send(chunk);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    // --- time ---

    static Stream<Arguments> stalls() {
        return pairs();
    }

    @Row(
            value = "E1.22",
            over = {"h1-h1", "h1-h2", "h2-h1", "h2-h2"})
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("stalls")
    void upstreamThatNeverAnswersOrStopsHalfway(Downstream client, Protocol protocol) throws IOException {
        try (UpstreamServer upstream = protocol == Protocol.HTTP
                ? UpstreamServer.http1(Scripts.stall())
                : UpstreamServer.h2c(Scripts.stall())) {
            upstream.on("/good", Scripts.text("good"));
            upstream.on("/half", exchange -> {
                var unused = exchange.response().setChunked(true).write("half");
            });
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("app", protocol, upstream.port())
                    .route("/good", "app")
                    .route(TestConfig.rule("/request")
                            .requestTimeout(Duration.ofMillis(200))
                            .to("app"))
                    .route(TestConfig.rule("/backend")
                            .backendRequestTimeout(Duration.ofMillis(200))
                            .to("app"))
                    .route(TestConfig.rule("/half")
                            .requestTimeout(Duration.ofMillis(400))
                            .to("app"))
                    .build());
            for (String path : List.of("/request", "/backend")) {
                Outcome outcome = client.get(gateway.port(), path);
                assertEquals(504, outcome.status(), path);
                assertEquals("http_response_timeout", outcome.error(), path);
                upstream.take().awaitBroken();
            }
            Outcome half = client.get(gateway.port(), "/half");
            assertEquals(200, half.status());
            assertEquals("half", half.body());
            assertFalse(half.complete());
            assertEquals(client == Downstream.H2C ? 2 : -1, half.reset(), "INTERNAL_ERROR");
            assertGood(client.get(gateway.port(), "/good"));
        }
    }
}
