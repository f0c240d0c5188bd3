package dev.sluice.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.Defaults;
import dev.sluice.config.GatewayConfig;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH3Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Which certificate a client is shown, and how certificates change under way. */
final class TlsListenerTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("hello"));

    @AfterEach
    void close() {
        upstream.close();
    }

    @Test
    void showsTheCertificateThatTheNameAsksFor() throws Exception {
        TestCertificates.Leaf fallback = certificates().leaf("default", "default.example");
        TestCertificates.Leaf exact = certificates().leaf("exact", "www.example.com");
        TestCertificates.Leaf wildcard = certificates().leaf("wildcard", "*.example.com");
        TestGateway gateway = gateways.start(TestConfig.create()
                .https("https", "default", "exact", "wildcard")
                .certificate("default", fallback)
                .certificate("exact", exact)
                .certificate("wildcard", wildcard)
                .backend("app", Protocol.HTTP, upstream.port())
                .route("/", "app")
                .build());
        int port = gateway.port("https");
        assertEquals(exact.certificate(), shown(port, "www.example.com"));
        assertEquals(wildcard.certificate(), shown(port, "other.example.com"));
        assertEquals(fallback.certificate(), shown(port, "unknown.test"));
        assertEquals(fallback.certificate(), shown(port, null));
    }

    @Test
    void servesBothProtocolsByAlpn() throws Exception {
        TestGateway gateway = gateways.start(tls(certificates().leaf("leaf", "localhost"), Http3.OFF));
        int port = gateway.port("https");
        try (RawHttp1 http1 = RawHttp1.connectTls(port, TestCertificates.trustAll(), "localhost")) {
            assertEquals("hello", http1.get("/").text());
        }
        try (RawH2Client http2 = RawH2Client.connectTls(port, TestCertificates.trustAll(), "localhost")) {
            assertEquals(
                    "hello",
                    http2.open(RawH2Client.head("GET", "/").scheme("https"), true)
                            .response()
                            .text());
            assertNull(
                    http2.open(RawH2Client.head("GET", "/").scheme("https"), true)
                            .response()
                            .header("alt-svc"),
                    "HTTP/3 is off");
        }
    }

    @Test
    void renewsCertificatesWhileConnectionsGoOn() throws Exception {
        TestCertificates.Leaf before = certificates().leaf("before", "localhost");
        TestCertificates.Leaf after = certificates().leaf("after", "localhost");
        Path cert = directory.resolve("live.crt");
        Path key = directory.resolve("live.key");
        install(before, cert, key);
        TestCertificates.Leaf live = new TestCertificates.Leaf(cert, key, before.certificate());
        GatewayConfig config = tls(live, Http3.OFF);
        TestGateway gateway = gateways.start(config);
        int port = gateway.port("https");
        try (RawHttp1 open = RawHttp1.connectTls(port, TestCertificates.trustAll(), "localhost")) {
            assertEquals("hello", open.get("/").text());
            install(after, cert, key);
            gateway.reload(new GatewayConfig(
                    config.gateways(),
                    config.routes(),
                    config.backends(),
                    config.certificates(),
                    config.clientPolicies(),
                    "the digest covers the files' bytes"));
            Eventually.holds(
                    "the new certificate is shown", () -> after.certificate().equals(shown(port, "localhost")));
            assertEquals("hello", open.get("/").text(), "the old connection goes on");
        }
        assertNotEquals(before.certificate(), after.certificate());
    }

    @Test
    void keepsTheOldCertificateWhenTheNewOneIsBroken() throws Exception {
        TestCertificates.Leaf before = certificates().leaf("before", "localhost");
        Path cert = directory.resolve("live.crt");
        Path key = directory.resolve("live.key");
        install(before, cert, key);
        GatewayConfig config = tls(new TestCertificates.Leaf(cert, key, before.certificate()), Http3.OFF);
        TestGateway gateway = gateways.start(config);
        Files.writeString(cert, "not a certificate");
        gateway.reload(new GatewayConfig(
                config.gateways(),
                config.routes(),
                config.backends(),
                config.certificates(),
                config.clientPolicies(),
                "another digest"));
        Eventually.holds("the reload was seen", () -> Double.valueOf(2)
                .equals(gateway.metric("gateway_config_reloads_total{result=\"accepted\"}")));
        assertEquals(before.certificate(), shown(gateway.port("https"), "localhost"));
    }

    @Test
    void quicGivesUpLaterThanTheGateway() throws Exception {
        TestGateway gateway = gateways.start(tls(certificates().leaf("leaf", "localhost"), Http3.REQUIRED));
        try (RawH3Client client = RawH3Client.connect(gateway.port("https"))) {
            assertEquals("hello", client.get("/").text());
            assertEquals(Defaults.QUIC_IDLE, client.peerIdleTimeout());
            assertTrue(Defaults.QUIC_IDLE.compareTo(Defaults.STREAM_IDLE) > 0);
        }
    }

    @Test
    void advertisesHttp3OnlyWhereItIsServed() throws Exception {
        TestGateway gateway = gateways.start(tls(certificates().leaf("leaf", "localhost"), Http3.REQUIRED));
        int port = gateway.port("https");
        assertTrue(gateway.socket("gw/https").protocols().contains("HTTP/3"));
        try (RawH2Client client = RawH2Client.connectTls(port, TestCertificates.trustAll(), "localhost")) {
            assertEquals(
                    "h3=\":" + port + "\"; ma=86400",
                    client.open(RawH2Client.head("GET", "/").scheme("https"), true)
                            .response()
                            .header("alt-svc"));
        }
    }

    private TestCertificates certificates() throws IOException {
        return TestCertificates.in(Files.createTempDirectory(directory, "ca"));
    }

    private GatewayConfig tls(TestCertificates.Leaf leaf, Http3 http3) {
        return TestConfig.create()
                .https("https", "leaf")
                .certificate("leaf", leaf)
                .http3(http3)
                .backend("app", Protocol.HTTP, upstream.port())
                .route("/", "app")
                .build();
    }

    private static void install(TestCertificates.Leaf leaf, Path cert, Path key) throws IOException {
        Files.copy(leaf.certFile(), cert, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(leaf.keyFile(), key, StandardCopyOption.REPLACE_EXISTING);
    }

    private static X509Certificate shown(int port, @Nullable String sni) {
        try (RawHttp1 client = RawHttp1.connectTls(port, TestCertificates.trustAll(), sni)) {
            return (X509Certificate) client.tls().getSession().getPeerCertificates()[0];
        } catch (SSLPeerUnverifiedException e) {
            throw new AssertionError("no certificate was shown", e);
        } catch (IOException e) {
            throw new AssertionError("no handshake for " + sni, e);
        }
    }
}
