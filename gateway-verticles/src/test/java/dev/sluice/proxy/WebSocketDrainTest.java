package dev.sluice.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.wire.ExtendedConnect;
import io.netty.handler.codec.http2.Http2Headers;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A drain closes WebSockets on both sides, at the end of a frame (correctness.md E8.5). */
final class WebSocketDrainTest {

    private static final String GOING_AWAY = "\u0088\u0002\u0003\u00e9";
    /** A client's, with a key of zero. */
    private static final byte[] CLOSE_1001 = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xe9};

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    /** Frames from the client, unmasked: opcode with FIN, then the payload as text. */
    private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();

    private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();

    /** Keeps each frame, answers a text with its echo and a Close with a Close, and waits for the end. */
    private RawUpstream server() throws IOException {
        return RawUpstream.conversing(connection -> {
            switchProtocols(connection);
            for (String frame = frame(connection); frame != null; frame = frame(connection)) {
                frames.add(frame);
                if (frame.startsWith("\u0081")) {
                    connection.send(text(frame.substring(1)));
                } else if (frame.startsWith("\u0088")) {
                    connection.send(bytes("\u0088\u0002" + frame.substring(1)));
                    connection.awaitClosedByPeer();
                    ends.add("closed");
                    return;
                }
            }
            ends.add("closed");
        });
    }

    private static void switchProtocols(RawUpstream.Connection connection) throws IOException {
        RawUpstream.Request request = Objects.requireNonNull(connection.readRequest());
        connection.send("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
                + "sec-websocket-accept: " + ExtendedConnect.accept("" + request.header("sec-websocket-key"))
                + "\r\n\r\n");
    }

    private static @Nullable String frame(RawUpstream.Connection connection) {
        try {
            byte[] head = connection.read(2);
            int length = head[1] & 0x7f;
            byte[] mask = connection.read(4);
            byte[] payload = connection.read(length);
            StringBuilder frame = new StringBuilder().append((char) (head[0] & 0xff));
            for (int i = 0; i < length; i++) {
                frame.append((char) ((payload[i] ^ mask[i % 4]) & 0xff));
            }
            return frame.toString();
        } catch (IOException e) {
            return null;
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static byte[] text(String payload) {
        return bytes("\u0081" + (char) payload.length() + payload);
    }

    /** Masked with zeros. */
    private static byte[] masked(String payload) {
        return bytes("\u0081" + (char) (0x80 | payload.length()) + "\0\0\0\0" + payload);
    }

    private TestGateway start(RawUpstream upstream) {
        return gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
    }

    private static RawHttp1 upgraded(TestGateway gateway) throws IOException {
        RawHttp1 client = RawHttp1.connect(gateway.port())
                .sendHead(
                        "GET /chat HTTP/1.1",
                        "host: localhost",
                        "connection: Upgrade",
                        "upgrade: websocket",
                        "sec-websocket-version: 13",
                        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==");
        assertEquals(101, client.readResponse().status());
        return client;
    }

    private static RawH2Stream upgraded(RawH2Client client) throws IOException {
        Http2Headers request = RawH2Client.head("CONNECT", "/chat");
        request.set(":protocol", "websocket");
        request.set("sec-websocket-version", "13");
        RawH2Stream stream = client.open(request, false);
        assertEquals(200, stream.nextHeaders().status());
        return stream;
    }

    private static void assertReads(String expected, RawHttp1 client) throws IOException {
        assertArrayEquals(bytes(expected), bytes(client.readSome(expected.length())));
    }

    @Row("E8.5")
    @Test
    void bothSidesHear1001AndAnswer() throws IOException {
        try (RawUpstream upstream = server()) {
            TestGateway gateway = start(upstream);
            try (RawHttp1 client = upgraded(gateway)) {
                client.send(masked("hello"));
                assertReads("\u0081\u0005hello", client);
                assertEquals("\u0081hello", Eventually.take("the text", frames));

                Future<Void> drained = gateway.runtime().drain();
                assertReads(GOING_AWAY, client);
                assertEquals("\u0088\u0003\u00e9", Eventually.take("a Close", frames));
                client.send(CLOSE_1001);
                client.awaitClosed();
                assertEquals("closed", Eventually.take("the backend's end", ends));
                assertTrue(frames.isEmpty(), () -> "the client's Close was meant for the gateway: " + frames);
                Eventually.get(drained);
            }
        }
    }

    @Row("E8.5")
    @Test
    void aFrameThatHasBegunIsFinishedFirst() throws IOException {
        try (RawUpstream upstream = server()) {
            TestGateway gateway = start(upstream);
            try (RawHttp1 client = upgraded(gateway)) {
                byte[] frame = masked("hello");
                client.send(bytes(new String(masked("first"), ISO_8859_1) + new String(frame, 0, 7, ISO_8859_1)));
                assertReads("\u0081\u0005first", client);
                assertEquals("\u0081first", Eventually.take("the text", frames));

                var drained = gateway.runtime().drain();
                assertReads(GOING_AWAY, client);
                client.send(Arrays.copyOfRange(frame, 7, frame.length));
                assertEquals("\u0081hello", Eventually.take("the text", frames));
                assertEquals("\u0088\u0003\u00e9", Eventually.take("a Close", frames));
                client.send(CLOSE_1001);
                client.awaitClosed();
                Eventually.get(drained);
            }
        }
    }

    @Row("E8.5")
    @Test
    void whoDoesNotAnswerIsNotWaitedForLong() throws IOException {
        try (RawUpstream upstream = server()) {
            TestGateway gateway = start(upstream);
            try (RawHttp1 client = upgraded(gateway)) {
                long start = System.nanoTime();
                var drained = gateway.runtime().drain();
                assertReads(GOING_AWAY, client);
                client.awaitClosed();
                long millis = (System.nanoTime() - start) / 1_000_000;
                assertTrue(millis >= 1_900 && millis < 4_900, millis + " ms (expected: two seconds)");
                Eventually.get(drained);
            }
        }
    }

    @Row("E8.5")
    @Test
    void overHttp2TheStreamEndsInGoodOrder() throws IOException {
        try (RawUpstream upstream = server()) {
            TestGateway gateway = start(upstream);
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = upgraded(client);

                Future<Void> drained = gateway.runtime().drain();
                assertArrayEquals(bytes(GOING_AWAY), stream.nextData().bytes());
                assertEquals("\u0088\u0003\u00e9", Eventually.take("a Close", frames));
                var unused = stream.data(CLOSE_1001, true);
                H2Frame.Data end = stream.nextData();
                assertEquals("", end.text());
                assertTrue(end.endStream());
                client.awaitClosed();
                Eventually.get(drained);
            }
        }
    }

    @Row("E8.5")
    @Test
    void overHttp2TheBackendMayCloseFirst() throws IOException {
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            switchProtocols(connection);
            frames.add("" + frame(connection));
            connection.send(bytes(GOING_AWAY)); // and closes
        })) {
            TestGateway gateway = start(upstream);
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = upgraded(client);

                Future<Void> drained = gateway.runtime().drain();
                assertArrayEquals(bytes(GOING_AWAY), stream.nextData().bytes());
                assertTrue(stream.nextData().endStream());
                var unused = stream.data(CLOSE_1001, false);
                assertEquals(new H2Frame.Reset(0), stream.next(), "nothing more is wanted");
                client.awaitClosed();
                Eventually.get(drained);
            }
        }
    }
}
