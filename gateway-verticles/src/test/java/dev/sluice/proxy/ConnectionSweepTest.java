package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH3Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.Terms;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** When client connections end, and that nothing is lost then. */
final class ConnectionSweepTest {

    private static final long H3_NO_ERROR = 0x100;
    private static final long H3_EVERY_STREAM = (1L << 62) - 4;

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("hello"));
    private final Gate gate = new Gate();

    @AfterEach
    void close() {
        upstream.close();
    }

    private int start(UnaryOperator<ClientTerms> terms) {
        UpstreamServer unused = upstream.on("/slow", Scripts.after(gate, Scripts.text("slow")));
        return gateways.start(TestConfig.create()
                        .http("http")
                        .backend("app", Protocol.HTTP, upstream.port())
                        .route("/", "app")
                        .terms(terms)
                        .build())
                .port();
    }

    @Test
    void idleHttp1ConnectionIsClosed() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(start(Terms.idleTimeout(Duration.ofMillis(300))))) {
            assertEquals(200, client.get("/").status());
            client.awaitClosed();
        }
    }

    @Test
    void idleHttp2ConnectionIsToldSo() throws IOException {
        try (RawH2Client client = RawH2Client.connect(start(Terms.idleTimeout(Duration.ofMillis(300))))) {
            assertEquals(200, client.get("/").status());
            H2Frame.GoAway goAway = client.awaitGoAway();
            assertEquals(0, goAway.code());
            client.awaitClosed();
        }
    }

    @Test
    void connectionWithARequestIsNotIdle() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(start(Terms.idleTimeout(Duration.ofMillis(200))))) {
            RawHttp1 unused = client.sendHead("GET /slow HTTP/1.1", "host: localhost");
            gate.awaitReached();
            assertTrue(client.isOpen(), "after a quarter of a second");
            gate.open();
            assertEquals("slow", client.readFinal().text());
        }
    }

    @Test
    void lastHttp1RequestIsAnsweredWithClose() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(start(Terms.maxRequests(3)))) {
            assertNull(client.get("/").header("connection"));
            assertNull(client.get("/").header("connection"));
            RawResponse last = client.get("/");
            assertEquals("close", last.header("connection"));
            assertEquals("hello", last.text());
            client.awaitClosed();
        }
    }

    @Test
    void lastHttp1RequestThatIsRefusedIsAnsweredWithCloseToo() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(start(Terms.maxRequests(1)))) {
            RawResponse last = client.sendHead("GET / HTTP/1.1", "host: localhost", "expect: miracles")
                    .readFinal();
            assertEquals(417, last.status());
            assertEquals("close", last.header("connection"));
            client.awaitClosed();
        }
    }

    @Test
    void http2ConnectionTakesStreamsUntilItsClientKnows() throws IOException {
        try (RawH2Client client = RawH2Client.connect(start(Terms.maxRequests(2)))) {
            RawH2Stream slow = client.open(RawH2Client.head("GET", "/slow"), true);
            gate.awaitReached();
            assertEquals(200, client.get("/").status());
            H2Frame.GoAway announced = client.awaitGoAway();
            assertEquals(Integer.MAX_VALUE, announced.lastStreamId());
            assertEquals(0, announced.code());
            assertEquals(200, client.get("/").status(), "one that was under way already");
            H2Frame.GoAway last = client.awaitGoAway();
            assertEquals(5, last.lastStreamId());
            assertEquals(0, last.code());
            assertTrue(client.isOpen(), "a stream is in flight");
            gate.open();
            assertEquals("slow", slow.response().text());
            client.awaitClosed();
        }
    }

    @Test
    void http3ConnectionTakesStreamsUntilItsClientKnows(@TempDir Path directory) throws IOException {
        int port = gateways.start(
                        TestConfig.everyClient(TestCertificates.in(directory).leaf("leaf", "localhost"))
                                .backend("app", Protocol.HTTP, upstream.port())
                                .route("/", "app")
                                .terms(Terms.maxRequests(1))
                                .build())
                .port("https");
        try (RawH3Client client = RawH3Client.connect(port)) {
            assertEquals("hello", client.get("/").text());
            assertEquals(H3_EVERY_STREAM, client.awaitGoAway());
            H2Response underWay = client.newStream()
                    .unvalidated()
                    .headers(RawH3Client.head("GET", "/"), true)
                    .response();
            assertEquals("hello", underWay.text());
            assertEquals(8, client.awaitGoAway());
            assertEquals(H3_NO_ERROR, client.awaitCloseCode());
            assertFalse(client.hasGoAway());
        }
    }

    @Test
    void oldHttp1ConnectionEndsWithItsNextResponse() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(start(Terms.maxAge(Duration.ofMillis(200))))) {
            RawHttp1 unused = client.sendHead("GET /slow HTTP/1.1", "host: localhost");
            gate.awaitReached();
            assertTrue(client.isOpen(), "after a quarter of a second");
            assertTrue(client.isOpen(), "after half a second");
            gate.open();
            RawResponse last = client.readFinal();
            assertEquals("slow", last.text());
            assertEquals("close", last.header("connection"));
            client.awaitClosed();
        }
    }

    @Test
    void oldIdleConnectionsEnd() throws IOException {
        int port = start(Terms.maxAge(Duration.ofMillis(200)));
        try (RawHttp1 http1 = RawHttp1.connect(port);
                RawH2Client http2 = RawH2Client.connect(port)) {
            assertEquals(200, http1.get("/").status());
            assertEquals(200, http2.get("/").status());
            assertEquals(new H2Frame.GoAway(Integer.MAX_VALUE, 0, "max_age"), http2.awaitGoAway());
            assertEquals(1, http2.awaitGoAway().lastStreamId());
            http2.awaitClosed();
            http1.awaitClosed();
        }
    }
}
