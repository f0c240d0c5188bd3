package dev.sluice.verticle;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH3Client;
import dev.sluice.testkit.RawH3Stream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A draining connection's last answer and last GOAWAY reach a slow client, and over a bad network. */
final class LastWordsTest {

    private static final long H3_NO_ERROR = 0x100;
    private static final long H3_REQUEST_REJECTED = 0x10b;
    private static final long H3_EVERY_STREAM = (1L << 62) - 4;

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    private final Gate gate = new Gate();
    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"));
    private TestCertificates certificates;
    private TestGateway gateway;

    @BeforeEach
    void start() throws IOException {
        UpstreamServer unused = upstream.on("/slow", Scripts.after(gate, Scripts.text("slow")));
        certificates = TestCertificates.in(directory);
        Bootstrap bootstrap = new Bootstrap(
                Defaults.ADMIN_HOST,
                0,
                TestGateway.LOOPS,
                Bootstrap.Transport.AUTO,
                Duration.ZERO,
                Duration.ofSeconds(15),
                null,
                ClientTerms.UNLIMITED);
        gateway = gateways.start(
                bootstrap,
                TestConfig.everyClient(certificates.leaf("leaf", "localhost"))
                        .backend("app", Protocol.HTTP, upstream.port())
                        .route("/", "app")
                        .build(),
                Extensions.NONE);
    }

    @AfterEach
    void close() {
        upstream.close();
    }

    @Row("E8.3")
    @Test
    void writesBehindTheEndOfHttp2MeetNoReset() throws IOException {
        try (RawH2Client clear = RawH2Client.connect(gateway.port("http"));
                RawH2Client tls =
                        RawH2Client.connectTls(gateway.port("https"), certificates.clientContext(), "localhost")) {
            RawH2Stream slow = clear.open(RawH2Client.head("GET", "/slow"), true);
            assertEquals(
                    "good",
                    tls.open(RawH2Client.head("GET", "/").scheme("https"), true)
                            .response()
                            .text());
            gate.awaitReached();
            Future<Void> drained = gateway.runtime().drain();
            for (RawH2Client client : List.of(clear, tls)) {
                assertEquals(new H2Frame.GoAway(Integer.MAX_VALUE, 0, "drain"), client.awaitGoAway());
                assertEquals(1, client.awaitGoAway().lastStreamId());
            }
            writesBehindTheEnd(tls);
            gate.open();
            assertEquals("slow", slow.response().text());
            writesBehindTheEnd(clear);
            Eventually.get(drained);
        }
    }

    private static void writesBehindTheEnd(RawH2Client client) {
        client.awaitClosed();
        for (int i = 0; i < 10; i++) {
            assertDoesNotThrow(() -> client.open(RawH2Client.head("GET", "/"), true));
        }
    }

    @Test
    void theEndOfHttp3sLastAnswerIsSentAgain() {
        try (RawH3Client client = RawH3Client.connect(gateway.port("https"))) {
            RawH3Stream slow = client.open(RawH3Client.head("GET", "/slow"), true);
            gate.awaitReached();
            Future<Void> drained = gateway.runtime().drain();
            assertEquals(H3_EVERY_STREAM, client.awaitGoAway());
            assertEquals(4, client.awaitGoAway());
            client.lose(3);
            gate.open();
            assertEquals("slow", slow.response().text());
            assertEquals(0, client.toLose());
            assertEquals(H3_NO_ERROR, client.awaitCloseCode());
            assertFalse(client.hasGoAway(), "the last one names what was served");
            Eventually.get(drained);
        }
    }

    @Row("E8.3")
    @Test
    void http3RefusesWhatComesLaterUntilItCloses() {
        try (RawH3Client client = RawH3Client.connect(gateway.port("https"))) {
            assertEquals("good", client.get("/").text());
            RawH3Stream slow = client.open(RawH3Client.head("GET", "/slow"), true);
            gate.awaitReached();
            Future<Void> drained = gateway.runtime().drain();
            assertEquals(H3_EVERY_STREAM, client.awaitGoAway());
            assertEquals(8, client.awaitGoAway());
            rejected(client);
            long end = System.nanoTime();
            gate.open();
            assertEquals("slow", slow.response().text());
            rejected(client);
            assertEquals(H3_NO_ERROR, client.awaitCloseCode());
            long millis = (System.nanoTime() - end) / 1_000_000;
            assertTrue(
                    millis >= Defaults.GOAWAY_NOTICE.toMillis(),
                    millis + " ms (expected: a second for what was lost of the answer)");
            assertFalse(client.hasGoAway(), "the last one names what was served");
            Eventually.get(drained);
            assertEquals(2, upstream.received().size());
        }
    }

    private static void rejected(RawH3Client client) {
        H2Frame frame = client.newStream()
                .unvalidated()
                .headers(RawH3Client.head("GET", "/"), true)
                .next();
        assertEquals(new H2Frame.Reset(H3_REQUEST_REJECTED), frame);
    }

    @Row("E8.6")
    @Test
    void forcedHttp3AnswersAndDoesNotWait() {
        try (RawH3Client client = RawH3Client.connect(gateway.port("https"))) {
            RawH3Stream slow = client.open(RawH3Client.head("GET", "/slow"), true);
            gate.awaitReached();
            Future<Void> drained = gateway.runtime().drain();
            assertEquals(H3_EVERY_STREAM, client.awaitGoAway());
            assertEquals(4, client.awaitGoAway());
            Eventually.get(gateway.runtime().force("a test says so"));
            assertEquals(503, slow.response().status());
            int unusedCode = client.awaitCloseCode();
            Eventually.get(drained);
        }
    }

    @Test
    void anHttp3ConnectionThatComesTooLateHearsSo() {
        try (RawH3Client busy = RawH3Client.connect(gateway.port("https"))) {
            RawH3Stream slow = busy.open(RawH3Client.head("GET", "/slow"), true);
            gate.awaitReached();
            Future<Void> drained = gateway.runtime().drain();
            assertEquals(H3_EVERY_STREAM, busy.awaitGoAway());
            assertEquals(4, busy.awaitGoAway());
            try (RawH3Client late = RawH3Client.connect(gateway.port("https"))) {
                assertEquals(H3_EVERY_STREAM, late.awaitGoAway());
                assertEquals(0, late.awaitGoAway());
                assertEquals(H3_NO_ERROR, late.awaitCloseCode());
            }
            gate.open();
            assertEquals("slow", slow.response().text());
            Eventually.get(drained);
        }
    }
}
