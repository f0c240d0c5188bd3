package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms.OverloadReply;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.Terms;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** How many connections are let in, and what becomes of the others. */
final class AcceptGateTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("hello"));

    @AfterEach
    void close() {
        upstream.close();
    }

    private TestConfig config() {
        return TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, upstream.port())
                .route("/", "app");
    }

    @Test
    void listenerLimitHoldsOverAllLoopsAndIsGivenBack() throws IOException {
        TestGateway gateway =
                gateways.start(config().terms(Terms.maxConnections(3)).build());
        try (RawHttp1 one = RawHttp1.connect(gateway.port());
                RawHttp1 two = RawHttp1.connect(gateway.port());
                RawHttp1 three = RawHttp1.connect(gateway.port())) {
            assertEquals(200, one.get("/").status());
            assertEquals(200, two.get("/").status());
            assertEquals(200, three.get("/").status());
            try (RawHttp1 four = RawHttp1.connect(gateway.port())) {
                RawResponse refused = four.get("/");
                assertEquals(503, refused.status());
                assertEquals("close", refused.header("connection"));
                assertEquals("0", refused.header("content-length"));
                assertNull(refused.header("proxy-status"));
                four.awaitClosed();
            }
            assertRefused(gateway, "listener", 1);
            one.abort();
            assertLetIn(gateway);
        }
    }

    @Test
    void fullReplySaysWhy() throws IOException {
        TestGateway gateway = gateways.start(config().terms(Terms.maxPerClient(1))
                .terms(Terms.overload(OverloadReply.FULL))
                .build());
        try (RawHttp1 one = RawHttp1.connect(gateway.port());
                RawHttp1 two = RawHttp1.connect(gateway.port())) {
            assertEquals(200, one.get("/").status());
            RawResponse refused = two.get("/");
            assertEquals(503, refused.status());
            assertEquals(
                    "sluice; error=connection_limit_reached; details=\"This address has as many connections as it may\"",
                    refused.header("proxy-status"));
            assertEquals(
                    "503 connection_limit_reached: This address has as many connections as it may\n", refused.text());
        }
        assertRefused(gateway, "client", 1);
        assertLetIn(gateway);
    }

    @Test
    void resetReplyResets() throws IOException {
        TestGateway gateway = gateways.start(config().terms(Terms.maxConnections(1))
                .terms(Terms.overload(OverloadReply.RESET))
                .build());
        try (RawHttp1 one = RawHttp1.connect(gateway.port())) {
            assertEquals(200, one.get("/").status());
            try (RawHttp1 two = RawHttp1.connect(gateway.port())) {
                assertThrows(SocketException.class, two::readToEof);
            }
        }
        assertRefused(gateway, "listener", 1);
    }

    @Test
    void processLimitSparesTheAdminApi() throws IOException {
        TestGateway gateway = gateways.start(TestGateway.bootstrap(2, 1), config().build(), Extensions.NONE);
        try (RawHttp1 one = RawHttp1.connect(gateway.port());
                RawHttp1 two = RawHttp1.connect(gateway.port())) {
            assertEquals(200, one.get("/").status());
            assertEquals(503, two.get("/").status());
            assertRefused(gateway, "process", 1);
        }
        assertLetIn(gateway);
    }

    @Test
    void http2IsToldToGoAwayAndTlsIsClosed(@TempDir Path directory) throws Exception {
        TestGateway gateway = gateways.start(config().https("https", "leaf")
                .certificate("leaf", TestCertificates.in(directory).leaf("leaf", "localhost"))
                .terms(Terms.maxConnections(1))
                .build());
        try (RawHttp1 one = RawHttp1.connect(gateway.port("http"));
                RawH2Client two = RawH2Client.connect(gateway.port("http"))) {
            assertEquals(200, one.get("/").status());
            H2Frame.GoAway goAway = two.awaitGoAway();
            assertEquals(0, goAway.lastStreamId());
            assertEquals(0, goAway.code());
            two.awaitClosed();
        }
        int tls = gateway.port("https");
        try (RawHttp1 one = RawHttp1.connectTls(tls, TestCertificates.trustAll(), "localhost")) {
            assertEquals(200, one.get("/").status());
            assertThrows(IOException.class, () -> RawHttp1.connectTls(tls, TestCertificates.trustAll(), "localhost"));
        }
    }

    @Test
    void clientsBehindAProxyAreTheHeaders() throws IOException {
        TestGateway gateway = gateways.start(config().terms(Terms.proxyProtocol("127.0.0.1/32"))
                .terms(Terms.maxPerClient(1))
                .build());
        String first = "PROXY TCP4 192.0.2.7 198.51.100.1 50000 8443\r\n";
        String second = first.replace("192.0.2.7", "192.0.2.8");
        try (RawHttp1 one = RawHttp1.connect(gateway.port());
                RawHttp1 two = RawHttp1.connect(gateway.port());
                RawHttp1 three = RawHttp1.connect(gateway.port())) {
            assertEquals(200, one.send(first).get("/").status());
            assertEquals(200, two.send(second).get("/").status());
            assertEquals(503, three.send(first).get("/").status());
            assertRefused(gateway, "client", 1);
            one.abort();
            Eventually.holds("the place is free", () -> {
                try (RawHttp1 again = RawHttp1.connect(gateway.port())) {
                    return again.send(first).get("/").status() == 200;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    @Test
    void everyEndOfAConnectionGivesItsPlaceBack(@TempDir Path directory) throws Exception {
        TestGateway gateway = gateways.start(config().https("https", "leaf")
                .certificate("leaf", TestCertificates.in(directory).leaf("leaf", "localhost"))
                .terms(Terms.maxConnections(1))
                .terms(Terms.tlsHandshake(Duration.ofSeconds(3)))
                .terms(Terms.idleTimeout(Duration.ofMillis(200)))
                .build());
        int port = gateway.port("https");
        try (RawHttp1 failing = RawHttp1.connect(port)) {
            RawHttp1 unused = failing.send("this is not TLS\r\n\r\n");
            failing.awaitClosed();
        }
        try (RawHttp1 silent = RawHttp1.connect(port)) {
            silent.awaitClosed();
        }
        try (RawHttp1 idle = admitted(port)) {
            idle.awaitClosed();
        }
        admitted(port).abort();
        admitted(port).close();
    }

    /** A place is free when the gateway has noticed the end of a connection, which its client may know before. */
    private static RawHttp1 admitted(int port) {
        AtomicReference<RawHttp1> connected = new AtomicReference<>();
        Eventually.holds("there is a place", () -> {
            try {
                RawHttp1 next = RawHttp1.connectTls(port, TestCertificates.trustAll(), "localhost");
                connected.set(next);
                return next.get("/").status() == 200;
            } catch (IOException refused) {
                return false;
            }
        });
        return Objects.requireNonNull(connected.get());
    }

    @Row("A2.14")
    @Test
    void handshakeIsBoundedFromAcceptAlsoWhenItIsTrickling(@TempDir Path directory) throws Exception {
        TestGateway gateway = gateways.start(config().https("https", "leaf")
                .certificate("leaf", TestCertificates.in(directory).leaf("leaf", "localhost"))
                .terms(Terms.tlsHandshake(Duration.ofSeconds(3)))
                .build());
        int port = gateway.port("https");
        try (RawHttp1 done = RawHttp1.connectTls(port, TestCertificates.trustAll(), "localhost");
                RawHttp1 silent = RawHttp1.connect(port)) {
            RawHttp1 unused = silent.send(new byte[] {0x16, 3, 1, 0, 100}); // the beginning of a hello
            long began = System.nanoTime();
            silent.awaitClosed();
            long millis = (System.nanoTime() - began) / 1_000_000;
            assertTrue(millis < 8_000, () -> millis + " ms");
            assertEquals(200, done.get("/").status(), "a complete handshake is not cut off");
        }
    }

    private static void assertLetIn(TestGateway gateway) {
        Eventually.holds("the place is free", () -> {
            try (RawHttp1 again = RawHttp1.connect(gateway.port())) {
                return again.get("/").status() == 200;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static void assertRefused(TestGateway gateway, String reason, double count) {
        Double shown = gateway.metric("gateway_downstream_connections_refused_total{reason=\"" + reason + "\"}");
        assertEquals(count, shown);
    }
}
