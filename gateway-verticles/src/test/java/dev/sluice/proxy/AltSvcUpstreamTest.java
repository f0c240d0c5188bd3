package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.BackendTls;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestCertificates.Leaf;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Upstreams that announce HTTP/3, and those that cannot be reached by it. */
final class AltSvcUpstreamTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    private @Nullable TestCertificates authority;

    @BeforeEach
    void makeAuthority() throws IOException {
        authority = TestCertificates.in(directory);
    }

    private TestCertificates authority() {
        return Objects.requireNonNull(authority);
    }

    private TestGateway start(Protocol protocol, int port, boolean altSvc, boolean fallback) {
        Backend backend = new Backend(
                TestConfig.key("app"),
                protocol,
                List.of(new EndpointAddress("127.0.0.1", port)),
                new BackendTls("app.example", authority().caFile(), null, null, false),
                altSvc,
                fallback);
        return gateways.start(
                TestGateway.bootstrap(1),
                TestConfig.create()
                        .http("http")
                        .backend(backend)
                        .route("/", "app")
                        .build(),
                Extensions.NONE);
    }

    private static String get(TestGateway gateway) {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            return client.get("/").text();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Row("A2.10")
    @Test
    void announcedHttp3IsUsedUntilItIsRevoked() throws IOException {
        Leaf leaf = authority().leaf("server", "app.example");
        try (UpstreamServer h3 = UpstreamServer.http3(leaf, Scripts.text("h3"));
                UpstreamServer tcp = UpstreamServer.https(
                        leaf, Scripts.respond(200, Map.of("alt-svc", "h3=\":" + h3.port() + "\"; ma=60"), "tcp"))) {
            TestGateway unasked = start(Protocol.HTTPS, tcp.port(), false, false);
            for (int i = 0; i < 3; i++) {
                assertEquals("tcp", get(unasked));
            }
            assertEquals(0, h3.connections());
            TestGateway gateway = start(Protocol.HTTPS, tcp.port(), true, false);
            assertEquals("tcp", get(gateway));
            Eventually.holds("HTTP/3 is used", () -> get(gateway).equals("h3"));
            Eventually.holds("TCP is left, but for the other gateway", () -> tcp.openConnections() == 1);

            tcp.otherwise(Scripts.text("tcp again"));
            h3.otherwise(Scripts.respond(200, Map.of("alt-svc", "clear"), "h3"));
            assertEquals("h3", get(gateway), "the response that revokes it");
            for (int i = 0; i < 3; i++) {
                assertEquals("tcp again", get(gateway));
            }
        }
    }

    @Row("A2.11")
    @Test
    void announcedHttp3ThatIsNotThereCostsNothing() throws IOException {
        Leaf leaf = authority().leaf("server", "app.example");
        try (UpstreamServer tcp =
                UpstreamServer.https(leaf, Scripts.respond(200, Map.of("alt-svc", "h3=\":9\"; ma=60"), "tcp"))) {
            TestGateway gateway = start(Protocol.HTTPS, tcp.port(), true, false);
            for (int i = 0; i < 20; i++) {
                assertEquals("tcp", get(gateway));
            }
            Eventually.holds("the connect has failed", () -> Double.valueOf(0)
                    .equals(gateway.metric("gateway_upstream_connects_active")));
            assertEquals("tcp", get(gateway));
        }
    }

    @Row("A2.11")
    @Test
    void http3FallsBackToTls() throws IOException {
        Leaf leaf = authority().leaf("server", "app.example");
        try (UpstreamServer upstream = UpstreamServer.https(leaf, Scripts.text("good"))) { // nothing on UDP
            TestGateway gateway = start(Protocol.H3, upstream.port(), false, true);
            assertEquals("good", get(gateway));
            assertEquals("HTTP_2", upstream.take().version().name());
            assertEquals(1.0, gateway.metric("gateway_upstream_connects_total"));
            upstream.closeConnections();
            Eventually.holds("it is noticed", () -> Double.valueOf(0)
                    .equals(gateway.metric("gateway_upstream_connections_active")));
            assertEquals("good", get(gateway));
            assertEquals(2, upstream.connections());
        }
        try (UpstreamServer upstream = UpstreamServer.http3(leaf, Scripts.text("three"))) {
            assertEquals("three", get(start(Protocol.H3, upstream.port(), false, true)));
        }
    }
}
