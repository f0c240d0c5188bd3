package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.bus.Message.LoopReport;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.Defaults;
import dev.sluice.config.UpstreamTerms.Outliers;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH3Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** One address whose connections, spread over the loops, together send too much. */
final class AddressFloodTest {

    private static final long ENHANCE_YOUR_CALM = 11;
    private static final byte CANCEL = 8;

    /** POST / at localhost, by HPACK's static table. */
    private static final byte[] HEAD = {
        (byte) 0x83, (byte) 0x86, (byte) 0x84, 0x41, 9, 'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't'
    };

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("ok"));

    @AfterEach
    void closeUpstream() {
        upstream.close();
    }

    private TestGateway start(String... trustedProxies) throws IOException {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost", "127.0.0.1");
        return gateways.start(TestConfig.create()
                .http("http")
                .certificate("web", leaf)
                .https("https", "web")
                .http3(Http3.REQUIRED)
                .trustedProxies(trustedProxies)
                .backend("app", Protocol.HTTP, upstream.port())
                .route("/", "app")
                .build());
    }

    /** Opens so many streams and resets each at once. */
    private static byte[] openedAndReset(int streams) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        for (int id = 1; id < 2 * streams; id += 2) {
            frames.writeBytes(frame(1, 4, id, HEAD));
            frames.writeBytes(frame(3, 0, id, new byte[] {0, 0, 0, CANCEL}));
        }
        return frames.toByteArray();
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putShort((short) 0)
                .put((byte) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    private static JsonArray penalised(TestGateway gateway) {
        return new JsonObject(gateway.admin("/connections").text()).getJsonArray("penalised");
    }

    private static void awaitPenalty(TestGateway gateway) {
        Eventually.holds(
                "a penalty", () -> Double.valueOf(1).equals(gateway.metric("gateway_downstream_penalised_addresses")));
    }

    @Test
    void connectionsBelowTheirLimitsAndTogetherBeyondThatOfTheirAddress() throws IOException {
        TestGateway gateway = start();
        int each = Defaults.MIN_STREAMS_TO_JUDGE - 1;
        byte[] flood = openedAndReset(each);
        List<RawH2Client> flooders = new ArrayList<>();
        try (RawH2Client honest = RawH2Client.connect(gateway.port("http"));
                RawH2Client other = RawH2Client.connectFrom("127.0.0.2", gateway.port("http"))) {
            assertEquals("ok", honest.get("/").text());
            assertEquals("ok", other.get("/").text());
            for (int sent = 0; sent <= Defaults.MAX_CLIENT_RESETS; sent += each) {
                RawH2Client flooder = RawH2Client.connect(gateway.port("http"));
                flooders.add(flooder);
                flooder.sendRaw(flood);
                assertTrue(flooder.isOpen(), "below its own limit");
            }
            awaitPenalty(gateway);
            assertEquals(new JsonArray().add("127.0.0.1"), penalised(gateway));

            try (RawH2Client again = RawH2Client.connect(gateway.port("http"))) {
                assertEquals(ENHANCE_YOUR_CALM, again.awaitGoAway().code());
                again.awaitClosed();
            }
            try (RawH3Client again = RawH3Client.connect(gateway.port("https"))) {
                assertEquals(0x107, again.awaitCloseCode(), "H3_EXCESSIVE_LOAD");
            }
            RawH2Client flooder = flooders.get(0);
            flooder.sendRaw(frame(1, 4, 2 * each + 1, HEAD));
            flooder.sendRaw(frame(3, 0, 2 * each + 1, new byte[] {0, 0, 0, CANCEL}));
            assertEquals(ENHANCE_YOUR_CALM, flooder.awaitGoAway().code(), "it goes on");

            assertEquals("ok", honest.get("/").text(), "it was open and has reset nothing");
            try (RawHttp1 client = RawHttp1.connect(gateway.port("http"))) {
                assertEquals("ok", client.get("/").text(), "HTTP/1.1 stays open to the others of the address");
            }
            assertEquals("ok", other.get("/").text());
            try (RawH2Client newOther = RawH2Client.connectFrom("127.0.0.2", gateway.port("http"))) {
                assertEquals("ok", newOther.get("/").text());
            }
        } finally {
            for (RawH2Client flooder : flooders) {
                flooder.close();
            }
        }
        Eventually.holds("cut connections are counted", () -> Double.valueOf(3)
                .equals(gateway.metric("gateway_downstream_floods_total{kind=\"address\"}")));
        gateway.awaitIdle();
    }

    @Test
    void anHttp3ConnectionThatWasOpenEndsWithItsNextReset() throws IOException {
        TestGateway gateway = start();
        try (RawH3Client client = RawH3Client.connect(gateway.port("https"))) {
            assertEquals("ok", client.get("/").text());
            cut(gateway, Defaults.MAX_CLIENT_CUTS + 1);
            awaitPenalty(gateway);
            assertEquals("ok", client.get("/").text());
            client.open(RawH3Client.head("POST", "/"), false).cancel(0x10c);
            assertEquals(0x107, client.awaitCloseCode(), "H3_EXCESSIVE_LOAD");
        }
    }

    @Test
    void connectionsThatAreCutAgainAndAgain() throws IOException {
        TestGateway gateway = start();
        cut(gateway, Defaults.MAX_CLIENT_CUTS + 1);
        awaitPenalty(gateway);
        try (RawH2Client again = RawH2Client.connect(gateway.port("http"))) {
            assertEquals(ENHANCE_YOUR_CALM, again.awaitGoAway().code());
        }
    }

    @Test
    void aTrustedProxyIsManyClients() throws IOException {
        TestGateway gateway = start("127.0.0.1");
        cut(gateway, Defaults.MAX_CLIENT_CUTS + 1);
        try (RawH2Client other = RawH2Client.connectFrom("127.0.0.2", gateway.port("http"))) {
            assertEquals("ok", other.get("/").text());
        }
        cutFrom(gateway, "127.0.0.2", Defaults.MAX_CLIENT_CUTS + 1);
        awaitPenalty(gateway);
        assertEquals(new JsonArray().add("127.0.0.2"), penalised(gateway), "the proxy's were reported before");
        try (RawH2Client again = RawH2Client.connect(gateway.port("http"))) {
            assertEquals("ok", again.get("/").text());
        }
    }

    private static void cut(TestGateway gateway, int connections) throws IOException {
        cutFrom(gateway, "127.0.0.1", connections);
    }

    /** Floods with SETTINGS. */
    private static void cutFrom(TestGateway gateway, String address, int connections) throws IOException {
        ByteBuffer flood = ByteBuffer.allocate((Defaults.MAX_SETTINGS + 1) * 9);
        while (flood.hasRemaining()) {
            flood.put(frame(4, 0, 0, new byte[0]));
        }
        for (int i = 0; i < connections; i++) {
            try (RawH2Client client = RawH2Client.connectFrom(address, gateway.port("http"))) {
                client.sendRaw(flood.array());
                assertEquals(ENHANCE_YOUR_CALM, client.awaitGoAway().code());
            }
        }
    }

    /** Endpoints that fail are reported at once, clients by the second: else what is little in a moment would not count. */
    @Test
    void failingEndpointsDoNotInterruptTheAccount() throws IOException {
        upstream.otherwise(Scripts.respond(503, Map.of(), "bad"));
        TestGateway gateway = gateways.start(
                TestGateway.bootstrap(1),
                TestConfig.create()
                        .http("http")
                        .backend("app", Protocol.HTTP, upstream.port())
                        .upstreamTerms(
                                "app",
                                UpstreamChange.outliers(o -> new Outliers(
                                        0,
                                        1,
                                        0,
                                        100,
                                        o.interval(),
                                        o.baseEjection(),
                                        o.maxEjection(),
                                        o.maxEjectionPercent())))
                        .route("/", "app")
                        .build(),
                Extensions.NONE);
        List<LoopReport> reports = new CopyOnWriteArrayList<>();
        Eventually.get(gateway.vertx()
                .eventBus()
                .<LoopReport>localConsumer("sluice.LoopReport", message -> reports.add(message.body()))
                .completion());
        int rounds = 20;
        long begun = System.nanoTime();
        for (int i = 0; i < rounds; i++) {
            int before = reports.size();
            try (RawH2Client flooder = RawH2Client.connect(gateway.port());
                    RawHttp1 client = RawHttp1.connect(gateway.port())) {
                flooder.sendRaw(openedAndReset(2 * Defaults.MIN_REPORTED_RESETS));
                assertEquals(503, client.get("/").status());
                Eventually.holds("a report of the endpoint", () -> reports.size() > before);
            }
        }
        long seconds = Duration.ofNanos(System.nanoTime() - begun).toSeconds() + 1;
        long ofClients =
                reports.stream().filter(report -> !report.clients().isEmpty()).count();
        assertTrue(ofClients <= seconds, ofClients + " in " + seconds + " s");
        Eventually.holds("the clients' own report", () -> reports.stream()
                .anyMatch(report -> !report.clients().isEmpty()));
    }
}
