package dev.sluice.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConfig;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.ClientSSLOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpstreamServerTest {

    @Test
    void http1RespondsAndRecords() throws Exception {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.respond(201, Map.of("x-a", "1"), "made"));
                RawHttp1 client = RawHttp1.connect(upstream.port())) {
            RawResponse response = client.send(
                            "POST /p?q=1 HTTP/1.1\r\nHost: a.test\r\nX-B: 2\r\nContent-Length: 3\r\n\r\nabc")
                    .readResponse();
            assertEquals("HTTP/1.1 201 Created", response.statusLine());
            assertEquals("1", response.header("X-A"));
            assertEquals("made", response.text());
            assertTrue(response.complete());
            ReceivedRequest received = upstream.take();
            assertEquals("POST", received.method());
            assertEquals("/p?q=1", received.target());
            assertEquals("a.test", received.authority());
            assertEquals("2", received.header("x-b"));
            assertEquals(3, received.bodyLength());
            assertEquals(ReceivedRequest.sha256("abc".getBytes(StandardCharsets.UTF_8)), received.awaitBodySha256());
            assertEquals(1, received.connection());
            assertTrue(client.isOpen());
            assertEquals("made", client.get("/again").text());
            assertEquals(2, upstream.take().order());
            assertEquals(1, upstream.connections());
        }
    }

    @Test
    void describesRequestsAsJson() throws Exception {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.describe());
                RawHttp1 client = RawHttp1.connect(upstream.port())) {
            JsonObject json = new JsonObject(client.get("/x").text());
            assertEquals("GET", json.getString("method"));
            assertEquals("/x", json.getString("target"));
            assertEquals("localhost", json.getString("authority"));
        }
    }

    @Test
    void gatesHoldTheBodyBack() throws Exception {
        Gate first = new Gate();
        Gate second = new Gate();
        try (UpstreamServer upstream =
                        UpstreamServer.http1(Scripts.gated(List.of(first, second), List.of("one", "two")));
                RawHttp1 client = RawHttp1.connect(upstream.port())) {
            client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
            assertTrue(client.readHead().startsWith("HTTP/1.1 200 OK\n"));
            first.awaitReached();
            assertTrue(client.isOpen());
            first.open();
            assertEquals("3\r\none\r\n", client.readSome(8));
            second.awaitReached();
            second.open();
            assertEquals("3\r\ntwo\r\n0\r\n\r\n", client.readSome(13));
        }
    }

    @Test
    void closesMidResponse() throws Exception {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.closeMidResponse(10, "half"));
                RawHttp1 client = RawHttp1.connect(upstream.port())) {
            RawResponse response = client.get("/");
            assertEquals("half", response.text());
            assertFalse(response.complete());
        }
    }

    @Test
    void closesMidRequestAndBeforeResponse() throws Exception {
        try (UpstreamServer upstream =
                UpstreamServer.http1(Scripts.closeMidRequest(3)).on("/now", Scripts.closeBeforeResponse())) {
            try (RawHttp1 client = RawHttp1.connect(upstream.port())) {
                client.send("PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nabc");
                assertEquals("", client.readToEof());
            }
            try (RawHttp1 client = RawHttp1.connect(upstream.port())) {
                client.send("GET /now HTTP/1.1\r\nhost: a\r\n\r\n");
                assertEquals("", client.readToEof());
            }
        }
    }

    @Test
    void noticesThatAnHttp1ClientLeft() throws Exception {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.stall());
                RawHttp1 client = RawHttp1.connect(upstream.port())) {
            client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
            ReceivedRequest received = upstream.take();
            assertFalse(received.isBroken());
            client.abort();
            received.awaitBroken();
            Eventually.holds("the connection is gone", () -> upstream.openConnections() == 0);
        }
    }

    @Test
    void h2cSpeaksFrames() throws Exception {
        try (UpstreamServer upstream = UpstreamServer.h2c(Scripts.text("hello"))
                        .on("/trailers", Scripts.trailers("body", Map.of("grpc-status", "0")))
                        .on("/reset", Scripts.reset(0xd))
                        .on("/half", Scripts.resetMidResponse("half", 0x2))
                        .on("/goaway", Scripts.goAway(0, Integer.MAX_VALUE, Scripts.text("last")))
                        .on("/stall", Scripts.stall());
                RawH2Client client = RawH2Client.connect(upstream.port())) {
            H2Response hello = client.get("/");
            assertEquals(200, hello.status());
            assertEquals("hello", hello.text());
            assertEquals("text/plain", hello.header("content-type"));
            assertTrue(hello.complete());

            H2Response trailers = client.get("/trailers");
            assertEquals("body", trailers.text());
            assertEquals("0", trailers.trailer("grpc-status"));
            assertInstanceOf(H2Frame.Headers.class, trailers.last());

            assertEquals(0xd, client.get("/reset").resetCode());
            H2Response half = client.get("/half");
            assertEquals("half", half.text());
            assertEquals(2, half.resetCode());

            RawH2Stream stalled = client.open(RawH2Client.head("GET", "/stall"), true);
            Eventually.holds("five requests", () -> upstream.received().size() == 5);
            stalled.reset(0x8);
            assertEquals(8, upstream.received().get(4).awaitReset());

            assertEquals("last", client.get("/goaway").text());
            assertEquals(new H2Frame.GoAway(Integer.MAX_VALUE, 0, ""), client.awaitGoAway());
            assertTrue(client.isOpen());
            assertEquals(1, upstream.connections());
        }
    }

    @Test
    void h2cCarriesLargeBodiesBothWays() throws Exception {
        byte[] body = new byte[300_000];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) (i % 251);
        }
        try (UpstreamServer upstream = UpstreamServer.h2c(Scripts.echo()).on("/bytes", Scripts.bytes(300_000));
                RawH2Client client = RawH2Client.connect(upstream.port())) {
            assertArrayEquals(
                    body, client.send(RawH2Client.head("POST", "/echo"), body).body());
            assertEquals(ReceivedRequest.sha256(body), upstream.take().awaitBodySha256());
            assertArrayEquals(body, client.get("/bytes").body());
        }
    }

    @Test
    void withheldCreditStopsTheBody() throws Exception {
        try (UpstreamServer upstream = UpstreamServer.h2c(Scripts.bytes(1_000_000));
                RawH2Client client = RawH2Client.connect(upstream.port())) {
            client.withholdCredit();
            RawH2Stream stream = client.open(RawH2Client.head("GET", "/"), true);
            assertEquals(200, stream.nextHeaders().status());
            int bytes = 0;
            while (bytes < 65_535) {
                bytes += stream.nextData().bytes().length;
            }
            assertEquals(65_535, bytes);
            assertTrue(client.isOpen());
            assertEquals(List.of(), stream.pending());
        }
    }

    @Test
    void tlsServesBothVersionsWithTheRightCertificate(@TempDir Path directory) throws Exception {
        TestCertificates certificates = TestCertificates.in(directory);
        TestCertificates.Leaf leaf = certificates.leaf("server", "localhost", "*.example.test", "127.0.0.1");
        try (UpstreamServer upstream = UpstreamServer.https(leaf, Scripts.describe());
                RawHttp1 http1 = RawHttp1.connectTls(upstream.port(), certificates.clientContext(), "a.example.test");
                RawH2Client http2 = RawH2Client.connectTls(upstream.port(), TestCertificates.trustAll(), null)) {
            assertEquals(leaf.certificate(), http1.tls().getSession().getPeerCertificates()[0]);
            assertEquals("HTTP_1_1", new JsonObject(http1.get("/").text()).getString("version"));
            assertEquals("HTTP_2", new JsonObject(http2.get("/").text()).getString("version"));
        }
    }

    @Test
    void http3Answers(@TempDir Path directory) throws Exception {
        TestCertificates certificates = TestCertificates.in(directory);
        Vertx vertx = Vertx.vertx();
        try (UpstreamServer upstream =
                UpstreamServer.http3(certificates.leaf("server", "localhost"), Scripts.describe())) {
            HttpClientAgent client = vertx.createHttpClient(
                    new HttpClientConfig().setVersions(HttpVersion.HTTP_3).setSsl(true),
                    new ClientSSLOptions().setTrustAll(true).setHostnameVerificationAlgorithm(""));
            String body = Eventually.get(client.request(HttpMethod.GET, upstream.port(), "localhost", "/")
                    .compose(request -> request.send().compose(HttpClientResponse::body))
                    .map(Object::toString));
            assertEquals("HTTP_3", new JsonObject(body).getString("version"));
        } finally {
            Eventually.get(vertx.close());
        }
    }
}
