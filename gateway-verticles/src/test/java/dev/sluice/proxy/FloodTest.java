package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.Defaults;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH3Client;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that send too much of what costs them little are cut off, and others notice nothing. */
final class FloodTest {

    private static final long ENHANCE_YOUR_CALM = 11;
    private static final long CANCEL = 8;

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
    private void assertCut(Sending flood, RawH2Client flooder, String metric) throws IOException {
        try (RawH2Client honest = RawH2Client.connect(gateway.port("http"))) {
            RawH2Stream open = honest.open(RawH2Client.head("POST", "/"), false);
            send(flood);
            assertEquals(ENHANCE_YOUR_CALM, flooder.awaitGoAway().code());
            flooder.awaitClosed();
            assertEquals("ok", open.body(new byte[10]).response().text());
            assertEquals("ok", honest.get("/").text());
        }
        assertEquals(metric, String.valueOf(gateway.metric("gateway_downstream_floods_total")));
    }

    @ParameterizedTest
    @CsvSource({
        "6, 8, 0, " + Defaults.MAX_PINGS,
        "4, 0, 0, " + Defaults.MAX_SETTINGS,
        "2, 5, 1, " + Defaults.MAX_PRIORITIES,
        "8, 4, 0, " + Defaults.MAX_TINY_WINDOW_UPDATES,
        "32, 3, 1, " + Defaults.MAX_UNKNOWN_FRAMES,
    })
    void framesThatCostLittleToSend(int type, int length, int stream, int limit) throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            client.open(RawH2Client.head("POST", "/stall"), false);
            byte[] payload = new byte[length];
            if (type == 8) {
                payload[3] = 1;
            }
            byte[] frame = frame(type, 0, stream, payload);
            client.sendRaw(times(limit - 10, frame));
            assertTrue(client.isOpen(), "within the limit");
            assertCut(() -> client.sendRaw(times(20, frame)), client, "1.0");
        }
    }

    @Test
    void emptyDataFrames() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            RawH2Stream stream = client.open(RawH2Client.head("POST", "/stall"), false);
            byte[] frame = frame(0, 0, stream.id(), new byte[0]);
            assertCut(() -> client.sendRaw(times(100, frame)), client, "0.0"); // Netty's own limit
        }
    }

    @Test
    void continuationFrames() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            client.awaitSettings();
            byte[] head = frame(1, 0, 1, new byte[0]);
            byte[] frame = frame(9, 0, 1, new byte[0]);
            assertCut(
                    () -> {
                        client.sendRaw(head);
                        client.sendRaw(times(100, frame));
                    },
                    client,
                    "0.0"); // Netty's own limit
        }
    }

    @Test
    void rapidResets() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            assertCut(
                    () -> {
                        for (int i = 0; i < Defaults.MIN_STREAMS_TO_JUDGE + 10; i++) {
                            client.open(RawH2Client.head("POST", "/stall"), false)
                                    .reset(CANCEL);
                        }
                    },
                    client,
                    "1.0");
        }
    }

    @Test
    void malformedRequests() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            assertCut(
                    () -> {
                        for (int i = 0; i < Defaults.MAX_PROVOKED_RESETS + 10; i++) {
                            client.open(RawH2Client.head("GET", "/").authority("user@a"), true);
                        }
                    },
                    client,
                    "1.0");
        }
    }

    @Test
    void dataOnStreamsThatTheClientHasEnded() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            assertCut(
                    () -> {
                        for (int i = 0; i < 2 * Defaults.MAX_RST_PER_WINDOW + 10; i++) {
                            client.open(RawH2Client.head("GET", "/stall"), true).data(new byte[1], false);
                        }
                    },
                    client,
                    "0.0"); // Netty's own limit
        }
    }

    @Test
    void manyCancelsOfAnsweredStreamsAreNoFlood() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            for (int i = 0; i < 1_000; i++) {
                RawH2Stream cancelled = client.open(RawH2Client.head("POST", "/"), false);
                assertEquals("ok", cancelled.response().text());
                cancelled.reset(CANCEL);
                assertEquals("ok", client.get("/").text());
                assertEquals("ok", client.get("/").text());
            }
            assertTrue(client.isOpen());
        }
        assertEquals(0.0, gateway.metric("gateway_downstream_floods_total"));
    }

    @Test
    void rapidResetsOnHttp3() {
        try (RawH3Client client = RawH3Client.connect(gateway.port("https"));
                RawH3Client honest = RawH3Client.connect(gateway.port("https"))) {
            for (int i = 0; i < Defaults.MIN_STREAMS_TO_JUDGE + 50 && client.isOpen(); i++) {
                client.open(RawH3Client.head("POST", "/stall"), false).cancel(0x10c);
            }
            assertEquals(0x107, client.awaitCloseCode(), "H3_EXCESSIVE_LOAD");
            assertEquals("ok", honest.get("/").text());
        }
        Eventually.holds(
                "it is counted", () -> Double.valueOf(1).equals(gateway.metric("gateway_downstream_floods_total")));
    }
}
