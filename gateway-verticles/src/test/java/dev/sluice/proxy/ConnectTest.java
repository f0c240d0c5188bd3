package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.RetryTerms;
import dev.sluice.config.RuleTerms;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Retries;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** CONNECT (RFC 9110 section 9.3.6): refused, or a tunnel to the route's backend. */
final class ConnectTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private static RawUpstream reversing() throws IOException {
        return RawUpstream.conversing(connection -> {
            connection.send("hi ");
            String word = new String(connection.read(5), StandardCharsets.US_ASCII);
            connection.send(new StringBuilder(word).reverse().toString());
            var unused = connection.readToEof();
        });
    }

    private static GatewayConfig config(RawUpstream upstream, boolean connect) {
        return TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, upstream.port())
                .route(TestConfig.rule("/").to("app").terms(new RuleTerms(null, null, connect, RetryTerms.DEFAULT)))
                .build();
    }

    private static Http2Headers connect() {
        return new DefaultHttp2Headers(false).method("CONNECT").authority("db.internal:5432");
    }

    @Test
    @Row(
            value = {"E4.18"},
            over = {"h1", "h2"})
    void isRefusedUnlessTheRouteAllowsIt() throws IOException {
        try (RawUpstream upstream = reversing()) {
            TestGateway gateway = gateways.start(config(upstream, false));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("CONNECT db.internal:5432 HTTP/1.1\r\nhost: db.internal:5432\r\n\r\n");
                assertEquals(405, client.readResponse().status());
                client.awaitClosed();
            }
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                assertEquals(405, client.open(connect(), false).response().status());
            }
            assertEquals(0, upstream.connections());
        }
    }

    @Test
    void isATunnelToTheBackendOnHttp11() throws IOException {
        try (RawUpstream upstream = reversing()) {
            TestGateway gateway = gateways.start(config(upstream, true));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("CONNECT db.internal:5432 HTTP/1.1\r\nhost: db.internal:5432\r\n\r\nhel");
                String head = client.readHead();
                assertEquals("HTTP/1.1 200 OK", head.split("\n", 2)[0]);
                assertEquals("hi ", client.readSome(3));
                client.send("lo");
                assertEquals("olleh", client.readSome(5));
                client.shutdownOutput();
                assertEquals("", client.readToEof());
            }
            gateway.awaitIdle();
        }
    }

    @Test
    void isATunnelToTheBackendOnHttp2() throws IOException {
        try (RawUpstream upstream = reversing()) {
            TestGateway gateway = gateways.start(config(upstream, true));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(connect(), false);
                H2Frame.Headers head = stream.nextHeaders();
                assertEquals(200, head.status());
                assertEquals("hi ", stream.nextData().text());
                stream.data("hello".getBytes(StandardCharsets.US_ASCII), false);
                assertEquals("olleh", stream.nextData().text());
                stream.data(new byte[0], true);
                assertEquals(true, stream.nextData().endStream());
                Eventually.holds(
                        "no tunnel is left", () -> Double.valueOf(0).equals(gateway.metric("gateway_upgraded_active")));
            }
        }
    }

    /** Each timeout of a try is over when the tunnel is there; another request, begun later, tells when it would have passed. */
    @Test
    void noTimeoutOfATryEndsATunnel() throws IOException {
        Duration timeout = Duration.ofMillis(150);
        try (RawUpstream upstream = reversing();
                RawUpstream silent = RawUpstream.stalling()) {
            RuleTerms connects = new RuleTerms(null, null, true, Retries.perTry(timeout));
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.HTTP, upstream.port())
                    .backend("silent", Protocol.HTTP, silent.port())
                    .route(TestConfig.rule("/")
                            .terms(connects)
                            .backendRequestTimeout(timeout)
                            .to("app"))
                    .route(TestConfig.rule("/silent")
                            .retry(Retries.ONCE)
                            .backendRequestTimeout(timeout)
                            .to("silent"))
                    .build());
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawHttp1 other = RawHttp1.connect(gateway.port())) {
                client.send("CONNECT db.internal:5432 HTTP/1.1\r\nhost: db.internal:5432\r\n\r\n");
                assertEquals("HTTP/1.1 200 OK", client.readHead().split("\n", 2)[0]);
                assertEquals("hi ", client.readSome(3));
                assertEquals(504, other.get("/silent").status());
                client.send("hello");
                assertEquals("olleh", client.readSome(5));
            }
        }
    }
}
