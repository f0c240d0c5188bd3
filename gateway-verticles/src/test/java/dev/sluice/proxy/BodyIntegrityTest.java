package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.FilterSpec.RequestMirror;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamExchange;
import dev.sluice.testkit.UpstreamServer;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies arrive as they were sent, whatever their pieces, and no buffer is left behind. */
final class BodyIntegrityTest {

    private static final int LONGEST_PIECE = 3000;

    private static final int STORM = 300;

    private static final int MIB = 1024 * 1024;

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i % 251);
        }
        return bytes;
    }

    private static void onThread(Sending sending) {
        Thread thread = new Thread(() -> {
            try {
                sending.run();
            } catch (IOException e) {
                // the gateway hung up, which the test sees at the other end
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private interface Sending {
        void run() throws IOException;
    }

    // --- pieces of every length around those that are copied ---

    private static final byte[] PIECES =
            bytes(IntStream.rangeClosed(1, LONGEST_PIECE).sum());

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void requestPiecesOfEveryLength(boolean declared) throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("done"))) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                var head = RawH2Client.head("POST", "/");
                if (declared) {
                    head.add("content-length", Integer.toString(PIECES.length));
                }
                RawH2Stream stream = client.open(head, false);
                for (int length = 1, from = 0; length <= LONGEST_PIECE; from += length, length++) {
                    stream.partOfBody(Arrays.copyOfRange(PIECES, from, from + length));
                }
                stream.data(new byte[0], true);
                assertEquals("done", stream.response().text());
                ReceivedRequest received = upstream.take();
                assertEquals(declared ? null : "chunked", received.header("transfer-encoding"));
                assertEquals(ReceivedRequest.sha256(PIECES), received.awaitBodySha256());
            }
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead(
                        "POST / HTTP/1.1",
                        "host: localhost",
                        declared ? "content-length: " + PIECES.length : "transfer-encoding: chunked");
                onThread(() -> {
                    for (int length = 1, from = 0; length <= LONGEST_PIECE; from += length, length++) {
                        byte[] piece = Arrays.copyOfRange(PIECES, from, from + length);
                        client.send(declared ? piece : chunk(piece));
                    }
                    client.send(declared ? new byte[0] : chunk(new byte[0]));
                });
                assertEquals("done", client.readFinal().text());
                assertEquals(ReceivedRequest.sha256(PIECES), upstream.take().awaitBodySha256());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void responsePiecesOfEveryLength(boolean declared) throws IOException {
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            while (connection.readRequest() != null) {
                connection.send("HTTP/1.1 200 OK\r\n"
                        + (declared ? "content-length: " + PIECES.length : "transfer-encoding: chunked")
                        + "\r\n\r\n");
                for (int length = 1, from = 0; length <= LONGEST_PIECE; from += length, length++) {
                    byte[] piece = Arrays.copyOfRange(PIECES, from, from + length);
                    connection.send(new String(declared ? piece : chunk(piece), StandardCharsets.ISO_8859_1));
                }
                connection.send(declared ? "" : "0\r\n\r\n");
            }
        })) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                assertArrayEquals(PIECES, client.get("/").body());
                assertArrayEquals(PIECES, h2.get("/").body());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "H2C"})
    void wholeBodiesOfEveryLength(Protocol protocol) throws IOException {
        try (UpstreamServer upstream =
                protocol == Protocol.HTTP ? UpstreamServer.http1(Scripts.echo()) : UpstreamServer.h2c(Scripts.echo())) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(protocol, upstream.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                int length = 1;
                while (length <= LONGEST_PIECE) {
                    byte[] body = bytes(length);
                    client.sendHead("POST / HTTP/1.1", "host: a", "content-length: " + length)
                            .send(body);
                    assertArrayEquals(body, client.readFinal().body());
                    client.sendHead("POST / HTTP/1.1", "host: a", "transfer-encoding: chunked")
                            .send(chunk(body))
                            .send(chunk(new byte[0]));
                    assertArrayEquals(body, client.readFinal().body());
                    assertArrayEquals(
                            body, h2.send(RawH2Client.head("POST", "/"), body).body());
                    length += length > 1015 && length < 1035 ? 1 : 29;
                }
            }
        }
    }

    private static byte[] chunk(byte[] piece) {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream(piece.length + 16);
        chunk.writeBytes((Integer.toHexString(piece.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        chunk.writeBytes(piece);
        chunk.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        return chunk.toByteArray();
    }

    // --- mirrors and TLS ---

    private static UpstreamServer upstream(
            Protocol protocol, TestCertificates.Leaf leaf, Consumer<UpstreamExchange> script) {
        return switch (protocol) {
            case HTTP -> UpstreamServer.http1(script);
            case H2C -> UpstreamServer.h2c(script);
            case HTTPS -> UpstreamServer.https1(leaf, script);
            case H2 -> UpstreamServer.h2(leaf, script);
            case H3 -> UpstreamServer.http3(leaf, script);
        };
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "H2C", "HTTPS", "H2"})
    void mirroredBodiesAreTheirOwn(Protocol protocol) throws IOException {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost", "127.0.0.1");
        try (UpstreamServer app = upstream(protocol, leaf, Scripts.text("done"));
                UpstreamServer plain = upstream(Protocol.HTTP, leaf, Scripts.text("?"));
                UpstreamServer tls = upstream(Protocol.HTTPS, leaf, Scripts.text("?"))) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("app", protocol, app.port())
                    .backend("plain", Protocol.HTTP, plain.port())
                    .backend("tls", Protocol.HTTPS, tls.port())
                    .route(TestConfig.rule("/")
                            .filter(new RequestMirror(TestConfig.key("tls"), 1, 1))
                            .filter(new RequestMirror(TestConfig.key("plain"), 1, 1))
                            .to("app"))
                    .build());
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                for (int length : new int[] {1, 1000, 1025, 5000, 8192, 100_000, 500_000, 5000}) {
                    byte[] body = bytes(length);
                    String digest = ReceivedRequest.sha256(body);
                    client.sendHead("POST / HTTP/1.1", "host: a", "content-length: " + length)
                            .send(body);
                    assertEquals("done", client.readFinal().text());
                    for (UpstreamServer each : List.of(app, plain, tls)) {
                        assertEquals(digest, each.take().awaitBodySha256(), () -> length + " bytes");
                    }
                    assertEquals(
                            "done", h2.send(RawH2Client.head("POST", "/"), body).text());
                    for (UpstreamServer each : List.of(app, plain, tls)) {
                        assertEquals(digest, each.take().awaitBodySha256(), () -> length + " bytes");
                    }
                }
            }
        }
    }

    @Test
    void largeBodiesOverTls() throws IOException {
        TestCertificates certificates = TestCertificates.in(directory);
        TestCertificates.Leaf leaf = certificates.leaf("localhost", "localhost", "127.0.0.1");
        byte[] body = bytes(3_000_000);
        try (UpstreamServer upstream = upstream(Protocol.HTTPS, leaf, Scripts.echo())) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .https("https", "leaf")
                    .certificate("leaf", leaf)
                    .backend("app", Protocol.HTTPS, upstream.port())
                    .route("/", "app")
                    .build());
            try (RawHttp1 plain = RawHttp1.connect(gateway.port("http"));
                    RawHttp1 tls =
                            RawHttp1.connectTls(gateway.port("https"), certificates.clientContext(), "localhost")) {
                for (RawHttp1 client : List.of(plain, tls, plain, tls)) {
                    client.sendHead("POST / HTTP/1.1", "host: localhost", "content-length: " + body.length);
                    onThread(() -> client.send(body));
                    assertArrayEquals(body, client.readFinal().body());
                    assertEquals(ReceivedRequest.sha256(body), upstream.take().awaitBodySha256());
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"true,H2C,false", "true,HTTP,false", "false,H2C,false", "true,H2,true"})
    void largeBodiesOverHttp2(boolean h2, Protocol protocol, boolean tls) throws IOException {
        TestCertificates certificates = TestCertificates.in(directory);
        TestCertificates.Leaf leaf = certificates.leaf("localhost", "localhost", "127.0.0.1");
        byte[] body = bytes(3_000_000);
        try (UpstreamServer upstream = upstream(protocol, leaf, Scripts.echo())) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .https("https", "leaf")
                    .certificate("leaf", leaf)
                    .backend("app", protocol, upstream.port())
                    .route("/", "app")
                    .build());
            if (!h2) {
                try (RawHttp1 client = RawHttp1.connect(gateway.port("http"))) {
                    client.sendHead("POST / HTTP/1.1", "host: localhost", "content-length: " + body.length);
                    onThread(() -> client.send(body));
                    assertArrayEquals(body, client.readFinal().body());
                }
            } else {
                try (RawH2Client client = tls
                        ? RawH2Client.connectTls(gateway.port("https"), certificates.clientContext(), "localhost")
                        : RawH2Client.connect(gateway.port("http"))) {
                    for (int i = 0; i < 3; i++) {
                        Http2Headers head = RawH2Client.head("POST", "/").scheme(tls ? "https" : "http");
                        RawH2Stream stream = client.open(head, false);
                        onThread(() -> stream.body(body));
                        assertArrayEquals(body, stream.response().body());
                    }
                }
            }
            assertEquals(ReceivedRequest.sha256(body), upstream.take().awaitBodySha256());
        }
    }

    // --- clients that leave ---

    /** Leaves at a random moment of a body of a MiB, either way. */
    private static void leave(Random random, int port) throws IOException {
        boolean up = random.nextBoolean();
        int moment = random.nextInt(MIB);
        if (random.nextBoolean()) {
            try (RawHttp1 client = RawHttp1.connect(port)) {
                if (up) {
                    client.sendHead("POST /up HTTP/1.1", "host: a", "content-length: " + MIB)
                            .send(new byte[moment]);
                } else {
                    client.sendHead("GET /down HTTP/1.1", "host: a");
                    var unusedHead = client.readHead();
                    var unused = client.readSome(moment);
                }
                if (random.nextBoolean()) {
                    client.abort();
                }
            }
            return;
        }
        try (RawH2Client client = RawH2Client.connect(port)) {
            RawH2Stream stream = client.open(RawH2Client.head(up ? "POST" : "GET", up ? "/up" : "/down"), !up);
            if (up) {
                stream.partOfBody(new byte[moment]);
            } else {
                assertEquals(200, stream.nextHeaders().status());
                for (int read = 0; read < moment; ) {
                    read += stream.nextData().bytes().length;
                }
            }
            switch (random.nextInt(3)) {
                case 0 -> client.abort();
                case 1 -> stream.reset(random.nextInt(14));
                default -> {}
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "HTTPS", "H2C", "H2"})
    void clientsThatLeaveAtAnyMomentLeaveNothing(Protocol protocol) throws IOException {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost", "127.0.0.1");
        try (UpstreamServer upstream = upstream(protocol, leaf, Scripts.text("good"))) {
            upstream.on("/down", Scripts.bytes(MIB));
            TestGateway gateway = gateways.start(TestConfig.forwarding(protocol, upstream.port()));
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (int thread = 0; thread < 3; thread++) {
                Random random = new Random(thread);
                clients.add(CompletableFuture.runAsync(
                        () -> {
                            for (int i = 0; i < STORM / 3; i++) {
                                try {
                                    leave(random, gateway.port());
                                } catch (IOException e) {
                                    throw new AssertionError(e);
                                }
                            }
                        },
                        task -> new Thread(task).start()));
            }
            for (CompletableFuture<Void> client : clients) {
                client.join();
            }
            gateway.awaitIdle();
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                assertEquals("good", client.get("/").text());
            }
            Eventually.holds(
                    "connections that were broken off are closed", () -> Double.valueOf(upstream.openConnections())
                            .equals(gateway.metric("gateway_upstream_connections_active")));
        }
    }
}
