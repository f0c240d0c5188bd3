package dev.sluice.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.ClientTerms.Body;
import dev.sluice.config.RetryTerms;
import dev.sluice.config.RuleTerms;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.Terms;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** How large a body may be, how fast it must come, and how fast a client must take its response. */
final class BodyLimitsTest {

    private static final int LIMIT = 10_000;

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    // --- size ---

    @Row(
            value = "E2.8",
            over = {"h1", "h2"})
    @Test
    void declaredLengthBeyondTheLimitIsRefusedBeforeAnUpstreamIsAsked() throws IOException {
        try (RawUpstream upstream = RawUpstream.stalling()) {
            TestGateway gateway = start(upstream.port(), maxBytes(LIMIT));
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                client.sendHead("POST / HTTP/1.1", "host: a", "content-length: " + (LIMIT + 1));
                assertRefused(client.readResponse());
                client.send(new byte[LIMIT + 1]); // the answer is read by a client that sends on
                assertEquals("", client.readToEof());

                RawH2Stream stream = h2.open(
                        RawH2Client.head("POST", "/").add("content-length", Integer.toString(LIMIT + 1)), false);
                assertEquals(413, stream.response().status());
                assertEquals(0, stream.nextReset(), "NO_ERROR");
                assertTrue(h2.isOpen());
            }
            assertEquals(0, upstream.connections());
        }
    }

    @Test
    void refusalReachesATlsClientThatSendsOn(@TempDir Path directory) throws IOException {
        try (RawUpstream upstream = RawUpstream.stalling()) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .https("https", "leaf")
                    .certificate("leaf", TestCertificates.in(directory).leaf("leaf", "localhost"))
                    .terms(maxBytes(LIMIT))
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route("/", "app")
                    .build());
            try (RawHttp1 client = RawHttp1.connectTls(gateway.port("https"), TestCertificates.trustAll(), null)) {
                client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n" + "a".repeat(5000));
                assertRefused(client.readResponse());
                assertEquals("", client.readToEof());
            }
            assertEquals(0, upstream.connections());
        }
    }

    @Row(
            value = "E2.8",
            over = {"h1-h1", "h1-h2", "h2-h2"})
    @Test
    void undeclaredLengthBeyondTheLimitCancelsTheUpstream() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .terms(maxBytes(LIMIT))
                    .backend("app", Protocol.H2C, upstream.port())
                    .route("/", "app")
                    .build());
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                client.sendHead("POST / HTTP/1.1", "host: a", "transfer-encoding: chunked");
                RawH2Stream first = upstream.take();
                client.send(Integer.toHexString(LIMIT + 1) + "\r\n").send(new byte[LIMIT + 1]);
                assertRefused(client.readResponse());
                assertCancelled(first);

                RawH2Stream stream = h2.open(RawH2Client.head("POST", "/"), false);
                RawH2Stream second = upstream.take();
                stream.data(new byte[LIMIT], false).data(new byte[1], false);
                assertEquals(413, stream.response().status());
                assertEquals(0, stream.nextReset(), "NO_ERROR");
                assertCancelled(second);
            }
        }
    }

    @Test
    void exactlyTheLimitPasses() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.echo())) {
            TestGateway gateway = start(upstream.port(), maxBytes(LIMIT));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("POST / HTTP/1.1", "host: a", "content-length: " + LIMIT)
                        .send(new byte[LIMIT]);
                assertEquals(LIMIT, client.readFinal().body().length);
                client.sendHead("POST / HTTP/1.1", "host: a", "transfer-encoding: chunked")
                        .send(Integer.toHexString(LIMIT) + "\r\n")
                        .send(new byte[LIMIT])
                        .send("\r\n0\r\n\r\n");
                assertEquals(LIMIT, client.readFinal().body().length);
            }
        }
    }

    @Test
    void aRuleMayAllowMoreOrLess() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.echo())) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .terms(maxBytes(LIMIT))
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route(TestConfig.rule("/more")
                            .terms(new RuleTerms((long) LIMIT * 10, null, false, RetryTerms.DEFAULT))
                            .to("app"))
                    .route(TestConfig.rule("/less")
                            .terms(new RuleTerms(5L, null, false, RetryTerms.DEFAULT))
                            .to("app"))
                    .route(TestConfig.rule("/any")
                            .terms(new RuleTerms(ClientTerms.UNLIMITED, null, false, RetryTerms.DEFAULT))
                            .to("app"))
                    .build());
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                assertEquals(200, post(client, "/more", LIMIT * 10).status());
                assertEquals(413, post(client, "/more", LIMIT * 10 + 1).status());
                assertEquals(200, post(client, "/less", 5).status());
                assertEquals(413, post(client, "/less", 6).status());
                assertEquals(200, post(client, "/any", LIMIT * 50).status());
            }
        }
    }

    private static H2Response post(RawH2Client client, String path, int length) throws IOException {
        return client.send(
                RawH2Client.head("POST", path).add("content-length", Integer.toString(length)), new byte[length]);
    }

    /** What comes before there is a connection is counted too. */
    @Test
    void aBodyThatIsTooLargeBeforeItIsForwarded() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .terms(maxBytes(10))
                    .backend("app", Protocol.H2C, upstream.port())
                    .route("/", "app")
                    .build());
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send(
                        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n");
                assertRefused(client.readResponse());
            }
        }
    }

    /** A gRPC stream may be silent and endless. */
    @Test
    void aGrpcStreamHasNoPace() throws Exception {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .terms(t -> rates(1_000_000, Duration.ofMillis(20))
                            .apply(maxBytes(10).apply(t)))
                    .backend("app", Protocol.H2C, upstream.port())
                    .route(TestConfig.rule("/")
                            .backendRequestTimeout(Duration.ofMillis(700))
                            .to("app"))
                    .build());
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(
                                RawH2Client.head("POST", "/")
                                        .add("content-type", "application/grpc")
                                        .add("te", "trailers"),
                                false)
                        .data(new byte[100], false);
                RawH2Stream received = upstream.take();
                received.nextHeaders();
                assertEquals(100, received.nextData().bytes().length);
                // The route's own deadline ends it; the pace would have done so long before.
                assertEquals(504, stream.response().status());
            }
        }
    }

    // --- pace ---

    @Row(value = "E2.8", over = "h1-h1")
    @Test
    void aBodyThatStopsIs408() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.stall())) {
            TestGateway gateway = start(
                    upstream.port(),
                    Terms.body(b -> new Body(
                            b.maxBytes(),
                            Duration.ofMillis(300),
                            0,
                            b.minResponseRate(),
                            b.rateGrace(),
                            b.drainTimeout(),
                            b.drainBytes())));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("POST / HTTP/1.1", "host: a", "content-length: 10")
                        .send("abc");
                ReceivedRequest received = upstream.take();
                RawResponse response = client.readFinal();
                assertEquals(408, response.status());
                assertEquals("close", response.header("connection"));
                assertTrue(received.awaitBroken() != null, "the upstream is cancelled");
            }
        }
    }

    @Row(
            value = "E2.8",
            over = {"h1-h1", "h2-h1"})
    @Test
    void aBodyThatTricklesIs408() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.stall())) {
            // 1 kB a second, asked for from 200 ms on: a byte every now and then is not enough, whenever it comes
            TestGateway gateway = start(upstream.port(), rates(1_000, Duration.ofMillis(200)));
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                client.sendHead("POST / HTTP/1.1", "host: a", "content-length: 1000000")
                        .send("ab");
                RawResponse response = client.readFinal();
                assertEquals(408, response.status());
                assertTrue(response.text().contains("too slowly"), response.text());

                RawH2Stream stream =
                        h2.open(RawH2Client.head("POST", "/"), false).data("ab".getBytes(UTF_8), false);
                assertEquals(408, stream.response().status());
                assertEquals(0, stream.nextReset(), "NO_ERROR");
            }
        }
    }

    /** An upstream that does not read is no fault of the client's. */
    @Test
    void aBodyThatIsHeldUpIsNotSlow() throws Exception {
        try (RawUpstream upstream = RawUpstream.stalling()) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .terms(rates(1_000_000, Duration.ofMillis(50)))
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route(TestConfig.rule("/")
                            .backendRequestTimeout(Duration.ofMillis(1500))
                            .to("app"))
                    .build());
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                int length = 25_000_000;
                client.sendHead("POST / HTTP/1.1", "host: a", "content-length: " + length);
                Thread upload = new Thread(() -> {
                    try {
                        client.send(new byte[length]);
                    } catch (IOException e) {
                        // the gateway has given up, as it should
                    }
                });
                upload.start();
                RawResponse response = client.readFinal();
                assertEquals(504, response.status(), response.text());
                client.abort();
                upload.join();
            }
        }
    }

    @Row(
            value = "E2.10",
            over = {"h1-h1", "h2-h1"})
    @Test
    void aClientThatDoesNotReadIsCutOff() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.bytes(30_000_000))) {
            // what is queued, 64 KiB, may take 64 ms at this rate
            TestGateway gateway = start(upstream.port(), rates(1_000_000, Duration.ofMillis(100)));
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.1", "host: a");
                awaitCancelled(upstream);
                h2.withholdCredit();
                RawH2Stream stream = h2.open(RawH2Client.head("GET", "/"), true);
                awaitCancelled(upstream);
                H2Response response = stream.response();
                assertEquals(2, response.resetCode(), "INTERNAL_ERROR");
                assertTrue(h2.isOpen());
            }
            Eventually.holds("both are counted", () -> Double.valueOf(2)
                    .equals(gateway.metric("gateway_downstream_aborted_responses_total")));
        }
    }

    /** HTTP/1.1 has no other way to say so. */
    private static void awaitCancelled(UpstreamServer upstream) {
        var unused = upstream.take();
        Eventually.holds("the upstream is cancelled", () -> upstream.openConnections() == 0);
    }

    private static UnaryOperator<ClientTerms> maxBytes(long limit) {
        return Terms.body(b -> new Body(
                limit,
                b.idleTimeout(),
                b.minRequestRate(),
                b.minResponseRate(),
                b.rateGrace(),
                b.drainTimeout(),
                b.drainBytes()));
    }

    private static UnaryOperator<ClientTerms> rates(int bytesPerSecond, Duration grace) {
        return Terms.body(b -> new Body(
                b.maxBytes(),
                b.idleTimeout(),
                bytesPerSecond,
                bytesPerSecond,
                grace,
                b.drainTimeout(),
                b.drainBytes()));
    }

    private TestGateway start(int upstream, UnaryOperator<ClientTerms> terms) {
        return gateways.start(TestConfig.create()
                .http("http")
                .terms(terms)
                .backend("app", Protocol.HTTP, upstream)
                .route("/", "app")
                .build());
    }

    private static void assertRefused(RawResponse response) {
        assertEquals(413, response.status());
        assertEquals("close", response.header("connection"));
        assertTrue(String.valueOf(response.header("proxy-status")).contains("http_request_error"));
        assertNull(response.header("retry-after"));
    }

    private static void assertCancelled(RawH2Stream stream) {
        var frame = stream.next();
        while (!(frame instanceof dev.sluice.testkit.H2Frame.Reset reset)) {
            frame = stream.next();
        }
        assertEquals(8, reset.code(), "CANCEL");
    }
}
