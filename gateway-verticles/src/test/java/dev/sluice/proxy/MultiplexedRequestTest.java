package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH3Client;
import dev.sluice.testkit.RawH3Stream;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.Terms;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.Http3Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a stream of HTTP/2 or HTTP/3 is refused for, by the rows of {@code correctness.md} E5, and what it costs others. */
final class MultiplexedRequestTest {

    private static final byte[] FIVE = "12345".getBytes(StandardCharsets.UTF_8);

    @TempDir
    static Path directory;

    private static UpstreamServer upstream;
    private static TestGateway gateway;

    /** Requests that the tests before have brought to the upstream. */
    private int before;

    @BeforeAll
    static void startGateway() throws IOException {
        upstream = UpstreamServer.http1(Scripts.text("ok")).on("/wrong", exchange -> exchange.onEnd(() -> {}));
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost", "127.0.0.1");
        gateway = TestGateway.start(TestConfig.create()
                .http("http")
                .certificate("web", leaf)
                .https("https", "web")
                .http3(Http3.REQUIRED)
                .terms(Terms.withoutWebSocket()) // so that extended CONNECT is not offered
                .backend("app", Protocol.HTTP, upstream.port())
                .route("/", "app")
                .build());
    }

    @BeforeEach
    void count() {
        before = upstream.received().size();
    }

    @AfterEach
    void nothingIsLeftInFlight() {
        gateway.awaitIdle();
    }

    @AfterAll
    static void close() {
        gateway.close();
        upstream.close();
    }

    private static ReceivedRequest last() {
        List<ReceivedRequest> received = upstream.received();
        return received.get(received.size() - 1);
    }

    private ReceivedRequest arrived() {
        Eventually.holds("a request comes to the upstream", () -> received() == 1);
        return last();
    }

    private int received() {
        return upstream.received().size() - before;
    }

    /** One connection of a protocol, in the same words for both. */
    private interface Client extends AutoCloseable {

        /** Sends a head of {@code name=value} lines; pseudo-headers come first. */
        Sending open(List<String> fields, boolean end) throws IOException;

        @Override
        void close() throws IOException;
    }

    private interface Sending {
        void data(byte[] bytes, boolean end) throws IOException;

        void trailers(List<String> fields, boolean end) throws IOException;

        H2Response response();
    }

    enum Version {
        H2(1) {
            @Override
            Client connect(TestGateway gateway) throws IOException {
                RawH2Client client = RawH2Client.connect(gateway.port("http"));
                return new Client() {
                    @Override
                    public Sending open(List<String> fields, boolean end) throws IOException {
                        RawH2Stream stream = client.open(section(fields), end);
                        return new Sending() {
                            @Override
                            public void data(byte[] bytes, boolean last) throws IOException {
                                stream.data(bytes, last);
                            }

                            @Override
                            public void trailers(List<String> trailers, boolean last) throws IOException {
                                stream.headers(section(trailers), last);
                            }

                            @Override
                            public H2Response response() {
                                return stream.response();
                            }
                        };
                    }

                    @Override
                    public void close() throws IOException {
                        client.close();
                    }
                };
            }

            private static Http2Headers section(List<String> fields) {
                Http2Headers headers = new DefaultHttp2Headers(false);
                fields.forEach(field -> headers.add(nameIn(field), valueIn(field)));
                return headers;
            }
        },
        H3(0x10e) {
            @Override
            Client connect(TestGateway gateway) {
                RawH3Client client = RawH3Client.connect(gateway.port("https"));
                return new Client() {
                    @Override
                    public Sending open(List<String> fields, boolean end) {
                        RawH3Stream stream = client.open(section(fields), end);
                        return new Sending() {
                            @Override
                            public void data(byte[] bytes, boolean last) {
                                stream.data(bytes, last);
                            }

                            @Override
                            public void trailers(List<String> trailers, boolean last) {
                                stream.headers(section(trailers), last);
                            }

                            @Override
                            public H2Response response() {
                                return stream.response();
                            }
                        };
                    }

                    @Override
                    public void close() {
                        client.close();
                    }
                };
            }

            private static Http3Headers section(List<String> fields) {
                Http3Headers headers = new DefaultHttp3Headers(false);
                fields.forEach(field -> headers.add(nameIn(field), valueIn(field)));
                return headers;
            }
        };

        private final long malformed;

        Version(long malformed) {
            this.malformed = malformed;
        }

        abstract Client connect(TestGateway gateway) throws IOException;

        /** The usual pseudo-headers, and these lines. */
        List<String> head(String method, String path, String... more) {
            List<String> fields = new ArrayList<>(
                    List.of(":method=" + method, ":scheme=" + scheme(), ":authority=localhost", ":path=" + path));
            fields.addAll(List.of(more));
            return fields;
        }

        String scheme() {
            return this == H2 ? "http" : "https";
        }

        private static String nameIn(String field) {
            return field.substring(0, field.indexOf('=', 1));
        }

        private static String valueIn(String field) {
            return field.substring(field.indexOf('=', 1) + 1);
        }
    }

    private void assertNothingReachedTheUpstreamBut(Client client, Version version, int requests) throws IOException {
        assertEquals(
                "ok", client.open(version.head("GET", "/good"), true).response().text(), "other streams live on");
        assertEquals(requests + 1, received(), "requests at the upstream");
    }

    static Stream<Arguments> each(String... lines) {
        return Stream.of(Version.values())
                .flatMap(version -> Stream.of(lines).map(line -> Arguments.of(version, line)));
    }

    static Stream<Arguments> malformedFields() {
        return each(
                "connection=close",
                "connection=x",
                "keep-alive=1",
                "proxy-connection=keep-alive",
                "transfer-encoding=chunked",
                "upgrade=websocket",
                "te=gzip",
                "te=trailers, deflate",
                "X-Upper=1",
                "x y=1",
                "x:y=1",
                "x\u0001=1",
                "x\u0080=1",
                "x=a\rb",
                "x=a\nb",
                "x=a\u0000b",
                "x=a\u001bb",
                "x=a\u007fb",
                "x= a",
                "x=a ",
                "x=\ta",
                "x=a\t",
                "content-length=-1",
                "content-length=+1",
                "content-length=0x1",
                "content-length=",
                "content-length=99999999999999999999",
                "host=other",
                "host=localhost:1");
    }

    @ParameterizedTest
    @MethodSource("malformedFields")
    @Row(
            value = {"E5.1", "E5.2", "E5.3"},
            over = {"h2-h1", "h3-h1"})
    void malformedFieldIsAStreamError(Version version, String field) throws IOException {
        try (Client client = version.connect(gateway)) {
            Sending sending = client.open(version.head("POST", "/", field), false);
            assertEquals(version.malformed, sending.response().resetCode());
            assertNothingReachedTheUpstreamBut(client, version, 0);
        }
    }

    /** Netty refuses some heads before there is a stream; what comes behind them is no affair of the others. */
    @ParameterizedTest
    @ValueSource(strings = {"X-Up=a", "x=a\nb", "te=gzip", "connection=close"})
    @Row(value = "E5.2", over = "h2-h1")
    void bodyBehindAMalformedHeadLeavesOtherStreamsAlone(String field) throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            RawH2Stream other = client.open(RawH2Client.head("POST", "/good"), false);
            String[] line = field.split("=", 2);
            RawH2Stream malformed = client.open(RawH2Client.head("POST", "/").add(line[0], line[1]), false);
            malformed.data(FIVE, false).data(FIVE, true);
            assertEquals(1, malformed.nextReset(), "PROTOCOL_ERROR");
            other.data(FIVE, true);
            assertEquals("ok", other.response().text());
            assertEquals(List.of(), malformed.pending(), "RFC 9113 section 5.4.2: one reset is enough");
        }
    }

    /** RFC 9113 section 5.1.2: one stream too many is that stream's affair, and safe to try again. */
    @Test
    void streamBeyondTheMostAtATimeIsRefusedAndLeavesOthersAlone() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            List<RawH2Stream> open = new ArrayList<>();
            for (int i = 0; i < Defaults.MAX_CONCURRENT_STREAMS; i++) {
                open.add(client.open(RawH2Client.head("POST", "/good"), false));
            }
            RawH2Stream refused = client.open(RawH2Client.head("POST", "/"), false);
            refused.data(FIVE, false).data(FIVE, true);
            assertEquals(7, refused.nextReset(), "REFUSED_STREAM");
            for (RawH2Stream each : open) {
                each.data(FIVE, true);
                assertEquals("ok", each.response().text());
            }
            assertEquals(
                    "ok",
                    client.open(RawH2Client.head("GET", "/"), true).response().text());
            assertEquals(List.of(), refused.pending(), "RFC 9113 section 5.4.2: one reset is enough");
        }
    }

    /** Heads apart from scheme, which stands for the connection's own. */
    static Stream<Arguments> malformedHeads() {
        return each(
                ":method=GET|:method=GET|:scheme=S|:authority=a|:path=/",
                ":method=GET|:scheme=S|:scheme=S|:authority=a|:path=/",
                ":method=GET|:scheme=S|:authority=a|:authority=a|:path=/",
                ":method=GET|:scheme=S|:authority=a|:path=/|:path=/",
                ":method=GET|:scheme=S|:authority=a|:path=/|:unknown=x",
                ":method=GET|:scheme=S|:authority=a|:path=/|:status=200",
                ":method=GET|:scheme=S|:authority=a|:path=/|:=x",
                ":method=GET|:scheme=S|:authority=a",
                ":method=GET|:scheme=S|:authority=a|:path=",
                ":method=GET|:authority=a|:path=/",
                ":scheme=S|:authority=a|:path=/",
                ":method=|:scheme=S|:authority=a|:path=/",
                ":method=G T|:scheme=S|:authority=a|:path=/",
                ":method=GET|:scheme=S|:authority=user@a|:path=/",
                ":method=GET|:scheme=S|:authority=user:pw@a|:path=/",
                ":method=GET|:scheme=S|:authority=a b|:path=/",
                ":method=GET|:scheme=S|:authority=a/b|:path=/",
                ":method=GET|:scheme=S|:authority=a:99999|:path=/",
                ":method=GET|:scheme=S|:authority=[::1|:path=/",
                ":method=GET|:scheme=S|:authority=|:path=/",
                ":method=GET|:scheme=S|:authority=a|:path=/|host=b",
                ":method=GET|:scheme=S|:path=/|host=a|host=b",
                ":method=GET|:scheme=S|:path=/|host=user@a",
                ":method=CONNECT|:scheme=S|:authority=a|:path=/|:protocol=websocket",
                ":method=CONNECT|:scheme=S|:authority=a|:path=/",
                ":method=GET|:scheme=S|:authority=a|:path=/|:protocol=websocket");
    }

    @ParameterizedTest
    @MethodSource("malformedHeads")
    @Row(
            value = {"E5.3", "E5.10"},
            over = {"h2-h1", "h3-h1"})
    void malformedHeadIsAStreamError(Version version, String head) throws IOException {
        try (Client client = version.connect(gateway)) {
            List<String> fields =
                    List.of(head.replace("=S|", "=" + version.scheme() + "|").split("\\|", -1));
            assertEquals(version.malformed, client.open(fields, true).response().resetCode());
            assertNothingReachedTheUpstreamBut(client, version, 0);
        }
    }

    static Stream<Arguments> refusedHeads() {
        return each(
                ":method=GET|:scheme=S|:authority=a|:path=/a b",
                ":method=GET|:scheme=S|:authority=a|:path=a",
                ":method=GET|:scheme=S|:authority=a|:path=*",
                ":method=GET|:scheme=S|:authority=a|:path=/a#b",
                ":method=GET|:scheme=S|:authority=a|:path=/\u0080",
                ":method=GET|:scheme=S|:authority=a|:path=/%zz",
                ":method=GET|:scheme=S|:authority=a|:path=/../x",
                ":method=GET|:scheme=ftp|:authority=a|:path=/",
                ":method=GET|:scheme=O|:authority=a|:path=/");
    }

    @ParameterizedTest
    @MethodSource("refusedHeads")
    @Row(
            value = {"E5.4", "E5.6", "E4.19"},
            over = {"h2-h1", "h3-h1"})
    void targetThatNoUpstreamMayGetIs400(Version version, String head) throws IOException {
        try (Client client = version.connect(gateway)) {
            String other = version == Version.H2 ? "https" : "http";
            List<String> fields = List.of(head.replace("=S|", "=" + version.scheme() + "|")
                    .replace("=O|", "=" + other + "|")
                    .split("\\|", -1));
            H2Response response = client.open(fields, true).response();
            assertEquals(400, response.status());
            assertTrue(response.complete());
            assertNothingReachedTheUpstreamBut(client, version, 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    @Row(
            value = "E5.5",
            over = {"h2-h1", "h3-h1"})
    void requestWithoutAuthorityIsRefused(Version version) throws IOException {
        try (Client client = version.connect(gateway)) {
            H2Response response = client.open(List.of(":method=GET", ":scheme=" + version.scheme(), ":path=/"), true)
                    .response();
            if (version == Version.H2) {
                assertEquals(400, response.status());
            } else {
                assertEquals(version.malformed, response.resetCode(), "RFC 9114 section 4.3.1");
            }
            assertNothingReachedTheUpstreamBut(client, version, 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    @Row(
            value = "E5.5",
            over = {"h2-h1", "h3-h1"})
    void hostStandsInForTheAuthority(Version version) throws IOException {
        try (Client client = version.connect(gateway)) {
            List<String> head = List.of(":method=GET", ":scheme=" + version.scheme(), ":path=/", "host=a.test:81");
            assertEquals("ok", client.open(head, true).response().text());
            assertEquals("a.test:81", last().header("host"));
        }
    }

    static Stream<Arguments> wrongLengths() {
        return each("4:body", "6:body", "4:end", "6:end", "0:body", "1:head", "6:trailers");
    }

    /** What is declared, and how the five bytes of the body end. */
    @ParameterizedTest
    @MethodSource("wrongLengths")
    @Row(
            value = "E5.7",
            over = {"h2-h1", "h3-h1"})
    void bodyOfAnotherLengthThanDeclaredIsAStreamError(Version version, String wrong) throws IOException {
        int declared = Integer.parseInt(wrong.substring(0, 1));
        try (Client client = version.connect(gateway)) {
            boolean headAlone = wrong.endsWith("head");
            Sending sending = client.open(version.head("POST", "/wrong", "content-length=" + declared), headAlone);
            switch (wrong.substring(2)) {
                case "body" -> sending.data(FIVE, true);
                case "end" -> {
                    sending.data(FIVE, false);
                    sending.data(new byte[0], true);
                }
                case "trailers" -> {
                    sending.data(FIVE, false);
                    sending.trailers(List.of("x-t=1"), true);
                }
                default -> {}
            }
            assertEquals(version.malformed, sending.response().resetCode());
            assertEquals(
                    "ok",
                    client.open(version.head("GET", "/good"), true).response().text());
            for (ReceivedRequest received : upstream.received().subList(before, before + received())) {
                if (received.target().equals("/wrong")) {
                    received.awaitBroken();
                    assertFalse(received.isComplete(), "the upstream must not take it for complete");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @Row(
            value = "E5.7",
            over = {"h2-h1", "h3-h1"})
    void differentLengthsAreAStreamError(Version version) throws IOException {
        try (Client client = version.connect(gateway)) {
            Sending sending = client.open(version.head("POST", "/", "content-length=5", "content-length=6"), false);
            assertEquals(version.malformed, sending.response().resetCode());
            assertNothingReachedTheUpstreamBut(client, version, 0);
        }
    }

    static Stream<Arguments> malformedTrailers() {
        return each(":path=/", ":unknown=1", "X-Upper=1", "x= a", "connection=close", "x y=1");
    }

    @ParameterizedTest
    @MethodSource("malformedTrailers")
    @Row(
            value = "E5.8",
            over = {"h2-h1", "h3-h1"})
    void malformedTrailerIsAStreamError(Version version, String field) throws IOException {
        try (Client client = version.connect(gateway)) {
            Sending sending = client.open(version.head("POST", "/wrong"), false);
            sending.data(FIVE, false);
            ReceivedRequest received = arrived();
            sending.trailers(List.of(field), true);
            assertEquals(version.malformed, sending.response().resetCode());
            received.awaitBroken();
            assertFalse(received.isComplete());
            assertNothingReachedTheUpstreamBut(client, version, 1);
        }
    }

    @Test
    @Row(value = "E5.8", over = "h2-h1")
    void http2TrailersWithoutAnEndAreAStreamError() throws IOException {
        try (Client client = Version.H2.connect(gateway)) {
            Sending sending = client.open(Version.H2.head("POST", "/"), false);
            sending.trailers(List.of("x-t=1"), false);
            assertEquals(1, sending.response().resetCode());
        }
    }

    @ParameterizedTest
    @EnumSource
    @Row(
            value = "E5.9",
            over = {"h2-h1", "h3-h1"})
    void cookieCrumbsAreOneFieldTowardsHttp1(Version version) throws IOException {
        try (Client client = version.connect(gateway)) {
            List<String> head = version.head("GET", "/");
            for (int i = 0; i < 150; i++) {
                head.add("cookie=c" + i + "=" + i);
            }
            assertEquals(200, client.open(head, true).response().status());
            List<String> cookies = last().headers().stream()
                    .filter(field -> field.getKey().equalsIgnoreCase("cookie"))
                    .map(Map.Entry::getValue)
                    .toList();
            assertEquals(1, cookies.size());
            assertTrue(cookies.get(0).startsWith("c0=0; c1=1; c2=2; "), cookies.get(0));
            assertTrue(cookies.get(0).endsWith("; c149=149"), cookies.get(0));
        }
    }

    // --- limits ---

    static Stream<Arguments> tooMuch() {
        return each("target:414", "bytes:431", "count:431");
    }

    @ParameterizedTest
    @MethodSource("tooMuch")
    @Row(
            value = "E4.21",
            over = {"h2-h1", "h3-h1"})
    void headBeyondALimitIsAnsweredOnItsStreamAlone(Version version, String limit) throws IOException {
        ClientTerms.Head terms = ClientTerms.DEFAULT.head();
        try (Client client = version.connect(gateway)) {
            Sending other = client.open(version.head("POST", "/other"), false);
            for (int over = 0; over <= 1; over++) {
                List<String> head = version.head("GET", "/");
                switch (limit.substring(0, limit.indexOf(':'))) {
                    case "target" -> head.set(3, ":path=/" + "a".repeat(terms.requestLineBytes() - 1 + over));
                    case "bytes" -> head.add("x=" + "a".repeat(terms.headerBytes() - 1 + over));
                    default -> {
                        for (int i = 0; i < terms.headerCount() + over; i++) {
                            head.add("x-" + i + "=1");
                        }
                    }
                }
                int expected = over == 0 ? 200 : Integer.parseInt(limit.substring(limit.indexOf(':') + 1));
                H2Response response = client.open(head, true).response();
                assertTrue(response.complete(), response.toString());
                assertEquals(expected, response.status());
                assertTrue(response.complete());
            }
            other.data(FIVE, true);
            assertEquals("ok", other.response().text());
        }
        assertEquals(2, received());
    }

    @Test
    @Row(value = "E4.21", over = "h2-h1")
    void http2ConnectionEndsBeyondTheHardLimit() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            Http2Headers head = RawH2Client.head("GET", "/");
            for (int i = 0; i < 50; i++) {
                head.add("x-" + i, "Z".repeat(8_000));
            }
            client.open(head, true);
            assertEquals(1, client.awaitGoAway().code(), "PROTOCOL_ERROR");
            client.awaitClosed();
        }
        assertEquals(0, received());
    }

    @Test
    @Row(value = "E4.21", over = "h3-h1")
    void http3ConnectionEndsBeyondTheHardLimit() {
        try (RawH3Client client = RawH3Client.connect(gateway.port("https"))) {
            Http3Headers head = RawH3Client.head("GET", "/");
            for (int i = 0; i < 50; i++) {
                head.add("x-" + i, "Z".repeat(8_000));
            }
            client.open(head, true);
            assertEquals(0x107, client.awaitCloseCode(), "H3_EXCESSIVE_LOAD");
        }
        assertEquals(0, received());
    }

    @ParameterizedTest
    @EnumSource
    void trailersBeyondALimitAreAStreamError(Version version) throws IOException {
        try (Client client = version.connect(gateway)) {
            Sending sending = client.open(version.head("POST", "/wrong"), false);
            sending.data(FIVE, false);
            arrived();
            List<String> trailers = new ArrayList<>();
            for (int i = 0; i <= ClientTerms.DEFAULT.head().headerCount(); i++) {
                trailers.add("x-" + i + "=1");
            }
            sending.trailers(trailers, true);
            assertEquals(version == Version.H2 ? 11 : 0x107, sending.response().resetCode());
            assertNothingReachedTheUpstreamBut(client, version, 1);
        }
    }
}
