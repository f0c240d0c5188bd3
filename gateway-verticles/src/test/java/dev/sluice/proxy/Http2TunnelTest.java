package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms.Upgrades;
import dev.sluice.config.GatewayConfig;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.wire.ExtendedConnect;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** WebSocket over HTTP/2 (RFC 8441), frame by frame. */
final class Http2TunnelTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    /** Checks the handshake as a server does, and answers it. */
    private static RawUpstream switching(RawUpstream.Conversation then) throws IOException {
        return RawUpstream.conversing(connection -> {
            RawUpstream.Request request = connection.readRequest();
            if (request != null) {
                connection.send("HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nconnection: Upgrade\r\n"
                        + "sec-websocket-accept: " + ExtendedConnect.accept("" + request.header("sec-websocket-key"))
                        + "\r\nsec-websocket-protocol: chat\r\n\r\n");
                then.hold(connection);
            }
        });
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

    private static Http2Headers request() {
        Http2Headers headers = RawH2Client.head("CONNECT", "/chat?room=1");
        headers.set(":protocol", "websocket");
        headers.set("sec-websocket-version", "13");
        headers.set("sec-websocket-protocol", "superchat, chat");
        headers.set("origin", "http://localhost");
        return headers;
    }

    private static RawH2Stream upgraded(RawH2Client client) throws IOException {
        RawH2Stream stream = client.open(request(), false);
        assertEquals(200, stream.nextHeaders().status());
        return stream;
    }

    private static byte[] read(RawH2Stream stream, int length) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (bytes.size() < length) {
            bytes.writeBytes(stream.nextData().bytes());
        }
        return bytes.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void assertNoTunnel(TestGateway gateway) {
        gateway.awaitIdle();
        for (String gauge : new String[] {"gateway_upgraded_active", "gateway_upstream_connections_active"}) {
            Eventually.holds(gauge + " is 0", () -> Double.valueOf(0).equals(gateway.metric(gauge)));
        }
    }

    @Row("A2.18")
    @Test
    void becomesAnUpgradeOfHttp11() throws IOException {
        try (RawUpstream upstream = switching(Http2TunnelTest::echo)) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                assertEquals(1, client.awaitSettings().get((char) 8));
                RawH2Stream stream = client.open(request(), false);
                H2Frame.Headers head = stream.nextHeaders();
                H2Response response = new H2Response(head.fields(), new byte[0], List.of(), head);
                assertEquals(200, response.status());
                assertEquals("chat", response.header("sec-websocket-protocol"));
                assertNull(response.header("sec-websocket-accept"));
                assertNull(response.header("upgrade"));
                assertNull(response.header("connection"));
                RawUpstream.Request request = upstream.take();
                assertEquals("GET /chat?room=1 HTTP/1.1", request.requestLine());
                assertEquals("localhost", request.header("host"));
                assertEquals("websocket", request.header("upgrade"));
                assertEquals("Upgrade", request.header("connection"));
                assertEquals("13", request.header("sec-websocket-version"));
                assertEquals("superchat, chat", request.header("sec-websocket-protocol"));
                assertEquals(24, ("" + request.header("sec-websocket-key")).length());
                assertNull(request.header("transfer-encoding"));
                stream.data(ascii("hello"), false);
                assertEquals("hello", stream.nextData().text());
                stream.data(ascii("bye"), true);
                assertEquals("bye", stream.nextData().text());
                assertTrue(stream.nextData().endStream());
                assertTrue(client.isOpen());
            }
            assertNoTunnel(gateway);
        }
    }

    @Test
    void passesRandomBytesBothWaysAtOnce() throws Exception {
        byte[] up = new byte[16 << 20];
        byte[] down = new byte[16 << 20];
        new Random(1).nextBytes(up);
        new Random(2).nextBytes(down);
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        try (RawUpstream upstream = switching(connection -> {
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                try {
                    connection.send(down);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            received.complete(connection.read(up.length));
            writing.join();
            connection.awaitClosedByPeer();
        })) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = upgraded(client);
                CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                    try {
                        stream.partOfBody(up);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                assertArrayEquals(down, read(stream, down.length));
                assertArrayEquals(up, Eventually.get(received));
                writing.join();
                stream.reset(8);
            }
            assertNoTunnel(gateway);
        }
    }

    @Test
    void aClientWithoutCreditStopsTheUpstream() throws IOException {
        AtomicLong written = new AtomicLong();
        try (RawUpstream upstream = switching(connection -> {
            byte[] block = new byte[64 * 1024];
            for (int i = 0; i < 1024; i++) {
                connection.send(block);
                written.addAndGet(block.length);
            }
        })) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                client.withholdCredit();
                RawH2Stream stream = upgraded(client);
                long[] last = {-1, System.nanoTime()};
                Eventually.holds("the upstream stalls", () -> {
                    long now = written.get();
                    if (now != last[0]) {
                        last[0] = now;
                        last[1] = System.nanoTime();
                    }
                    return now > 0 && System.nanoTime() - last[1] > 300_000_000L;
                });
                assertTrue(last[0] < 32 << 20, "written before the stall: " + last[0]);
                stream.reset(8);
            }
            assertNoTunnel(gateway);
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
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                upgraded(client).reset(8);
                Eventually.get(closed);
                assertTrue(client.isOpen());
                assertNoTunnel(gateway);
            }
        }
    }

    @Test
    void theUpstreamsResetResetsTheStream() throws IOException {
        try (RawUpstream upstream = switching(RawUpstream.Connection::reset)) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                assertEquals(8, upgraded(client).nextReset());
                assertTrue(client.isOpen());
                assertNoTunnel(gateway);
            }
        }
    }

    @Test
    void theUpstreamsFinEndsTheStreamBehindItsBytes() throws IOException {
        try (RawUpstream upstream = switching(connection -> {
            connection.send("last words");
            connection.shutdownOutput();
            connection.awaitClosedByPeer();
        })) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = upgraded(client);
                assertEquals("last words", stream.nextData().text());
                assertTrue(stream.nextData().endStream());
                stream.data(new byte[0], true);
                assertNoTunnel(gateway);
            }
        }
    }

    @Test
    void aRefusalIsRelayed() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\n\r\nnope")) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                H2Response response = client.open(request(), false).response();
                assertEquals(403, response.status());
                assertEquals("nope", response.text());
                assertTrue(client.isOpen());
            }
        }
    }

    @Test
    void aServerThatDoesNotSwitchIsABadGateway() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                assertEquals(502, client.open(request(), false).response().status());
            }
        }
    }

    @Test
    void aWrongAcceptIsABadGateway() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n"
                + "connection: upgrade\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                assertEquals(502, client.open(request(), false).response().status());
            }
        }
    }

    @Test
    void anotherProtocolIsNotImplemented() throws IOException {
        try (RawUpstream upstream = RawUpstream.stalling()) {
            TestGateway gateway = gateways.start(config(upstream));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                Http2Headers headers = request();
                headers.set(":protocol", "connect-udp");
                assertEquals(501, client.open(headers, false).response().status());
                assertEquals(0, upstream.connections());
            }
        }
    }

    @Test
    @Row(
            value = {"E5.10"},
            over = {"h2"})
    void withoutTheSettingItIsMalformed() throws IOException {
        try (RawUpstream upstream = RawUpstream.stalling()) {
            GatewayConfig config = TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route("/", "app")
                    .terms(terms -> TunnelTest.with(
                            terms, old -> new Upgrades(false, old.unknown(), old.max(), old.idleTimeout())))
                    .build();
            TestGateway gateway = gateways.start(config);
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                assertNull(client.awaitSettings().get((char) 8));
                assertEquals(1, client.open(request(), false).nextReset());
                assertTrue(client.isOpen());
            }
        }
    }

    @Test
    void anUpstreamOfHttp2CannotBeUpgraded() throws IOException {
        try (RawUpstream upstream = RawUpstream.stalling()) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                H2Response response = client.open(request(), false).response();
                assertEquals(502, response.status());
                assertTrue(response.text().contains("cannot be upgraded"), response.text());
            }
        }
    }
}
