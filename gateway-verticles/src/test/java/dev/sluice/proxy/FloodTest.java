package dev.sluice.proxy;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.Defaults;
import dev.sluice.stream.Flood;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH3Client;
import dev.sluice.testkit.RawH3Stream;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http2.Http2CodecUtil;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that send too much of what costs them little are cut off, and others notice nothing. */
final class FloodTest {

    private static final long ENHANCE_YOUR_CALM = 11;
    private static final long CANCEL = 8;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int PING = 6;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;
    /** Bytes of a body that pay for a minute's silence at the least rate: a flood takes a slow machine a while. */
    private static final int PAID_AHEAD = 60 * Defaults.MIN_REQUEST_RATE;

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    private final UpstreamServer upstream =
            UpstreamServer.http1(Scripts.text("ok")).on("/stall", Scripts.stall());
    private TestGateway gateway;

    private interface Sending {
        void run() throws IOException;
    }

    @BeforeEach
    void startGateway() throws IOException {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost", "127.0.0.1");
        gateway = gateways.start(TestConfig.create()
                .http("http")
                .certificate("web", leaf)
                .https("https", "web")
                .http3(Http3.REQUIRED)
                .backend("app", Protocol.HTTP, upstream.port())
                .route("/", "app")
                .build());
    }

    @AfterEach
    void closeUpstream() {
        upstream.close();
    }

    /** Sends in vain once the gateway has hung up. */
    private static void send(Sending sending) {
        try {
            sending.run();
        } catch (IOException e) {
            // cut off, which the caller looks at
        }
    }

    /** A frame of HTTP/2. */
    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putShort((short) (payload.length >> 8))
                .put((byte) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    private static byte[] times(int count, byte[] frame) {
        ByteBuffer all = ByteBuffer.allocate(count * frame.length);
        for (int i = 0; i < count; i++) {
            all.put(frame);
        }
        return all.array();
    }

    /** Cuts one connection while another that is open before, during and after keeps working. */
    private void assertCut(String kind, Sending flood, RawH2Client flooder) throws IOException {
        try (RawH2Client honest = RawH2Client.connect(gateway.port("http"))) {
            RawH2Stream open = honest.open(RawH2Client.head("POST", "/"), false).data(new byte[PAID_AHEAD], false);
            send(flood);
            assertEquals(ENHANCE_YOUR_CALM, flooder.awaitGoAway().code());
            flooder.awaitClosed();
            assertEquals("ok", open.body(new byte[10]).response().text());
            assertEquals("ok", honest.get("/").text());
        }
        assertEquals(1.0, floods(kind));
    }

    private double floods(String kind) {
        return requireNonNull(gateway.metric("gateway_downstream_floods_total{kind=\"" + kind + "\"}"));
    }

    @ParameterizedTest
    @CsvSource({
        "idle_pings, 6, 8, 0, " + Defaults.MAX_IDLE_PINGS,
        "settings, 4, 0, 0, " + Defaults.MAX_SETTINGS,
        "priorities, 2, 5, 1, " + Defaults.MAX_PRIORITIES,
        "tiny_window_updates, 8, 4, 0, " + Defaults.MAX_TINY_WINDOW_UPDATES,
        "unknown_frames, 32, 3, 1, " + Defaults.MAX_UNKNOWN_FRAMES,
    })
    void framesThatCostLittleToSend(String kind, int type, int length, int stream, int limit) throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            client.open(RawH2Client.head("POST", "/stall"), false);
            byte[] payload = new byte[length];
            if (type == WINDOW_UPDATE) {
                payload[3] = 1;
            }
            byte[] frame = frame(type, 0, stream, payload);
            for (int sent = 0; sent < limit - 100; ) { // the client has some of its own
                int count = Math.min(2_000, limit - 100 - sent);
                client.sendRaw(times(count, frame));
                sent += count;
                assertEquals("ok", client.get("/").text(), "within the limit");
            }
            assertCut(kind, () -> client.sendRaw(times(200, frame)), client);
        }
    }

    /** What gRPC's clients listen for, exactly (gRFC A8). */
    @Test
    void tooManyPingsAreNamed() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            send(() -> client.sendRaw(times(Defaults.MAX_IDLE_PINGS + 10, frame(PING, 0, 0, new byte[8]))));
            H2Frame.GoAway goAway = client.awaitGoAway();
            assertEquals(ENHANCE_YOUR_CALM, goAway.code());
            assertEquals("too_many_pings", goAway.debug());
        }
    }

    /** As gRPC measures the path: one for each answer, and one more for each request. */
    @Test
    void pingsBesideMessagesAreHonest() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            byte[] ping = frame(PING, 0, 0, new byte[8]);
            for (int i = 0; i < 2 * Defaults.MAX_IDLE_PINGS; i++) {
                client.sendRaw(ping);
                assertEquals("ok", client.get("/").text());
            }
            assertTrue(client.isOpen());
        }
    }

    /** A window that the client opens does not pass for what it was sent for ever. */
    @Test
    void pingsBehindWindowUpdates() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            byte[] pair = ByteBuffer.allocate(13 + 17)
                    .put(frame(WINDOW_UPDATE, 0, 0, new byte[] {0, 0, 1, 0}))
                    .put(frame(PING, 0, 0, new byte[8]))
                    .array();
            for (int sent = 0; sent < Defaults.MAX_PINGS - 100; ) {
                int count = Math.min(2_000, Defaults.MAX_PINGS - 100 - sent);
                client.sendRaw(times(count, pair));
                sent += count;
                assertEquals("ok", client.get("/").text(), "within the limit");
            }
            assertCut("pings", () -> client.sendRaw(times(200, pair)), client);
        }
    }

    @Test
    void emptyDataFrames() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            RawH2Stream stream = client.open(RawH2Client.head("POST", "/stall"), false);
            assertCut("empty_data", () -> client.sendRaw(times(100, frame(DATA, 0, stream.id(), new byte[0]))), client);
        }
    }

    @Test
    void continuationFrames() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            assertEquals("ok", client.get("/").text());
            byte[] head = frame(HEADERS, 0, 3, new byte[0]);
            byte[] frame = frame(CONTINUATION, 0, 3, new byte[0]);
            assertCut(
                    "continuations",
                    () -> {
                        client.sendRaw(head);
                        client.sendRaw(times(100, frame));
                    },
                    client);
        }
    }

    /** Its GOAWAY finds no room, so that only time can end the connection. */
    @Test
    void aClientThatReadsNothingIsCutAllTheSame() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port("http"));
                RawH2Client honest = RawH2Client.connect(gateway.port("http"))) {
            OutputStream out = socket.getOutputStream();
            out.write(ByteBufUtil.getBytes(Http2CodecUtil.connectionPrefaceBuf()));
            out.write(frame(4, 0, 0, new byte[0]));
            byte[] pings = times(1_000, frame(PING, 0, 0, new byte[8]));
            assertThrows(IOException.class, () -> {
                while (true) {
                    out.write(pings);
                }
            });
            assertEquals("ok", honest.get("/").text());
        }
        assertEquals(1.0, floods("idle_pings") + floods("answers"));
        Eventually.holds("nothing is left", () -> Double.valueOf(0)
                .equals(gateway.metric("gateway_downstream_connections_active")));
    }

    @Test
    void rapidResets() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            assertCut(
                    "premature_resets",
                    () -> {
                        for (int i = 0; i < Defaults.MIN_STREAMS_TO_JUDGE + 10; i++) {
                            client.open(RawH2Client.head("POST", "/stall"), false)
                                    .reset(CANCEL);
                        }
                    },
                    client);
        }
        gateway.awaitIdle();
    }

    /** Every other stream is of use, so that only the number of resets tells. */
    @Test
    void manyResets() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            assertCut(
                    "resets",
                    () -> {
                        for (int i = 0; i < Defaults.MAX_RST_PER_WINDOW + 10; i++) {
                            RawH2Stream useful = client.open(RawH2Client.head("GET", "/"), true);
                            client.open(RawH2Client.head("POST", "/stall"), false)
                                    .reset(CANCEL);
                            if (i % 20 == 0) {
                                var unused = useful.response();
                            }
                        }
                    },
                    client);
        }
    }

    /** Streams that are reset for what the client sends on them, one way or the other. */
    @ParameterizedTest
    @ValueSource(strings = {"field", "window overflow", "window 0", "data", "headers", "priority"})
    void resetsThatTheClientProvokes(String error) throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            assertCut(
                    "provoked_resets",
                    () -> {
                        for (int i = 0; i < Defaults.MAX_PROVOKED_RESETS; i++) {
                            provoke(client, error).nextReset();
                        }
                        provoke(client, error);
                    },
                    client);
        }
        gateway.awaitIdle();
    }

    private static RawH2Stream provoke(RawH2Client client, String error) throws IOException {
        if (error.equals("field")) {
            return client.open(RawH2Client.head("GET", "/").authority("user@a"), true);
        }
        RawH2Stream stream = client.open(RawH2Client.head("GET", "/stall"), true);
        switch (error) {
            case "window overflow" -> client.windowUpdate(stream.id(), Integer.MAX_VALUE);
            case "window 0" -> client.sendRaw(frame(WINDOW_UPDATE, 0, stream.id(), new byte[4]));
            case "data" -> stream.data(new byte[1], false);
            case "headers" -> stream.headers(RawH2Client.head("GET", "/"), true);
            case "priority" -> client.sendRaw(frame(2, 0, stream.id(), new byte[4]));
            default -> throw new IllegalArgumentException(error);
        }
        return stream;
    }

    /** As of a gRPC client that hedges its calls. */
    @Test
    void cancellingEveryThirdStreamIsNoFlood() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            for (int i = 0; i < 1_000; i++) {
                client.open(RawH2Client.head("POST", "/stall"), false).reset(CANCEL);
                assertEquals("ok", client.get("/").text());
                assertEquals("ok", client.get("/").text());
            }
            assertTrue(client.isOpen());
        }
        for (Flood kind : Flood.values()) {
            assertEquals(0.0, floods(kind.label()), kind.name());
        }
    }

    @Test
    void unknownFramesOnHttp3() {
        try (RawH3Client client = RawH3Client.connect(gateway.port("https"));
                RawH3Client honest = RawH3Client.connect(gateway.port("https"))) {
            RawH3Stream stream = client.open(RawH3Client.head("POST", "/stall"), false);
            for (int i = 0; i < Defaults.MAX_UNKNOWN_FRAMES - 10; i++) {
                stream.unknown();
            }
            assertEquals("ok", client.get("/").text(), "within the limit");
            for (int i = 0; i < 20; i++) {
                stream.unknown();
            }
            assertEquals(0x107, client.awaitCloseCode(), "H3_EXCESSIVE_LOAD");
            assertEquals("ok", honest.get("/").text());
        }
        Eventually.holds("it is counted", () -> floods("unknown_frames") == 1);
    }
}
