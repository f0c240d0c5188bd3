package dev.sluice.proxy;

import static dev.sluice.proxy.Endings.assertAborted;
import static dev.sluice.proxy.Endings.assertFailed;
import static dev.sluice.proxy.Endings.assertGood;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.BackendTls;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Defaults;
import dev.sluice.config.GatewayConfig;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.BlackHole;
import dev.sluice.testkit.Call;
import dev.sluice.testkit.Call.Outcome;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.RawH3Stream;
import dev.sluice.testkit.RawH3Upstream;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What goes wrong with connections to upstreams, and with what HTTP/1.1 upstreams say on them. */
final class UpstreamConnectionRowsTest {

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    /** One loop, so that the next request finds the same connections. */
    private TestGateway start(GatewayConfig config) {
        return gateways.start(TestGateway.bootstrap(1), config, Extensions.NONE);
    }

    private TestGateway start(Protocol protocol, int port) {
        return start(TestConfig.forwarding(LEAF, protocol, port));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    private static Stream<Arguments> clientsTimes(Object... others) {
        return Stream.of(Call.Protocol.values())
                .flatMap(client -> Stream.of(others).map(other -> Arguments.of(client, other)));
    }

    // --- GOAWAY ---

    @Row(value = "E1.17", over = "*-h2")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void goAwayInTwoPhases(Call.Protocol client) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwardingOnce(LEAF, Protocol.H2C, upstream.port()));
            try (Call kept = Call.get(client, gateway, "/kept")) {
                RawH2Stream first = upstream.take();
                try (Call disowned = Call.get(client, gateway, "/disowned")) {
                    RawH2Stream second = upstream.take();
                    assertEquals(first.id() + 2, second.id());
                    first.goAway(Integer.MAX_VALUE, 0).goAway(first.id(), 0);
                    assertFailed(disowned.outcome(), 503, "destination_unavailable");
                    assertTrue(disowned.connectionOpen());
                }
                try (Call next = Call.get(client, gateway, "/next")) {
                    upstream.take().respond(200, false).data(bytes("good"), true);
                    assertGood(next.outcome());
                    assertEquals(2, upstream.connections());
                }
                first.respond(200, false).data(bytes("good"), true);
                assertGood(kept.outcome());
            }
        }
    }

    @Row(value = "E1.17", over = "*-h3")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void goAwayOfHttp3(Call.Protocol client) throws IOException {
        try (RawH3Upstream upstream = new RawH3Upstream(LEAF)) {
            TestGateway gateway = start(TestConfig.forwardingOnce(LEAF, Protocol.H3, upstream.port()));
            try (Call kept = Call.get(client, gateway, "/kept")) {
                RawH3Stream first = upstream.take();
                try (Call disowned = Call.get(client, gateway, "/disowned")) {
                    RawH3Stream second = upstream.take();
                    assertEquals(first.id() + 4, second.id());
                    first.goAway(second.id()); // RFC 9114 section 5.2: this one and those after it
                    assertFailed(disowned.outcome(), 503, "destination_unavailable");
                }
                first.respond(200, false).data(bytes("good"), true);
                assertGood(kept.outcome());
            }
        }
    }

    // --- the end of the connection ---

    @Row(value = "E1.18", over = "*-h1")
    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("closes")
    void endOfAnHttp1Connection(Call.Protocol client, boolean byReset) throws IOException {
        Gate gate = new Gate();
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            RawUpstream.Request request = connection.readRequest();
            if (request != null && request.requestLine().startsWith("GET /after ")) {
                connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
                gate.pass();
                connection.send("5\r\nhello\r\n");
            }
            if (byReset) {
                connection.reset();
            }
        })) {
            TestGateway gateway = start(Protocol.HTTP, upstream.port());
            try (Call before = Call.get(client, gateway, "/before")) {
                assertFailed(before.outcome(), 502, "connection_terminated");
                assertTrue(before.connectionOpen());
            }
            try (Call after = Call.get(client, gateway, "/after")) {
                assertEquals(200, after.awaitHead());
                gate.open();
                assertAborted(client, after);
            }
        }
    }

    static Stream<Arguments> closes() {
        return clientsTimes(false, true);
    }

    @Row(value = "E1.18", over = "*-h2")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void endOfAnHttp2Connection(Call.Protocol client) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(Protocol.H2C, upstream.port());
            try (Call before = Call.get(client, gateway, "/before")) {
                upstream.take().closeConnection();
                assertFailed(before.outcome(), 502, "connection_terminated");
                assertTrue(before.connectionOpen());
            }
            try (Call after = Call.get(client, gateway, "/after")) {
                RawH2Stream stream = upstream.take().respond(200, false);
                assertEquals(200, after.awaitHead());
                stream.data(bytes("hello"), false).closeConnection();
                assertAborted(client, after);
            }
        }
    }

    @Row(value = "E1.18", over = "*-h3")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void endOfAnHttp3Connection(Call.Protocol client) throws IOException {
        try (RawH3Upstream upstream = new RawH3Upstream(LEAF)) {
            TestGateway gateway = start(Protocol.H3, upstream.port());
            try (Call before = Call.get(client, gateway, "/before")) {
                upstream.take().closeConnection(0x100);
                assertFailed(before.outcome(), 502, "connection_terminated");
                assertTrue(before.connectionOpen());
            }
            try (Call after = Call.get(client, gateway, "/after")) {
                RawH3Stream stream = upstream.take().respond(200, false);
                assertEquals(200, after.awaitHead());
                stream.data(bytes("hello"), false).closeConnection(0x100);
                assertAborted(client, after);
            }
        }
    }

    // --- no connection ---

    @Row(value = "E1.19", over = "*")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void connectThatFails(Call.Protocol client) throws IOException {
        int refusing;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            refusing = free.getLocalPort();
        }
        try (RawUpstream junk = RawUpstream.answeringThenClosing("no TLS here");
                UpstreamServer h1 = UpstreamServer.https1(LEAF, Scripts.text("good"));
                UpstreamServer h2 = UpstreamServer.h2(LEAF, Scripts.text("good"));
                UpstreamServer h3 = UpstreamServer.http3(LEAF, Scripts.text("good"))) {
            TestGateway gateway = start(TestConfig.everyClient(LEAF)
                    .backend("refusing-h1", Protocol.HTTP, refusing)
                    .backend("refusing-h2", Protocol.H2C, refusing)
                    .backend("junk-h1", Protocol.HTTPS, junk.port())
                    .backend("junk-h2", Protocol.H2, junk.port())
                    .backend(verifying("untrusted-h1", Protocol.HTTPS, h1.port()))
                    .backend(verifying("untrusted-h2", Protocol.H2, h2.port()))
                    .backend(verifying("untrusted-h3", Protocol.H3, h3.port()))
                    .route("/refusing-h1", "refusing-h1")
                    .route("/refusing-h2", "refusing-h2")
                    .route("/junk-h1", "junk-h1")
                    .route("/junk-h2", "junk-h2")
                    .route("/untrusted-h1", "untrusted-h1")
                    .route("/untrusted-h2", "untrusted-h2")
                    .route("/untrusted-h3", "untrusted-h3")
                    .build());
            assertAnswer(client, gateway, "/refusing-h1", 502, "connection_refused");
            assertAnswer(client, gateway, "/refusing-h2", 502, "connection_refused");
            assertAnswer(client, gateway, "/junk-h1", 502, "tls_protocol_error");
            assertAnswer(client, gateway, "/junk-h2", 502, "tls_protocol_error");
            assertAnswer(client, gateway, "/untrusted-h1", 502, "tls_certificate_error");
            assertAnswer(client, gateway, "/untrusted-h2", 502, "tls_certificate_error");
            // QUIC's library says that the handshake failed, and not why
            assertAnswer(client, gateway, "/untrusted-h3", 502, "tls_protocol_error");
        }
    }

    private static Backend verifying(String name, Protocol protocol, int port) {
        return new Backend(
                TestConfig.key(name),
                protocol,
                List.of(new EndpointAddress("127.0.0.1", port)),
                new BackendTls("localhost", null, null, null, false));
    }

    private static void assertAnswer(Call.Protocol client, TestGateway gateway, String path, int status, String error)
            throws IOException {
        try (Call call = Call.get(client, gateway, path)) {
            assertFailed(call.outcome(), status, error);
            assertTrue(call.connectionOpen(), path);
        }
    }

    /** All at once, since each waits for the whole of the connect timeout. */
    @Row(value = "E1.19", over = "*")
    @Test
    void connectThatNeverCompletes() throws Exception {
        try (BlackHole hole = new BlackHole()) {
            TestGateway gateway = start(TestConfig.everyClient(LEAF)
                    .backend("h1", Protocol.HTTP, hole.port())
                    .backend("h2", Protocol.H2C, hole.port())
                    .backend("h3", Protocol.H3, hole.port())
                    .route("/h1", "h1")
                    .route("/h2", "h2")
                    .route("/h3", "h3")
                    .build());
            List<Call> waiting = new ArrayList<>();
            for (Call.Protocol client : Call.Protocol.values()) {
                for (String path : List.of("/h1", "/h2", "/h3")) {
                    waiting.add(Call.get(client, gateway, path));
                }
            }
            for (Call call : waiting) {
                assertFailed(call.outcome(), 504, "connection_timeout");
                call.close();
            }
        }
    }

    @Row(value = "E1.20", over = "*")
    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "H2C", "H3"})
    void noEndpointAndAFullQueue(Protocol protocol) throws IOException {
        try (BlackHole hole = new BlackHole()) {
            TestGateway gateway = start(TestConfig.everyClient(LEAF)
                    .backend(new Backend(TestConfig.key("empty"), protocol, List.of(), tls(protocol)))
                    .backend("hole", protocol, hole.port())
                    .route("/empty", "empty")
                    .route("/hole", "hole")
                    .build());
            for (Call.Protocol client : Call.Protocol.values()) {
                assertAnswer(client, gateway, "/empty", 503, "destination_unavailable");
            }
            List<RawH2Client> waiting = new ArrayList<>();
            for (int i = 0; i < Defaults.MAX_PENDING_REQUESTS; i++) {
                if (i % 100 == 0) {
                    waiting.add(RawH2Client.connect(gateway.port("http")));
                }
                var unused = waiting.get(i / 100).open(RawH2Client.head("GET", "/hole"), true);
            }
            Eventually.holds("the line is full", () -> Double.valueOf(Defaults.MAX_PENDING_REQUESTS)
                    .equals(gateway.metric("gateway_upstream_requests_pending")));
            for (Call.Protocol client : Call.Protocol.values()) {
                try (Call call = Call.get(client, gateway, "/hole")) {
                    Outcome outcome = call.outcome();
                    assertFailed(outcome, 503, "connection_limit_reached");
                    assertNotNull(outcome.header("retry-after"));
                }
            }
            for (RawH2Client each : waiting) {
                each.close();
            }
        }
    }

    static Stream<Arguments> pairs() {
        return clientsTimes(Protocol.HTTP, Protocol.H2C, Protocol.H3);
    }

    private static @Nullable BackendTls tls(Protocol protocol) {
        return protocol.isTls() ? BackendTls.SYSTEM : null;
    }

    @Row(value = "E1.21", over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void nameThatDoesNotResolve(Call.Protocol client, Protocol protocol) throws IOException {
        Backend backend = new Backend(
                TestConfig.key("app"),
                protocol,
                List.of(new EndpointAddress("no-such-host.invalid", 80)),
                tls(protocol));
        TestGateway gateway = start(
                TestConfig.everyClient(LEAF).backend(backend).route("/", "app").build());
        assertAnswer(client, gateway, "/", 502, "dns_error");
    }

    // --- time ---

    @Row(value = "E1.22", over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void responseTimeout(Call.Protocol client, Protocol protocol) throws IOException {
        try (UpstreamServer upstream = upstream(protocol)) {
            upstream.on("/after", exchange -> {
                var unused = exchange.response().setChunked(true).write("hello");
            });
            TestGateway gateway = start(TestConfig.everyClient(LEAF)
                    .backend("app", protocol, upstream.port())
                    .route(TestConfig.rule("/request")
                            .requestTimeout(Duration.ofMillis(200))
                            .to("app"))
                    .route(TestConfig.rule("/backend")
                            .backendRequestTimeout(Duration.ofMillis(200))
                            .to("app"))
                    .route(TestConfig.rule("/after")
                            .requestTimeout(Duration.ofMillis(400))
                            .to("app"))
                    .build());
            assertAnswer(client, gateway, "/request", 504, "http_response_timeout");
            assertAnswer(client, gateway, "/backend", 504, "http_response_timeout");
            try (Call after = Call.get(client, gateway, "/after")) {
                assertAborted(client, after);
            }
            for (int i = 0; i < 3 && protocol != Protocol.H3; i++) { // Vert.x' HTTP/3 server does not tell
                var unused = upstream.take().awaitBroken();
            }
        }
    }

    private static UpstreamServer upstream(Protocol protocol) {
        return switch (protocol) {
            case HTTP -> UpstreamServer.http1(Scripts.stall());
            case H2C -> UpstreamServer.h2c(Scripts.stall());
            default -> UpstreamServer.http3(LEAF, Scripts.stall());
        };
    }

    // --- a loop ---

    @Row(value = "E1.24", over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void loop(Call.Protocol client, Protocol protocol) throws IOException {
        try (UpstreamServer upstream = upstream(protocol)) {
            upstream.otherwise(Scripts.text("good"));
            TestGateway gateway = start(protocol, upstream.port());
            try (Call once = Call.get(client, gateway, "/")) {
                assertGood(once.outcome());
            }
            String via = upstream.take().header("via");
            assertNotNull(via);
            try (Call twice = Call.get(client, gateway, "/", "via: " + via)) {
                assertFailed(twice.outcome(), 502, "proxy_loop_detected");
            }
            assertEquals(1, upstream.received().size());
        }
    }
}
