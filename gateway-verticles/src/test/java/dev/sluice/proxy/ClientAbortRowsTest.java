package dev.sluice.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.GatewayConfig;
import dev.sluice.testkit.BlackHole;
import dev.sluice.testkit.Call;
import dev.sluice.testkit.Call.Outcome;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What an upstream sees of a client that goes away or breaks off; the extension looks that nothing stays behind. */
final class ClientAbortRowsTest {

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    enum Leaving {
        H1_FIN(Call.Protocol.H1, -1),
        H1_RST(Call.Protocol.H1, 0),
        H2_NO_ERROR(Call.Protocol.H2, 0),
        H2_INTERNAL_ERROR(Call.Protocol.H2, 2),
        H2_CANCEL(Call.Protocol.H2, 8),
        H2_FIN(Call.Protocol.H2, -1),
        H3_NO_ERROR(Call.Protocol.H3, 0x100),
        H3_REQUEST_CANCELLED(Call.Protocol.H3, 0x10c),
        H3_CLOSE(Call.Protocol.H3, -1);

        private final Call.Protocol client;
        private final int code;

        Leaving(Call.Protocol client, int code) {
            this.client = client;
            this.code = code;
        }

        void leave(Call call) throws IOException {
            if (code < 0) {
                call.close();
            } else {
                call.reset(code);
            }
        }
    }

    /**
     * Open, and left out: upstreams of HTTP/3, to which Vert.x sends no STOP_SENDING once the request is sent, and
     * STOP_SENDING by clients, of which it does not tell.
     */
    static Stream<Arguments> cases() {
        return Stream.of(Leaving.values())
                .filter(leaving -> leaving.client != Call.Protocol.H3 || leaving == Leaving.H3_CLOSE)
                .flatMap(leaving ->
                        Stream.of(SeenUpstream.Kind.H1, SeenUpstream.Kind.H2).map(kind -> Arguments.of(leaving, kind)));
    }

    static Stream<Arguments> pairs() {
        return Stream.of(Call.Protocol.values())
                .flatMap(client -> Stream.of(SeenUpstream.Kind.values()).map(kind -> Arguments.of(client, kind)));
    }

    private GatewayConfig forwarding(SeenUpstream upstream) {
        return TestConfig.forwarding(LEAF, upstream.kind().protocol(), upstream.port());
    }

    private static ClientTerms with(ClientTerms terms, ClientTerms.Body body) {
        return new ClientTerms(
                terms.trustedProxies(),
                terms.http3(),
                terms.head(),
                body,
                terms.connections(),
                terms.upgrades(),
                terms.proxyProtocol(),
                terms.overload(),
                terms.serverTiming(),
                terms.grpc());
    }

    @Row(
            value = {"E2.1", "E2.2", "E2.3", "E2.4"},
            over = {"*-h1", "*-h2"})
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("cases")
    void goesAway(Leaving leaving, SeenUpstream.Kind kind) throws IOException {
        try (SeenUpstream upstream = SeenUpstream.start(kind, LEAF)) {
            TestGateway gateway = gateways.start(forwarding(upstream));
            try (Call before = Call.get(leaving.client, gateway, "/before")) {
                SeenUpstream.Request request = upstream.take();
                leaving.leave(before);
                request.awaitCancelled();
            }
            gateway.awaitIdle();
            try (Call streaming = Call.get(leaving.client, gateway, "/streaming")) {
                SeenUpstream.Request request = upstream.take();
                request.beginResponse();
                assertEquals(200, streaming.awaitHead());
                leaving.leave(streaming);
                request.awaitCancelled();
            }
            gateway.awaitIdle();
            try (Call upload = Call.open(leaving.client, gateway, "POST", "/upload", false)) {
                upload.data("some");
                SeenUpstream.Request request = upstream.take();
                request.awaitBody("some");
                leaving.leave(upload);
                request.awaitCancelled();
                assertFalse(request.ended(), "a broken body never looks complete");
            }
            gateway.awaitIdle();
            try (Call next = Call.get(leaving.client, gateway, "/next")) {
                upstream.take().answer("good");
                Endings.assertGood(next.outcome());
            }
        }
    }

    @Row(
            value = {"E2.1", "E2.2", "E2.3"},
            over = {"*-h1", "*-h2"})
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("cases")
    void goesAwayWhileTheConnectionIsOpened(Leaving leaving, SeenUpstream.Kind kind) throws IOException {
        try (BlackHole hole = new BlackHole()) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(LEAF, kind.protocol(), hole.port()));
            try (Call call = Call.get(leaving.client, gateway, "/")) {
                Eventually.holds("it waits", () -> Double.valueOf(1)
                        .equals(gateway.metric("gateway_upstream_requests_pending")));
                leaving.leave(call);
                long left = System.nanoTime();
                gateway.awaitIdle();
                assertTrue(System.nanoTime() - left < 3_000_000_000L, "does not wait for the connect");
            }
        }
    }

    @Row(value = "E2.5", over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void endsItsRequestAndReadsOn(Call.Protocol client, SeenUpstream.Kind kind) throws IOException {
        try (SeenUpstream upstream = SeenUpstream.start(kind, LEAF)) {
            TestGateway gateway = gateways.start(forwarding(upstream));
            try (Call call = Call.open(client, gateway, "POST", "/", false)) {
                call.data("some");
                SeenUpstream.Request request = upstream.take();
                request.awaitBody("some");
                assertFalse(request.ended());
                call.end(Map.of());
                request.awaitEnd();
                request.answer("good");
                Endings.assertGood(call.outcome());
            }
        }
    }

    @Row(
            value = "E2.6",
            over = {"h2-h1", "h2-h2", "h2-h3"})
    @ParameterizedTest
    @EnumSource(SeenUpstream.Kind.class)
    void goAwayOfTheClient(SeenUpstream.Kind kind) throws IOException {
        try (SeenUpstream upstream = SeenUpstream.start(kind, LEAF)) {
            TestGateway gateway = gateways.start(forwarding(upstream));
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                RawH2Stream stream = client.open(RawH2Client.head("POST", "/"), false);
                stream.data("some".getBytes(US_ASCII), false);
                SeenUpstream.Request request = upstream.take();
                request.awaitBody("some");
                client.goAway(0, 0);
                assertTrue(client.isOpen());
                stream.data(new byte[0], true);
                request.awaitEnd();
                request.answer("good");
                assertEquals("good", stream.response().text());
            }
        }
    }

    @Row(value = "E2.8", over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void bodyThatIsTooLargeOrStops(Call.Protocol client, SeenUpstream.Kind kind) throws IOException {
        try (SeenUpstream upstream = SeenUpstream.start(kind, LEAF)) {
            TestGateway gateway = gateways.start(TestConfig.everyClient(LEAF)
                    .terms(terms -> with(
                            terms,
                            new ClientTerms.Body(
                                    10,
                                    Duration.ofMillis(500),
                                    0,
                                    0,
                                    Duration.ofSeconds(1),
                                    Duration.ofSeconds(1),
                                    1000)))
                    .backend("app", kind.protocol(), upstream.port())
                    .route("/", "app")
                    .build());
            try (Call large = Call.open(client, gateway, "POST", "/large", false)) {
                large.data("some");
                SeenUpstream.Request request = upstream.take();
                request.awaitBody("some");
                large.data("and too much");
                assertRefused(client, large.outcome(), 413);
                request.awaitCancelled();
                assertFalse(request.ended());
            }
            try (Call stalled = Call.open(client, gateway, "POST", "/stalled", false)) {
                stalled.data("some");
                SeenUpstream.Request request = upstream.take();
                request.awaitBody("some");
                assertRefused(client, stalled.outcome(), 408);
                request.awaitCancelled();
                assertFalse(request.ended());
            }
        }
    }

    private static void assertRefused(Call.Protocol client, Outcome outcome, int status) {
        Endings.assertFailed(outcome, status, "http_request_error");
        assertEquals(client == Call.Protocol.H1 ? "close" : null, outcome.header("connection"));
    }

    @Row(
            value = "E2.9",
            over = {"h1-h1", "h1-h2", "h1-h3"})
    @ParameterizedTest
    @EnumSource(SeenUpstream.Kind.class)
    void malformedChunk(SeenUpstream.Kind kind) throws IOException {
        try (SeenUpstream upstream = SeenUpstream.start(kind, LEAF)) {
            TestGateway gateway = gateways.start(forwarding(upstream));
            try (RawHttp1 client = RawHttp1.connect(gateway.port("http"))) {
                client.sendHead("POST / HTTP/1.1", "host: a", "transfer-encoding: chunked")
                        .send("4\r\nsome\r\n");
                SeenUpstream.Request request = upstream.take();
                request.awaitBody("some");
                client.send("xyz\r\n0\r\n\r\nGET /next HTTP/1.1\r\nhost: a\r\n\r\n");
                request.awaitCancelled();
                assertFalse(request.ended(), "a broken body never looks complete");
                RawResponse response = client.readFinal();
                assertEquals(400, response.status());
                assertEquals("close", response.header("connection"));
                assertEquals("", client.readToEof(), "what follows is not executed");
            }
        }
    }

    @Row(
            value = "E2.10",
            over = {"h2-h1", "h2-h2"})
    @ParameterizedTest
    @EnumSource(
            value = SeenUpstream.Kind.class,
            names = {"H1", "H2"})
    void responseThatNobodyReads(SeenUpstream.Kind kind) throws IOException {
        try (SeenUpstream upstream = SeenUpstream.start(kind, LEAF)) {
            TestGateway gateway = gateways.start(TestConfig.everyClient(LEAF)
                    .terms(terms -> with(
                            terms,
                            new ClientTerms.Body(
                                    1_000_000,
                                    Duration.ofSeconds(60),
                                    0,
                                    1_000_000_000,
                                    Duration.ofMillis(500),
                                    Duration.ofSeconds(1),
                                    1000)))
                    .backend("app", kind.protocol(), upstream.port())
                    .route("/", "app")
                    .build());
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                client.withholdCredit();
                RawH2Stream stream = client.open(RawH2Client.head("GET", "/"), true);
                SeenUpstream.Request request = upstream.take();
                request.beginResponse();
                assertEquals(200, stream.nextHeaders().status());
                request.send("a".repeat(100_000));
                request.awaitCancelled();
                H2Frame frame = stream.next();
                while (frame instanceof H2Frame.Data data) {
                    assertFalse(data.endStream());
                    frame = stream.next();
                }
                assertEquals(2, assertInstanceOf(H2Frame.Reset.class, frame).code());
            }
        }
    }
}
