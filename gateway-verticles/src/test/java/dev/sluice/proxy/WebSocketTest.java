package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** WebSocket between servers and clients that are not ours, with all that RFC 6455 leaves to the two of them. */
final class WebSocketTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final Vertx vertx = Vertx.vertx();

    /** Vert.x closes a client, with 1000 to its servers, when nobody holds it any more. */
    private final WebSocketClient client = vertx.createWebSocketClient(new WebSocketClientOptions()
            .setMaxFrameSize(EchoUpstream.MAX_MESSAGE)
            .setMaxMessageSize(EchoUpstream.MAX_MESSAGE)
            .setTryUsePerMessageCompression(true));

    @AfterEach
    void closeClients() {
        Eventually.get(vertx.close());
    }

    private WebSocket connect(TestGateway gateway) {
        return Eventually.get(client.connect(new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(gateway.port())
                .setURI("/echo")
                .addSubProtocol("superchat")
                .addSubProtocol("chat")));
    }

    @Test
    void negotiatesCompressionAndASubProtocolEndToEnd() {
        try (EchoUpstream upstream = new EchoUpstream(null)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            WebSocket socket = connect(gateway);
            assertEquals("chat", socket.subProtocol());
            assertTrue(socket.headers().get("sec-websocket-extensions").startsWith("permessage-deflate"));
            assertTrue(upstream.takeVia().startsWith("1.1 "));
            BlockingQueue<String> texts = new LinkedBlockingQueue<>();
            BlockingQueue<Buffer> pongs = new LinkedBlockingQueue<>();
            socket.textMessageHandler(texts::add).pongHandler(pongs::add);
            String text = "compressible ".repeat(10_000);
            Eventually.get(socket.writeTextMessage(text));
            assertEquals(text, Eventually.take("the echo", texts));
            Eventually.get(socket.writePing(Buffer.buffer("are you there")));
            assertEquals("are you there", Eventually.take("a pong", pongs).toString());
            assertEquals(1.0, gateway.metric("gateway_upgraded_active"));
            Eventually.get(socket.close((short) 4000, "done"));
            assertEquals("4000 done", upstream.takeClose());
            gateway.awaitIdle();
            Double received = gateway.metric("gateway_downstream_received_bytes_total");
            assertTrue(received != null && received > 0 && received < 20_000, "it was compressed: " + received);
        }
    }

    @Test
    void theServersCloseReachesTheClient() {
        try (EchoUpstream upstream = new EchoUpstream(null)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            WebSocket socket = connect(gateway);
            CompletableFuture<String> closed = new CompletableFuture<>();
            socket.closeHandler(v -> closed.complete(socket.closeStatusCode() + " " + socket.closeReason()));
            Eventually.get(socket.writeTextMessage("close me"));
            assertEquals("4001 bye", Eventually.get(closed));
        }
    }

    @Test
    void theServersRefusalReachesTheClient() {
        try (EchoUpstream upstream = new EchoUpstream(null)) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route("/only-this", "app")
                    .build());
            Throwable refused = Eventually.failure(client.connect(gateway.port(), "127.0.0.1", "/elsewhere"));
            assertEquals(404, ((UpgradeRejectedException) refused).getStatus());
        }
    }

    /** A backend that prefers HTTP/2 by ALPN is spoken to in HTTP/1.1 for an upgrade. */
    @Test
    void reachesABackendOverTls(@TempDir Path directory) throws Exception {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost", "127.0.0.1");
        try (EchoUpstream upstream = new EchoUpstream(leaf)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTPS, upstream.port()));
            WebSocket socket = connect(gateway);
            BlockingQueue<Buffer> echoes = new LinkedBlockingQueue<>();
            socket.binaryMessageHandler(echoes::add);
            byte[] bytes = new byte[1 << 20];
            new Random(1).nextBytes(bytes);
            Eventually.get(socket.writeBinaryMessage(Buffer.buffer(bytes)));
            assertArrayEquals(bytes, Eventually.take("the echo", echoes).getBytes());
            Eventually.get(socket.close((short) 4000, "done"));
            assertEquals("4000 done", upstream.takeClose());
        }
    }

    @Test
    void servesJavasClient() {
        try (EchoUpstream upstream = new EchoUpstream(null)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            Inbox inbox = new Inbox();
            java.net.http.WebSocket socket = Eventually.get(HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .subprotocols("chat")
                    .buildAsync(URI.create("ws://127.0.0.1:" + gateway.port() + "/echo"), inbox));
            assertEquals("chat", socket.getSubprotocol());
            Eventually.get(socket.sendText("frag", false));
            Eventually.get(socket.sendText("mented", true));
            assertEquals("text fragmented", Eventually.take("the echo", inbox.events));
            Eventually.get(socket.sendPing(ByteBuffer.wrap("hey".getBytes(StandardCharsets.US_ASCII))));
            assertEquals("pong hey", Eventually.take("a pong", inbox.events));
            Eventually.get(socket.sendClose(4000, "done"));
            assertEquals("4000 done", upstream.takeClose());
            assertEquals("close 4000 done", Eventually.take("the close", inbox.events));
        }
    }

    private static final class Inbox implements java.net.http.WebSocket.Listener {

        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(java.net.http.WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                events.add("text " + text);
                text.setLength(0);
            }
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onPong(java.net.http.WebSocket socket, ByteBuffer message) {
            events.add("pong " + StandardCharsets.US_ASCII.decode(message));
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(java.net.http.WebSocket socket, int code, String reason) {
            events.add("close " + code + " " + reason);
            return CompletableFuture.completedFuture(null);
        }
    }
}
