package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.ClientTerms.UnknownUpgrade;
import dev.sluice.config.ClientTerms.Upgrades;
import dev.sluice.config.Defaults;
import dev.sluice.config.GatewayConfig;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.vertx.core.json.JsonObject;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Upgrades over HTTP/1.1 whose every byte is the test's: what passes a tunnel, and how one ends. */
final class TunnelTest {

    private static final String[] REQUEST = {
        "GET /chat HTTP/1.1",
        "Host: localhost",
        "Connection: keep-alive, Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: superchat, chat",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
    };

    private static final String SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            + "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

    /** The first bytes of a WebSocket's frame of 16 MiB. */
    private static final byte[] LONG_FRAME = {(byte) 0x82, (byte) 0xff, 0, 0, 0, 0, 1, 0};

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private static RawUpstream switching(RawUpstream.Conversation then) throws IOException {
        return RawUpstream.conversing(connection -> {
            var unused = connection.readRequest();
            connection.send(SWITCHING);
            then.hold(connection);
        });
    }

    private static RawUpstream echoing() throws IOException {
        return switching(TunnelTest::echo);
    }

    private static void echo(RawUpstream.Connection connection) throws IOException {
        byte[] some = new byte[64 * 1024];
        for (int length = connection.readSome(some); length >= 0; length = connection.readSome(some)) {
            connection.send(Arrays.copyOf(some, length));
        }
    }

    private static GatewayConfig config(RawUpstream upstream) {
        return TestConfig.forwarding(Protocol.HTTP, upstream.port());
    }

    private static GatewayConfig config(RawUpstream upstream, UnaryOperator<Upgrades> change) {
        return TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, upstream.port())
                .route("/", "app")
                .terms(terms -> with(terms, change))
                .build();
    }

    /** The same terms with other ones for upgrades. */
    static ClientTerms with(ClientTerms terms, UnaryOperator<Upgrades> change) {
        return new ClientTerms(
                terms.trustedProxies(),
                terms.http3(),
                terms.head(),
                terms.body(),
                terms.connections(),
                change.apply(terms.upgrades()),
                terms.proxyProtocol(),
                terms.overload(),
                terms.serverTiming(),
                terms.grpc());
    }

    private static RawHttp1 upgraded(TestGateway gateway) throws IOException {
        return upgraded(RawHttp1.connect(gateway.port()));
    }

    private static RawHttp1 upgraded(RawHttp1 client) throws IOException {
        client.sendHead(REQUEST);
        assertEquals(101, client.readResponse().status());
        return client;
    }

    private static void assertNoTunnel(TestGateway gateway) {
        gateway.awaitIdle();
        for (String gauge : new String[] {"gateway_upgraded_active", "gateway_upstream_connections_active"}) {
            Eventually.holds(gauge + " is 0", () -> Double.valueOf(0).equals(gateway.metric(gauge)));
        }
    }

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void switchesProtocolsAsTheUpstreamSays() throws IOException {
        try (RawUpstream upstream = echoing()) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                RawResponse response = client.sendHead(REQUEST).readResponse();
                assertEquals("HTTP/1.1 101 Switching Protocols", response.statusLine());
                assertEquals("Upgrade", response.header("connection"));
                assertEquals("websocket", response.header("upgrade"));
                assertEquals("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", response.header("sec-websocket-accept"));
                assertEquals("chat", response.header("sec-websocket-protocol"));
                assertEquals("permessage-deflate", response.header("sec-websocket-extensions"));
                assertNull(response.header("transfer-encoding"));
                assertNull(response.header("content-length"));
                RawUpstream.Request request = upstream.take();
                assertEquals("GET /chat HTTP/1.1", request.requestLine());
                assertEquals("Upgrade", request.header("connection"));
                assertEquals("websocket", request.header("upgrade"));
                assertEquals("dGhlIHNhbXBsZSBub25jZQ==", request.header("sec-websocket-key"));
                assertEquals("13", request.header("sec-websocket-version"));
                assertEquals("superchat, chat", request.header("sec-websocket-protocol"));
                assertEquals("permessage-deflate; client_max_window_bits", request.header("sec-websocket-extensions"));
                assertEquals("hello", client.send("hello").readSome(5));
                assertEquals(1, gateway.metric("gateway_upgraded_active"));
                assertEquals(1, gateway.metric("gateway_upgraded_total"));
            }
            assertNoTunnel(gateway);
            assertEquals(5, gateway.metric("gateway_downstream_received_bytes_total"));
            assertEquals(5, gateway.metric("gateway_downstream_sent_bytes_total"));
        }
    }

    @Test
    void passesRandomBytesBothWaysAtOnce() throws Exception {
        byte[] up = random(64 << 20, 1);
        byte[] down = random(64 << 20, 2);
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        try (RawUpstream upstream = switching(connection -> {
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                try {
                    connection.send(down);
                } catch (IOException e) {
                    received.completeExceptionally(e);
                }
            });
            received.complete(connection.read(up.length));
            writing.join();
            connection.awaitClosedByPeer();
        })) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = upgraded(gateway)) {
                CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                    try {
                        client.send(up);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                assertArrayEquals(down, client.readSome(down.length).getBytes(StandardCharsets.ISO_8859_1));
                assertArrayEquals(up, Eventually.get(received));
                writing.join();
            }
            assertNoTunnel(gateway);
        }
    }

    /** Fragments and pings are bytes like others, wherever a segment ends. */
    @Test
    void passesFramesThatAreSplitAnywhere() throws IOException {
        try (RawUpstream upstream = echoing()) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = upgraded(gateway)) {
                byte[] frames = random(20_000, 3);
                Random random = new Random(4);
                for (int from = 0; from < frames.length; ) {
                    int to = Math.min(frames.length, from + 1 + random.nextInt(100));
                    client.send(Arrays.copyOfRange(frames, from, to));
                    from = to;
                }
                assertArrayEquals(frames, client.readSome(frames.length).getBytes(StandardCharsets.ISO_8859_1));
            }
        }
    }

    @Test
    void passesWhatComesBehindTheRequest() throws IOException {
        try (RawUpstream upstream = echoing()) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send(String.join("\r\n", REQUEST) + "\r\n\r\nGET is no request here\r\n\r\n");
                assertEquals(101, client.readResponse().status());
                assertEquals("GET is no request here\r\n\r\n", client.readSome(26));
            }
        }
    }

    @Test
    void passesWhatComesBehindThe101() throws IOException {
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            var unused = connection.readRequest();
            connection.send(SWITCHING + "welcome");
            echo(connection);
        })) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = upgraded(gateway)) {
                assertEquals("welcome", client.readSome(7));
                assertEquals("hello", client.send("hello").readSome(5));
            }
        }
    }

    @Test
    void aClientThatDoesNotReadStopsTheUpstream() throws Exception {
        byte[] block = random(64 * 1024, 5);
        AtomicLong written = new AtomicLong();
        try (RawUpstream upstream = switching(connection -> {
            for (int i = 0; i < 1024; i++) {
                connection.send(block);
                written.addAndGet(block.length);
            }
            connection.awaitClosedByPeer();
        })) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = upgraded(gateway)) {
                long stalled = awaitStall(written);
                assertTrue(stalled < 32 << 20, "written before the stall: " + stalled);
                for (int i = 0; i < 1024; i++) {
                    assertArrayEquals(block, client.readSome(block.length).getBytes(StandardCharsets.ISO_8859_1));
                }
            }
            assertNoTunnel(gateway);
        }
    }

    @Test
    void anUpstreamThatDoesNotReadStopsTheClient() throws Exception {
        byte[] block = random(64 * 1024, 6);
        AtomicLong written = new AtomicLong();
        CompletableFuture<Void> read = new CompletableFuture<>();
        BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
        try (RawUpstream upstream = switching(connection -> {
            read.join();
            for (int i = 0; i < 1024; i++) {
                received.add(connection.read(block.length));
            }
            connection.awaitClosedByPeer();
        })) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = upgraded(gateway)) {
                CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                    try {
                        for (int i = 0; i < 1024; i++) {
                            client.send(block);
                            written.addAndGet(block.length);
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                long stalled = awaitStall(written);
                assertTrue(stalled < 32 << 20, "written before the stall: " + stalled);
                read.complete(null);
                for (int i = 0; i < 1024; i++) {
                    assertArrayEquals(block, Eventually.take("a block", received));
                }
                writing.join();
            }
            assertNoTunnel(gateway);
        }
    }

    /** Waits until a writer has written nothing for 300 ms; what it had written by then. */
    private static long awaitStall(AtomicLong written) {
        long[] last = {-1, System.nanoTime()};
        Eventually.holds("the writer stalls", () -> {
            long now = written.get();
            if (now != last[0]) {
                last[0] = now;
                last[1] = System.nanoTime();
            }
            return now > 0 && System.nanoTime() - last[1] > 300_000_000L;
        });
        return last[0];
    }

    @Test
    void theClientsFinReachesTheUpstreamBehindItsBytes() throws IOException {
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        try (RawUpstream upstream = switching(connection -> {
            received.complete(connection.readToEof());
            connection.send("last words");
        })) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = upgraded(gateway)) {
                client.send(random(1 << 20, 7));
                client.shutdownOutput();
                assertArrayEquals(random(1 << 20, 7), Eventually.get(received));
                assertEquals("last words", client.readToEof());
                assertNoTunnel(gateway);
            }
        }
    }

    @Test
    void theUpstreamsFinReachesTheClientBehindItsBytes() throws IOException {
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        try (RawUpstream upstream = switching(connection -> {
            connection.send(random(1 << 20, 8));
            connection.shutdownOutput();
            received.complete(connection.readToEof());
        })) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = upgraded(gateway)) {
                assertArrayEquals(random(1 << 20, 8), client.readToEof().getBytes(StandardCharsets.ISO_8859_1));
                client.send("last words").shutdownOutput();
                assertEquals("last words", new String(Eventually.get(received), StandardCharsets.US_ASCII));
                assertNoTunnel(gateway);
            }
        }
    }

    /** A peer that has heard the other's FIN and says nothing is not waited for. */
    @Test
    void aHalfClosedTunnelIsClosedBeforeLong() throws IOException {
        try (RawUpstream upstream = switching(connection -> {
            var unused = connection.readToEof();
            connection.awaitClosedByPeer();
            throw new IOException("done");
        })) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = upgraded(gateway)) {
                long start = System.nanoTime();
                client.shutdownOutput();
                client.awaitClosed();
                assertTrue(System.nanoTime() - start
                        < Defaults.CLOSE_LINGER.plusSeconds(3).toNanos());
                assertNoTunnel(gateway);
            }
        }
    }

    @Test
    void tunnelsThatAreCutAtAnyMomentLeaveNothingBehind() throws IOException {
        Random random = new Random(10);
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            RawUpstream.Request request = connection.readRequest();
            if (request == null) {
                return;
            }
            connection.send(SWITCHING);
            switch (request.requestLine()) {
                case "GET /echo HTTP/1.1" -> echo(connection);
                case "GET /reset HTTP/1.1" -> {
                    connection.send(random(100_000, 11));
                    var unused = connection.read(20_000);
                    connection.reset();
                }
                case "GET /close HTTP/1.1" -> connection.send(random(300_000, 12));
                default -> {
                    for (byte[] block = random(50_000, 13); ; ) {
                        connection.send(block);
                    }
                }
            }
        })) {
            TestGateway gateway = gateways.start(config(upstream));
            String[] paths = {"/echo", "/reset", "/close", "/flood"};
            for (int round = 0; round < 120; round++) {
                try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                    String path = paths[round % paths.length];
                    String[] request = REQUEST.clone();
                    request[0] = "GET " + path + " HTTP/1.1";
                    client.sendHead(request);
                    assertEquals(101, client.readResponse().status());
                    try {
                        int sent = random.nextInt(100_000);
                        client.send(random(sent, round));
                        var unused = client.readSome(random.nextInt(path.equals("/echo") ? sent + 1 : 50_000));
                    } catch (SocketException | EOFException e) {
                        assertTrue(path.equals("/reset") || path.equals("/close"), path + ": " + e);
                    }
                    if (random.nextBoolean()) {
                        client.abort();
                    }
                }
            }
            assertNoTunnel(gateway);
            assertEquals(120.0, gateway.metric("gateway_upgraded_total"));
        }
    }

    @Test
    void theClientsResetClosesTheUpstream() throws IOException {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        try (RawUpstream upstream = switching(connection -> {
            connection.awaitClosedByPeer();
            closed.complete(null);
        })) {
            TestGateway gateway = gateways.start(config(upstream));
            RawHttp1 client = upgraded(gateway);
            client.abort();
            Eventually.get(closed);
            assertNoTunnel(gateway);
        }
    }

    @Test
    void theUpstreamsResetClosesTheClient() throws IOException {
        try (RawUpstream upstream = switching(RawUpstream.Connection::reset)) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = upgraded(gateway)) {
                client.awaitClosed();
                assertNoTunnel(gateway);
            }
        }
    }

    @Test
    void aRefusalIsRelayedAndBothConnectionsServeOn() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(
                "HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\nsec-websocket-version: 13\r\n\r\nnope")) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                for (int i = 0; i < 3; i++) {
                    RawResponse response = client.sendHead(REQUEST).readResponse();
                    assertEquals(403, response.status());
                    assertEquals("nope", response.text());
                    assertEquals("13", response.header("sec-websocket-version"));
                    assertEquals(1, upstream.take().connection());
                }
                assertEquals(403, client.get("/plain").status());
            }
        }
    }

    @Test
    void aRequestBehindARefusedUpgradeIsServed() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send(String.join("\r\n", REQUEST) + "\r\n\r\nGET /next HTTP/1.1\r\nhost: localhost\r\n\r\n");
                assertEquals("ok", client.readFinal().text());
                assertEquals("ok", client.readFinal().text());
                assertEquals("GET /chat HTTP/1.1", upstream.take().requestLine());
                assertEquals("GET /next HTTP/1.1", upstream.take().requestLine());
            }
        }
    }

    @Test
    @Row(
            value = {"E4.27"},
            over = {"h1-h1"})
    void aSwitchToAnotherProtocolIsABadGateway() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(
                "HTTP/1.1 101 Switching Protocols\r\nupgrade: irc\r\nconnection: upgrade\r\n\r\n")) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                assertEquals(502, client.sendHead(REQUEST).readResponse().status());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /chat HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
                "GET /chat HTTP/1.1\r\nhost: h\r\nupgrade: websocket\r\n\r\n",
                "GET /chat HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: irc\r\n\r\n",
                "GET /c HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\ncontent-length: 2\r\n\r\nhi"
            })
    void whatIsNoUpgradeIsAnOrdinaryRequest(String request) throws IOException {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                assertEquals("ok", client.send(request).readResponse().text());
                RawUpstream.Request received = upstream.take();
                assertNull(received.header("upgrade"));
                assertNull(received.header("connection"));
                assertEquals("ok", client.get("/next").text());
            }
        }
    }

    @Test
    void anUpgradeOfHttp10IsAnOrdinaryRequest() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.0", "host: localhost", "connection: upgrade", "upgrade: websocket");
                assertEquals("ok", client.readResponse().text());
                assertNull(upstream.take().header("upgrade"));
                client.awaitClosed();
            }
        }
    }

    @Test
    void webSocketCanBeSwitchedOff() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")) {
            TestGateway gateway = gateways.start(
                    config(upstream, terms -> new Upgrades(false, terms.unknown(), terms.max(), terms.idleTimeout())));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                assertEquals("ok", client.sendHead(REQUEST).readResponse().text());
                assertNull(upstream.take().header("upgrade"));
            }
        }
    }

    @Test
    void anUnknownUpgradeCanBeRefused() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")) {
            TestGateway gateway = gateways.start(config(
                    upstream,
                    terms -> new Upgrades(true, UnknownUpgrade.UPGRADE_REQUIRED, terms.max(), terms.idleTimeout())));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.1", "host: localhost", "connection: upgrade", "upgrade: irc");
                RawResponse response = client.readResponse();
                assertEquals(426, response.status());
                assertEquals("websocket", response.header("upgrade"));
                assertEquals("Upgrade", response.header("connection"));
                assertEquals("ok", client.get("/next").text());
                client.sendHead("GET / HTTP/1.1", "host: localhost", "connection: upgrade", "upgrade: h2c");
                assertEquals(200, client.readResponse().status());
            }
        }
    }

    @Test
    void aTunnelWithoutAByteIsClosed() throws IOException {
        try (RawUpstream upstream = echoing()) {
            TestGateway gateway = gateways.start(config(
                    upstream, terms -> new Upgrades(true, terms.unknown(), terms.max(), Duration.ofMillis(500))));
            try (RawHttp1 client = upgraded(gateway)) {
                long start = System.nanoTime();
                assertEquals("hello", client.send("hello").readSome(5));
                client.awaitClosed();
                assertTrue(System.nanoTime() - start >= 400_000_000L);
                assertNoTunnel(gateway);
            }
        }
    }

    @Test
    void tunnelsHaveALimitOfTheirOwn() throws IOException {
        try (RawUpstream upstream = echoing()) {
            TestGateway gateway = gateways.start(
                    config(upstream, terms -> new Upgrades(true, terms.unknown(), 2, terms.idleTimeout())));
            try (RawHttp1 first = upgraded(gateway);
                    RawHttp1 second = upgraded(gateway);
                    RawHttp1 third = RawHttp1.connect(gateway.port())) {
                assertEquals(503, third.sendHead(REQUEST).readResponse().status());
                second.abort();
                Eventually.holds(
                        "one is left", () -> Double.valueOf(1).equals(gateway.metric("gateway_upgraded_active")));
                assertEquals(101, third.sendHead(REQUEST).readResponse().status());
                assertEquals("a", first.send("a").readSome(1));
            }
        }
    }

    @Test
    void aTunnelOutlivesRequestTimeoutsAndAReload() throws IOException {
        try (RawUpstream upstream = echoing();
                RawUpstream other = echoing()) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route(TestConfig.rule("/").to("app").requestTimeout(Duration.ofMillis(300)))
                    .build());
            try (RawHttp1 client = upgraded(gateway)) {
                gateway.reload(config(other));
                Eventually.holds("new tunnels go elsewhere", () -> {
                    try (RawHttp1 late = upgraded(gateway)) {
                        return late.isOpen() && other.connections() > 0;
                    } catch (IOException e) {
                        return false;
                    }
                });
                assertTrue(client.isOpen());
                assertEquals("still here", client.send("still here").readSome(10));
            }
        }
    }

    @Test
    void theDrainDeadlineClosesATunnel() throws IOException {
        try (RawUpstream upstream = echoing()) {
            Bootstrap base = TestGateway.bootstrap(TestGateway.LOOPS);
            Bootstrap bootstrap = new Bootstrap(
                    base.adminHost(),
                    0,
                    base.eventLoops(),
                    base.transport(),
                    Duration.ZERO,
                    Duration.ofSeconds(1),
                    null,
                    base.maxConnections());
            TestGateway gateway = gateways.start(bootstrap, config(upstream), Extensions.NONE);
            try (RawHttp1 client = upgraded(gateway)) {
                // in the middle of a long frame, both ways, nothing can be said
                assertEquals(8, client.send(LONG_FRAME).readSome(8).length());
                long start = System.nanoTime();
                var unused = gateway.runtime().drain();
                assertEquals("draining", client.send("draining").readSome(8));
                client.awaitClosed();
                long taken = System.nanoTime() - start;
                assertTrue(taken > 900_000_000L && taken < 4_000_000_000L, "took " + taken + " ns");
            }
        }
    }

    @Test
    void aTunnelIsOneLineInTheAccessLog(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("access.log");
        try (RawUpstream upstream = echoing()) {
            Bootstrap base = TestGateway.bootstrap(TestGateway.LOOPS);
            Bootstrap bootstrap = new Bootstrap(
                    base.adminHost(),
                    0,
                    base.eventLoops(),
                    base.transport(),
                    Duration.ZERO,
                    base.drainDeadline(),
                    new Bootstrap.AccessLogTarget(file.toString()),
                    base.maxConnections());
            TestGateway gateway = gateways.start(bootstrap, config(upstream), Extensions.NONE);
            try (RawHttp1 client = upgraded(gateway)) {
                assertEquals("hello", client.send("hello").readSome(5));
                assertEquals("", Files.exists(file) ? Files.readString(file) : "");
            }
            Eventually.holds("a line is written", () -> {
                try {
                    return Files.exists(file) && Files.readString(file).endsWith("\n");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            JsonObject line = new JsonObject(Files.readString(file));
            assertEquals(101, line.getInteger("http.response.status_code"));
            assertEquals(101, line.getInteger("sluice.upstream.status"));
            assertEquals(5, line.getInteger("http.request.body.bytes"));
            assertEquals(5, line.getInteger("http.response.body.bytes"));
            assertEquals("both sides have closed", line.getString("sluice.detail"));
            assertNull(line.getString("sluice.flag"));
        }
    }

    @Test
    void passesThroughTls(@TempDir Path directory) throws Exception {
        TestCertificates certificates = TestCertificates.in(directory);
        try (RawUpstream upstream = echoing()) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .certificate("cert", certificates.leaf("localhost", "localhost"))
                    .https("https", "cert")
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route("/", "app")
                    .build());
            try (RawHttp1 client =
                    upgraded(RawHttp1.connectTls(gateway.port(), certificates.clientContext(), "localhost"))) {
                byte[] bytes = random(3 << 20, 9);
                CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                    try {
                        client.send(bytes);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                assertArrayEquals(bytes, client.readSome(bytes.length).getBytes(StandardCharsets.ISO_8859_1));
                writing.join();
            }
            assertNoTunnel(gateway);
        }
    }
}
