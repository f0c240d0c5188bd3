package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.ClientTerms.Head;
import dev.sluice.config.GatewayConfig;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where requests begin and end on an HTTP/1.1 connection, in time, and what becomes of those around a broken one. */
final class FramingTest {

    private static final String CHUNKED = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final Duration SHORT = Duration.ofMillis(400);

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    // --- a body that cannot be read on ---

    @Test
    @Row(
            value = {"E4.10", "E2.9"},
            over = "h1-h1")
    void brokenChunkIs400AndTheBackendIsResetBeforeTheEnd() throws IOException {
        CompletableFuture<String> begun = new CompletableFuture<>();
        CompletableFuture<String> received = new CompletableFuture<>();
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
                    assertNotNull(connection.readHead());
                    String body = new String(connection.read(8), StandardCharsets.US_ASCII);
                    begun.complete(body);
                    try {
                        received.complete(body + connection.read(1)[0]);
                    } catch (IOException gone) {
                        received.complete(body);
                    }
                });
                RawHttp1 client = forwardingTo(upstream)) {
            client.send(CHUNKED + "3\r\nabc\r\n");
            assertEquals("3\r\nabc\r\n", Eventually.get(begun));
            client.send("zz\r\n" + SMUGGLED);
            RawResponse response = client.readResponse();
            assertEquals(400, response.status());
            assertEquals("close", response.header("connection"));
            assertEquals(
                    "400 http_request_error: The request has a chunk size that is no hexadecimal number\n",
                    response.text());
            assertEquals("", client.readToEof());
            assertEquals("3\r\nabc\r\n", Eventually.get(received), "and no end");
        }
    }

    @Test
    @Row(value = "E4.10", over = "h1-h1")
    void brokenChunkBehindTheResponseHeadBreaksTheResponseOff() throws IOException {
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
                    assertNotNull(connection.readHead());
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                    connection.awaitClosedByPeer();
                });
                RawHttp1 client = forwardingTo(upstream)) {
            client.send(CHUNKED + "3\r\nabc\r\n");
            assertTrue(client.readHead().startsWith("HTTP/1.1 200"));
            assertEquals("half", client.readSome(4));
            client.send("zz\r\n");
            client.awaitClosed();
        }
    }

    @Test
    @Row(value = "E4.10", over = "h1-h1")
    void brokenChunkBehindTheWholeResponseClosesTheConnection() throws IOException {
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
                    assertNotNull(connection.readHead());
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                    connection.awaitClosedByPeer();
                });
                RawHttp1 client = forwardingTo(upstream)) {
            client.send(CHUNKED + "3\r\nabc\r\n");
            assertEquals("ok", client.readResponse().text());
            client.send("zz\r\n" + SMUGGLED);
            assertEquals("", client.readToEof());
        }
    }

    // --- a broken request behind others ---

    @ParameterizedTest
    @ValueSource(strings = {"GET  /bad HTTP/1.1\r\nHost: a\r\n\r\n", CHUNKED + "zz\r\n"})
    @Row(value = "E4.24", over = "h1-h1")
    void answersBeforeARefusalComeWholeAndFirst(String broken) throws IOException {
        String large = "a".repeat(1_000_000);
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text(large));
                RawHttp1 client = forwardingTo(upstream)) {
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n" + broken + SMUGGLED);
            assertEquals(large, client.readResponse().text());
            assertEquals(large, client.readResponse().text());
            RawResponse refusal = client.readResponse();
            assertEquals(400, refusal.status());
            assertTrue(refusal.complete());
            assertEquals("", client.readToEof());
            assertTrue(upstream.received().stream()
                    .noneMatch(request -> request.target().equals("/smuggled")));
        }
    }

    @Test
    @Row(value = "E4.24", over = "h1-h1")
    void whatWaitsBehindARefusalIsNotExecuted() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("ok"));
                RawHttp1 client = forwardingTo(upstream)) {
            // The first is still being answered when the others are read; the second is refused for its Host.
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a b\r\n\r\n" + SMUGGLED + SMUGGLED);
            assertEquals(200, client.readResponse().status());
            assertEquals(400, client.readResponse().status());
            assertEquals("", client.readToEof());
            assertEquals("/1", upstream.take().target());
            assertEquals(1, upstream.received().size());
        }
    }

    // --- however it comes ---

    @Test
    @Row(value = "E4.13", over = "h1-h1")
    void aPipelineIsAnsweredTheSameHoweverItIsCut() throws IOException {
        String pipeline = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\r\n"
                + CHUNKED + "4;a=b\r\nwith\r\n7\r\n chunks\r\n0\r\nX: y\r\n\r\n"
                + "PUT /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nwith length"
                + "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n";
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.echo())) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            Random random = new Random(7);
            for (int round = 0; round < 12; round++) {
                try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                    int at = 0;
                    while (at < pipeline.length()) {
                        int size = round == 0 ? pipeline.length() : round == 1 ? 1 : 1 + random.nextInt(40);
                        int end = Math.min(pipeline.length(), at + size);
                        client.send(pipeline.substring(at, end));
                        at = end;
                    }
                    for (String body : new String[] {"", "with chunks", "with length", ""}) {
                        RawResponse response = client.readResponse();
                        assertEquals(200, response.status());
                        assertEquals(body, response.text(), "round " + round);
                    }
                    assertTrue(client.isOpen());
                }
            }
        }
    }

    @Test
    @Row(value = "E4.14", over = "h1-h1")
    void theFirstRequestOverTlsIsReadStrictly(@TempDir Path directory) throws IOException {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("a", "a.test");
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("ok"))) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .certificate("a", leaf)
                    .https("https", "a")
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route("/", "app")
                    .build());
            try (RawHttp1 client = RawHttp1.connectTls(gateway.port(), TestCertificates.trustAll(), "a.test")) {
                client.send("GET  / HTTP/1.1\r\nHost: a.test\r\n\r\n" + SMUGGLED);
                assertEquals(400, client.readResponse().status());
                client.awaitClosed();
            }
            try (RawHttp1 client = RawHttp1.connectTls(gateway.port(), TestCertificates.trustAll(), "a.test")) {
                assertEquals("ok", client.get("/").text());
            }
            assertEquals(1, upstream.received().size());
        }
    }

    @Test
    @Row(value = "E4.27", over = "h1-h1")
    void whatFollowsADeclinedUpgradeIsTheNextRequest() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("ok"));
                RawHttp1 client = forwardingTo(upstream)) {
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: foo/2\r\n\r\n"
                    + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
            assertEquals("ok", client.readFinal().text());
            assertEquals("ok", client.readFinal().text());
            assertEquals("/1", upstream.take().target());
            assertEquals("/2", upstream.take().target());
        }
    }

    // --- a head in time ---

    @ParameterizedTest
    @ValueSource(strings = {"", "PRI * HTTP/2.0\r\n", "P", "\r\n"})
    void aClientThatSendsNoRequestLineIsLeftWithoutAWord(String sent) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(idle().port())) {
            client.send(sent);
            assertEquals("", client.readToEof());
        }
    }

    /** Vert.x tells of an HTTP/2 connection when its SETTINGS have come, which this client never sends. */
    @Test
    void anHttp2PrefaceAloneIsClosed() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(idle().port())) {
            client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            client.awaitClosed();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"})
    void halfAHeadIs408(String sent) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(idle().port())) {
            client.send(sent);
            RawResponse response = client.readResponse();
            assertEquals(408, response.status());
            assertEquals("close", response.header("connection"));
            assertEquals("", client.readToEof());
        }
    }

    @Test
    void aLaterHeadHasItsTimeFromItsFirstByte() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(idle().port())) {
            assertEquals(404, client.get("/").status());
            assertTrue(client.isOpen());
            assertTrue(client.isOpen(), "longer than a head may take");
            assertEquals(404, client.get("/").status());
            client.send("GET / HT");
            assertEquals(408, client.readResponse().status());
            assertEquals("", client.readToEof());
        }
    }

    @Test
    void aBodyIsNoHead() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) {
            TestGateway gateway = gateways.start(config(upstream.port(), 8192, 65536, 100));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
                assertTrue(client.isOpen());
                assertTrue(client.isOpen());
                client.send("b");
                assertEquals("ok", client.readFinal().text());
            }
        }
    }

    // --- a listener's own limits ---

    @Test
    @Row(value = "E4.21", over = "h1-h1")
    void limitsAreTheListenersAndAReloadChangesThem() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("ok"))) {
            TestGateway gateway = gateways.start(config(upstream.port(), 8192, 65536, 100));
            try (RawHttp1 kept = RawHttp1.connect(gateway.port())) {
                assertEquals("ok", kept.get("/" + "a".repeat(200)).text());
                gateway.reload(config(upstream.port(), 100, 200, 3));
                Eventually.holds("the line's new limit", () -> status(gateway, "GET /" + "a".repeat(200), "") == 414);
                assertEquals(200, status(gateway, "GET /", "A: b\r\nC: d\r\n"));
                assertEquals(431, status(gateway, "GET /", "A: b\r\nC: d\r\nE: f\r\n"));
                assertEquals(431, status(gateway, "GET /", "A: " + "b".repeat(200) + "\r\n"));
                kept.send("GET /" + "a".repeat(200) + " HTTP/1.1\r\nHost: a\r\n\r\n");
                assertEquals(414, kept.readResponse().status());
            }
        }
    }

    private static int status(TestGateway gateway, String line, String fields) {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            return client.send(line + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n")
                    .readFinal()
                    .status();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private TestGateway idle() {
        return gateways.start(TestConfig.create()
                .http("http")
                .terms(terms -> withHead(terms, 8192, 65536, 100))
                .build());
    }

    private static GatewayConfig config(int port, int lineBytes, int headerBytes, int headerCount) {
        return TestConfig.create()
                .http("http")
                .terms(terms -> withHead(terms, lineBytes, headerBytes, headerCount))
                .backend("app", Protocol.HTTP, port)
                .route("/", "app")
                .build();
    }

    private static ClientTerms withHead(ClientTerms terms, int lineBytes, int headerBytes, int headerCount) {
        Head head = terms.head();
        return new ClientTerms(
                terms.trustedProxies(),
                terms.http3(),
                new Head(lineBytes, headerBytes, headerCount, SHORT, head.underscores(), head.path()),
                terms.body(),
                terms.connections(),
                terms.upgrades(),
                terms.proxyProtocol(),
                terms.overload(),
                terms.serverTiming(),
                terms.grpc());
    }

    private RawHttp1 forwardingTo(RawUpstream upstream) throws IOException {
        return RawHttp1.connect(gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()))
                .port());
    }

    private RawHttp1 forwardingTo(UpstreamServer upstream) throws IOException {
        return RawHttp1.connect(gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()))
                .port());
    }
}
