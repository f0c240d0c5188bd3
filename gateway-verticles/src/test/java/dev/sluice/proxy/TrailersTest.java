package dev.sluice.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.RawH3Client;
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
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Trailers, both directions, every protocol with every other. */
final class TrailersTest {

    private static final Map<String, String> SENT = sent();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    /** What a client speaks. */
    enum Client {
        H1,
        H2,
        H3
    }

    static Stream<Arguments> pairs() {
        return Stream.of(Client.values()).flatMap(client -> Stream.of(Protocol.HTTP, Protocol.H2C, Protocol.H3)
                .map(upstream -> Arguments.of(client, upstream)));
    }

    /** Good ones, and some that may not be trailers. */
    private static Map<String, String> sent() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("x-checksum", "abc");
        fields.put("host", "evil");
        fields.put("authorization", "evil");
        fields.put("www-authenticate", "evil");
        fields.put("x-other", "1, 2");
        return fields;
    }

    // --- of requests ---

    @Row(
            value = {"E6.4", "E6.5", "E4.12"},
            over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void ofARequestReachTheUpstream(Client client, Protocol protocol) throws IOException {
        boolean h2 = protocol == Protocol.H2C;
        try (RawUpstream raw = RawUpstream.answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
                RawH2Upstream frames = new RawH2Upstream()) {
            TestGateway gateway = h2 ? start(Protocol.H2C, frames.port()) : start(Protocol.HTTP, raw.port());
            if (protocol == Protocol.H3) {
                gateway = start(Protocol.H3, gateway.port("https")); // its upstream is the other gateway
            }
            CompletableFuture<Void> answered = h2
                    ? CompletableFuture.runAsync(() -> answer(frames), task -> new Thread(task).start())
                    : CompletableFuture.completedFuture(null);
            assertEquals("200 ok", post(client, port(gateway, client)));
            Eventually.get(answered);
            if (!h2) {
                RawUpstream.Request received = raw.take();
                assertEquals("body", new String(received.body(), UTF_8));
                assertEquals(
                        List.of(Map.entry("x-checksum", "abc"), Map.entry("x-other", "1, 2")),
                        received.trailers().stream()
                                .map(TrailersTest::lowerCase)
                                .toList());
                assertEquals("x-checksum", received.header("trailer"));
            }
        }
    }

    /** Takes one request with its trailers and answers it. */
    private static void answer(RawH2Upstream frames) {
        try {
            RawH2Stream stream = frames.take();
            assertEquals("x-checksum", stream.nextHeaders().get("trailer"));
            StringBuilder body = new StringBuilder();
            H2Frame frame = stream.next();
            while (frame instanceof H2Frame.Data data) {
                assertFalse(data.endStream());
                body.append(data.text());
                frame = stream.next();
            }
            assertEquals("body", body.toString());
            assertEquals(
                    new H2Frame.Headers(List.of(Map.entry("x-checksum", "abc"), Map.entry("x-other", "1, 2")), true),
                    frame);
            stream.respond(200, false).data("ok".getBytes(UTF_8), true);
        } catch (IOException | RuntimeException e) {
            throw new AssertionError(e);
        }
    }

    /** Posts {@code body} with trailers. */
    private static String post(Client client, int port) throws IOException {
        switch (client) {
            case H1 -> {
                StringBuilder text = new StringBuilder("POST /up HTTP/1.1\r\nHost: a\r\nTrailer: x-checksum\r\n")
                        .append("Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n")
                        .append("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"); // elsewhere malformed
                SENT.forEach((name, value) ->
                        text.append(name).append(": ").append(value).append("\r\n"));
                try (RawHttp1 connection = RawHttp1.connect(port)) {
                    RawResponse response = connection.send(text + "\r\n").readFinal();
                    return response.status() + " " + response.text();
                }
            }
            case H2 -> {
                try (RawH2Client connection = RawH2Client.connect(port)) {
                    H2Response response = connection
                            .open(RawH2Client.head("POST", "/up").add("trailer", "x-checksum"), false)
                            .data("body".getBytes(UTF_8), false)
                            .trailers(SENT)
                            .response();
                    return response.status() + " " + response.text();
                }
            }
            default -> {
                try (RawH3Client connection = RawH3Client.connect(port)) {
                    H2Response response = connection
                            .open(RawH3Client.head("POST", "/up").add("trailer", "x-checksum"), false)
                            .data("body".getBytes(UTF_8), false)
                            .trailers(SENT)
                            .response();
                    return response.status() + " " + response.text();
                }
            }
        }
    }

    @Test
    void ofARequestWithoutABody() throws IOException {
        try (RawUpstream raw = RawUpstream.answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")) {
            TestGateway gateway = start(Protocol.HTTP, raw.port());
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                H2Response response = client.open(RawH2Client.head("POST", "/"), false)
                        .trailers(Map.of("x-checksum", "abc"))
                        .response();
                assertEquals("ok", response.text());
            }
            RawUpstream.Request received = raw.take();
            assertEquals("chunked", received.header("transfer-encoding"));
            assertEquals(0, received.body().length);
            assertEquals(List.of(Map.entry("x-checksum", "abc")), received.trailers());
        }
    }

    /** A body of declared length has no room for trailers on HTTP/1.1, unless they were announced. */
    @Test
    void ofARequestWithALength() throws IOException {
        Gate gate = new Gate(); // an answer that overtakes the trailers would end the exchange before they come
        try (RawUpstream raw = RawUpstream.conversing(connection -> {
            while (connection.readRequest() != null) {
                gate.pass();
                connection.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
            }
        })) {
            TestGateway gateway = start(Protocol.HTTP, raw.port());
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                RawH2Stream silent = client.open(RawH2Client.head("POST", "/").add("content-length", "4"), false)
                        .data("body".getBytes(UTF_8), false)
                        .trailers(Map.of("x-checksum", "abc"));
                RawUpstream.Request unannounced = raw.take();
                assertEquals("4", unannounced.header("content-length"));
                assertEquals("body", new String(unannounced.body(), UTF_8));
                Eventually.holds("the drop is counted", () -> Double.valueOf(1)
                        .equals(gateway.metric("gateway_dropped_trailers_total")));
                gate.open();
                assertEquals("ok", silent.response().text());
                assertEquals(
                        "ok",
                        client.open(
                                        RawH2Client.head("POST", "/")
                                                .add("content-length", "4")
                                                .add("trailer", "x-checksum"),
                                        false)
                                .data("body".getBytes(UTF_8), false)
                                .trailers(Map.of("x-checksum", "abc"))
                                .response()
                                .text());
                RawUpstream.Request announced = raw.take();
                assertNull(announced.header("content-length"));
                assertEquals("chunked", announced.header("transfer-encoding"));
                assertEquals("body", new String(announced.body(), UTF_8));
                assertEquals(List.of(Map.entry("x-checksum", "abc")), announced.trailers());
            }
        }
    }

    // --- of responses ---

    @Row(
            value = {"E6.4", "E6.5"},
            over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void ofAResponseReachTheClient(Client client, Protocol protocol) throws IOException {
        try (RawUpstream raw = RawUpstream.answering(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n2\r\nok\r\n0\r\n"
                                + "X-Checksum: abc\r\nHost: evil\r\nSet-Cookie: a=b\r\nX-Other: 1, 2\r\n\r\n");
                UpstreamServer h2c =
                        UpstreamServer.h2c(Scripts.trailers("ok", Map.of("x-checksum", "abc", "set-cookie", "a=b")))) {
            TestGateway gateway =
                    protocol == Protocol.H2C ? start(Protocol.H2C, h2c.port()) : start(Protocol.HTTP, raw.port());
            if (protocol == Protocol.H3) {
                gateway = start(Protocol.H3, gateway.port("https"));
            }
            Map<String, String> expected = new LinkedHashMap<>();
            expected.put("x-checksum", "abc");
            if (protocol != Protocol.H2C) {
                expected.put("x-other", "1, 2");
            }
            List<Map.Entry<String, String>> received =
                    switch (client) {
                        case H1 -> {
                            try (RawHttp1 connection = RawHttp1.connect(gateway.port("http"))) {
                                RawResponse response = connection.get("/");
                                assertEquals("ok", response.text());
                                yield response.trailers();
                            }
                        }
                        case H2 -> {
                            try (RawH2Client connection = RawH2Client.connect(gateway.port("http"))) {
                                H2Response response = connection.get("/");
                                assertEquals("ok", response.text());
                                yield response.trailers();
                            }
                        }
                        case H3 -> {
                            try (RawH3Client connection = RawH3Client.connect(gateway.port("https"))) {
                                H2Response response = connection.get("/");
                                assertEquals("ok", response.text());
                                yield response.trailers();
                            }
                        }
                    };
            assertEquals(
                    List.copyOf(expected.entrySet()),
                    received.stream().map(TrailersTest::lowerCase).toList());
        }
    }

    /** Announced trailers make an HTTP/1.1 response chunked, whatever length the upstream declares. */
    @ParameterizedTest
    @EnumSource(
            value = Client.class,
            names = {"H1", "H2"})
    void ofAResponseWithALength(Client client) throws Exception {
        try (RawH2Upstream frames = new RawH2Upstream()) {
            TestGateway gateway = start(Protocol.H2C, frames.port());
            Thread answering = new Thread(() -> {
                try {
                    frames.take()
                            .headers(
                                    new io.netty.handler.codec.http2.DefaultHttp2Headers()
                                            .status("200")
                                            .add("content-length", "2")
                                            .add("trailer", "x-checksum"),
                                    false)
                            .data("ok".getBytes(UTF_8), false)
                            .trailers(Map.of("x-checksum", "abc"));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            answering.start();
            if (client == Client.H1) {
                try (RawHttp1 connection = RawHttp1.connect(gateway.port("http"))) {
                    RawResponse response = connection.get("/");
                    assertNull(response.header("content-length"));
                    assertEquals("ok", response.text());
                    assertEquals("abc", response.trailer("x-checksum"));
                }
            } else {
                try (RawH2Client connection = RawH2Client.connect(gateway.port("http"))) {
                    H2Response response = connection.get("/");
                    assertEquals("2", response.header("content-length"));
                    assertEquals("ok", response.text());
                    assertEquals("abc", response.trailer("x-checksum"));
                }
            }
            answering.join();
        }
    }

    private TestGateway start(Protocol protocol, int port) throws IOException {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost", "127.0.0.1");
        TestConfig config = TestConfig.create().backend("app", protocol, port).route("/", "app");
        return gateways.start(config.http("http")
                .https("https", "localhost")
                .certificate("localhost", leaf)
                .http3(Http3.REQUIRED)
                .build());
    }

    private static int port(TestGateway gateway, Client client) {
        return gateway.port(client == Client.H3 ? "https" : "http");
    }

    private static Map.Entry<String, String> lowerCase(Map.Entry<String, String> field) {
        return Map.entry(field.getKey().toLowerCase(java.util.Locale.ROOT), field.getValue());
    }
}
