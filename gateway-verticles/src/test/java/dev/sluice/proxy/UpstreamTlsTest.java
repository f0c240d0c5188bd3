package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.BackendTls;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.GatewayConfig;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestCertificates.Leaf;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Whom the gateway trusts among TLS upstreams, what it shows them, and that new files count without a restart. */
final class UpstreamTlsTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    private TestCertificates authority;

    @BeforeEach
    void makeAuthority() throws IOException {
        authority = TestCertificates.in(Files.createDirectory(directory.resolve("authority")));
    }

    private TestGateway start(GatewayConfig config) {
        return gateways.start(TestGateway.bootstrap(1), config, Extensions.NONE);
    }

    private static GatewayConfig config(int port, BackendTls tls, String... furtherPaths) {
        TestConfig config = TestConfig.create()
                .http("http")
                .backend(new Backend(
                        TestConfig.key("app"), Protocol.HTTPS, List.of(new EndpointAddress("127.0.0.1", port)), tls))
                .route("/", "app");
        for (String path : furtherPaths) {
            var unused = config.route(path, "app");
        }
        return config.build();
    }

    private BackendTls trusting(String sni, String... subjectAltNames) {
        return new BackendTls(sni, authority.caFile(), null, null, false, List.of(subjectAltNames));
    }

    private static RawResponse get(TestGateway gateway) {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            return client.get("/");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theNameThatIsAskedForIsVerified() throws IOException {
        Leaf leaf = authority.leaf("server", "app.example");
        try (UpstreamServer upstream = UpstreamServer.https(leaf, Scripts.text("good"))) {
            assertEquals(
                    "good",
                    get(start(config(upstream.port(), trusting("app.example")))).text());
            RawResponse other = get(start(config(upstream.port(), trusting("other.example"))));
            assertEquals(502, other.status());
            assertTrue(other.text().contains("tls_certificate_error"), other.text());
        }
    }

    @Test
    void otherNamesMayBeAcceptedInItsPlace() throws IOException {
        Leaf leaf = authority.leaf("server", "*.pods.example", "app.example");
        try (UpstreamServer upstream = UpstreamServer.https(leaf, Scripts.text("good"))) {
            for (String name : List.of("APP.example", "one.pods.example")) {
                assertEquals(
                        "good",
                        get(start(config(upstream.port(), trusting("sni.example", "none.example", name))))
                                .text());
            }
            RawResponse other = get(start(config(upstream.port(), trusting("app.example", "two.one.pods.example"))));
            assertEquals(502, other.status(), "the name that is sent does not count then");
            assertTrue(other.text().contains("tls_certificate_error"), other.text());
        }
        TestCertificates strangers = TestCertificates.in(Files.createDirectory(directory.resolve("strangers")));
        Leaf stranger = strangers.leaf("server", "app.example");
        try (UpstreamServer upstream = UpstreamServer.https(stranger, Scripts.text("good"))) {
            RawResponse untrusted = get(start(config(upstream.port(), trusting("app.example", "app.example"))));
            assertEquals(502, untrusted.status(), "the authority does");
        }
    }

    @Test
    void filesThatChangeCountForNewConnections() throws IOException {
        Leaf server = authority.leaf("server", "app.example");
        Leaf first = authority.leaf("first", "first.example");
        Leaf second = authority.leaf("second", "second.example");
        Path cert = Files.copy(first.certFile(), directory.resolve("client.pem"));
        Path key = Files.copy(first.keyFile(), directory.resolve("client.key"));
        BackendTls tls = new BackendTls("app.example", authority.caFile(), cert, key, false);
        @Nullable HttpServer upstream = null;
        try {
            TestGateway helper = start(TestConfig.forwarding(Protocol.HTTP, 9));
            upstream = helper.vertx()
                    .createHttpServer(new HttpServerOptions()
                            .setHost("127.0.0.1")
                            .setPort(0)
                            .setSsl(true)
                            .setClientAuth(ClientAuth.REQUIRED)
                            .setTrustOptions(new PemTrustOptions()
                                    .addCertPath(authority.caFile().toString()))
                            .setKeyCertOptions(new PemKeyCertOptions()
                                    .addCertPath(server.certFile().toString())
                                    .addKeyPath(server.keyFile().toString())))
                    .requestHandler(UpstreamTlsTest::sayWhoAsks);
            int port = Eventually.get(upstream.listen()).actualPort();
            TestGateway gateway = start(config(port, tls));
            assertEquals(serial(first), get(gateway).text());

            Files.copy(second.certFile(), cert, StandardCopyOption.REPLACE_EXISTING);
            Files.copy(second.keyFile(), key, StandardCopyOption.REPLACE_EXISTING);
            gateway.reload(config(port, tls, "/new")); // as the file source offers it when a file has changed
            Eventually.holds(
                    "new connections show the new certificate",
                    () -> get(gateway).text().equals(serial(second)));
        } finally {
            if (upstream != null) {
                Eventually.get(upstream.close());
            }
        }
    }

    /** Closes after each, so that the next request has a connection of its own. */
    private static void sayWhoAsks(HttpServerRequest request) {
        try {
            X509Certificate shown =
                    (X509Certificate) request.connection().sslSession().getPeerCertificates()[0];
            var unused = request.response()
                    .putHeader("connection", "close")
                    .end(shown.getSerialNumber().toString());
        } catch (SSLPeerUnverifiedException e) {
            var unused = request.response().setStatusCode(403).end();
        }
    }

    private static String serial(Leaf leaf) {
        return leaf.certificate().getSerialNumber().toString();
    }
}
