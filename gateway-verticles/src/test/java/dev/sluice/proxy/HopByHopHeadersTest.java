package dev.sluice.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.FilterSpec.UrlRewrite;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which fields pass, a test a row of {@code correctness.md} E6. */
final class HopByHopHeadersTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("ok"));

    @AfterEach
    void closeUpstream() {
        upstream.close();
    }

    // --- requests ---

    @Row(value = "E6.1", over = "h1-h1")
    @Test
    void connectionAndWhatItNamesEndHere() throws IOException {
        ReceivedRequest received = relay(
                "Connection: x-hop, X-Other ,close",
                "x-hop: 1",
                "X-OTHER: 2",
                "x-stays: 3",
                "connection: x-third",
                "x-third: 4");
        assertNull(received.header("connection"));
        assertNull(received.header("x-hop"));
        assertNull(received.header("x-other"));
        assertNull(received.header("x-third"));
        assertEquals("3", received.header("x-stays"));
    }

    @Row(value = "E6.1", over = "h1-h1")
    @Test
    void connectionCannotRemoveWhatTheUpstreamReliesOn() throws IOException {
        ReceivedRequest received = relay(
                "connection: host, x-forwarded-for, X-Forwarded-Proto, authorization, cookie, via, x-request-id, forwarded",
                "authorization: Bearer t",
                "cookie: a=b",
                "x-request-id: 42");
        assertEquals("localhost", received.authority());
        assertEquals("127.0.0.1", received.header("x-forwarded-for"));
        assertEquals("http", received.header("x-forwarded-proto"));
        assertEquals("Bearer t", received.header("authorization"));
        assertEquals("a=b", received.header("cookie"));
        assertEquals("42", received.header("x-request-id"));
        assertNotNull(received.header("via"));
    }

    @Row(value = "E6.1", over = "h1-h1")
    @Test
    void connectionCannotRemoveTheFraming() throws IOException {
        TestGateway gateway = start();
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.sendHead("POST / HTTP/1.1", "host: a", "connection: content-length", "content-length: 5")
                    .send("12345");
            assertEquals(200, client.readFinal().status());
            ReceivedRequest received = upstream.take();
            assertEquals("5", received.header("content-length"));
            assertEquals(ReceivedRequest.sha256("12345".getBytes(UTF_8)), received.awaitBodySha256());
        }
    }

    @Row(
            value = {"E6.2", "E6.3", "E6.6"},
            over = "h1-h1")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "keep-alive: timeout=5",
                "proxy-connection: keep-alive",
                "upgrade: websocket",
                "http2-settings: AAMAAABkAAQAoAAAAAIAAAAA",
                "proxy-authorization: Basic eDp5",
                "te: gzip",
                "expect: 100-continue",
                "trailer: x-checksum",
            })
    void hopByHopRequestFieldEndsHere(String field) throws IOException {
        ReceivedRequest received = relay(field);
        assertNull(received.header(field.substring(0, field.indexOf(':'))), field);
    }

    @Row(
            value = {"E4.27", "E6.2"},
            over = "h1-h1")
    @Test
    void h2cUpgradeIsServedAsHttp1AndNotForwarded() throws IOException {
        ReceivedRequest received = relay(
                "connection: upgrade, http2-settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQAoAAAAAIAAAAA");
        assertNull(received.header("upgrade"));
        assertNull(received.header("http2-settings"));
        assertNull(received.header("connection"));
    }

    @Row(
            value = {"E6.2", "E4.11"},
            over = "h1-h1")
    @Test
    void transferCodingIsThisHopsOwn() throws IOException {
        TestGateway gateway = start();
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.sendHead("POST / HTTP/1.1", "host: a", "transfer-encoding: chunked")
                    .send("3;ext=1\r\nabc\r\n0\r\n\r\n");
            assertEquals(200, client.readFinal().status());
            ReceivedRequest received = upstream.take();
            assertEquals("chunked", received.header("transfer-encoding"));
            assertEquals(ReceivedRequest.sha256("abc".getBytes(UTF_8)), received.awaitBodySha256());
        }
    }

    @Row(value = "E6.3", over = "h1-h1")
    @ParameterizedTest
    @ValueSource(strings = {"trailers", "gzip, trailers;q=0.5", "Trailers"})
    void teTrailersPassesAlone(String te) throws IOException {
        ReceivedRequest received = relay("connection: te", "te: " + te);
        assertEquals("trailers", received.header("te"));
        assertEquals("TE", received.header("connection"), "RFC 9110 section 10.1.4");
    }

    @Row(value = "E6.3", over = "h1-h2")
    @Test
    void teTrailersPassesToHttp2() throws IOException {
        try (UpstreamServer h2 = UpstreamServer.h2c(Scripts.text("ok"))) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.H2C, h2.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.1", "host: a", "connection: te, keep-alive", "te: trailers, gzip");
                assertEquals(200, client.readFinal().status());
                ReceivedRequest received = h2.take();
                assertEquals("trailers", received.header("te"));
                assertNull(received.header("connection"));
            }
        }
    }

    @Row(value = "E6.9", over = "h1-h1")
    @Test
    void viaIsAppended() throws IOException {
        ReceivedRequest received = relay("via: 1.0 fred");
        String via = received.header("via");
        assertNotNull(via);
        assertTrue(via.matches("1\\.0 fred, 1\\.1 sluice-[0-9a-f]+"), via);
    }

    @Row(
            value = {"E6.9", "E1.24"},
            over = {"h1-h1", "h2-h1"})
    @Test
    void ownPseudonymIsALoop() throws IOException {
        TestGateway gateway = start();
        try (RawHttp1 client = RawHttp1.connect(gateway.port());
                RawH2Client h2 = RawH2Client.connect(gateway.port())) {
            assertEquals(200, client.get("/").status());
            String via = upstream.take().header("via");
            assertNotNull(via);
            String own = via.substring(4);
            RawResponse loop = client.sendHead("GET / HTTP/1.1", "host: a", "via: 1.1 x, 2 " + own + ", 1.1 z")
                    .readFinal();
            assertEquals(502, loop.status());
            assertTrue(String.valueOf(loop.header("proxy-status")).contains("error=proxy_loop_detected"));
            Http2Headers head = RawH2Client.head("GET", "/").add("via", "2 " + own + " (comment)");
            assertEquals(502, h2.open(head, true).response().status());
            client.sendHead("GET / HTTP/1.1", "host: a", "via: 1.1 " + own + "0")
                    .readFinal();
            assertEquals(2, upstream.received().size(), "another gateway's name that begins like ours is no loop");
        }
    }

    @Row(value = "E6.13", over = "h1-h1")
    @Test
    void hostIsExactlyOne() throws IOException {
        ReceivedRequest received = relay();
        assertEquals(List.of("localhost"), values(received, "host"));
    }

    @Row(
            value = "E6.13",
            over = {"h1-h1", "h1-h2", "h2-h1", "h2-h2"})
    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "H2C"})
    void urlRewriteReplacesTheOnlyHost(Protocol protocol) throws IOException {
        try (UpstreamServer server = protocol == Protocol.HTTP
                ? UpstreamServer.http1(Scripts.text("ok"))
                : UpstreamServer.h2c(Scripts.text("ok"))) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("app", protocol, server.port())
                    .route(TestConfig.rule("/")
                            .filter(new UrlRewrite("new.test", null))
                            .to("app"))
                    .build());
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                assertEquals(200, client.get("/").status());
                assertHost("new.test", server.take(), protocol);
                assertEquals(200, h2.get("/").status());
                assertHost("new.test", server.take(), protocol);
            }
        }
    }

    private static void assertHost(String host, ReceivedRequest received, Protocol protocol) {
        assertEquals(host, received.authority());
        if (protocol == Protocol.HTTP) {
            assertEquals(List.of(host), values(received, "host"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.org:8080", "example.org:", "[::1]:80", "[2001:db8::1]", "a_b~c.test", "a,b;c=d"})
    void hostPassesAsItIs(String host) throws IOException {
        try (UpstreamServer h2 = UpstreamServer.h2c(Scripts.text("ok"))) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("h1", Protocol.HTTP, upstream.port())
                    .backend("h2", Protocol.H2C, h2.port())
                    .route("/", "h1")
                    .route("/h2", "h2")
                    .build());
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.1", "host: " + host);
                assertEquals(200, client.readFinal().status());
                assertEquals(List.of(host), values(upstream.take(), "host"));
                client.sendHead("GET /h2 HTTP/1.1", "host: " + host);
                assertEquals(200, client.readFinal().status());
            }
        }
    }

    @Row(value = "E5.9", over = "h2-h1")
    @Test
    void cookieCrumbsAreJoined() throws IOException {
        TestGateway gateway = start();
        try (RawH2Client client = RawH2Client.connect(gateway.port())) {
            Http2Headers head = RawH2Client.head("GET", "/")
                    .add("cookie", "a=b")
                    .add("cookie", "c=d")
                    .add("cookie", "e=f");
            assertEquals(200, client.open(head, true).response().status());
            assertEquals(List.of("a=b; c=d; e=f"), values(upstream.take(), "cookie"));
        }
    }

    @Test
    void expectContinueIsAnsweredHereWhereTheUpstreamSaysNothing() throws IOException {
        TestGateway gateway = start();
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.sendHead("POST / HTTP/1.1", "host: a", "expect: 100-continue", "content-length: 3");
            assertEquals(100, client.readResponse().status());
            client.send("abc");
            assertEquals(200, client.readResponse().status());
            ReceivedRequest received = upstream.take();
            assertEquals("100-continue", received.header("expect"));
            assertEquals(ReceivedRequest.sha256("abc".getBytes(UTF_8)), received.awaitBodySha256());
        }
    }

    @Test
    void expectContinueIsNotAnsweredWhereTheRequestIsRefused() throws IOException {
        TestGateway gateway = gateways.start(
                TestConfig.create().http("http").route("/only", "app").build());
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.sendHead("POST / HTTP/1.1", "host: a", "expect: 100-continue", "content-length: 3");
            assertEquals(404, client.readResponse().status());
        }
    }

    // --- responses ---

    @Row(
            value = {"E6.1", "E6.2", "E6.6", "E6.14"},
            over = "h1-h1")
    @Test
    void hopByHopResponseFieldsEndHere() throws IOException {
        RawResponse response = answer(
                """
                HTTP/1.1 200 OK
                Connection: keep-alive, X-Hop, X-Forwarded-For, Content-Length
                X-Hop: 1
                Keep-Alive: timeout=5
                Proxy-Connection: keep-alive
                Upgrade: h2c
                TE: gzip
                HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA
                Proxy-Authenticate: Basic realm="x"
                Proxy-Authentication-Info: nextnonce="a"
                Alt-Svc: h3=":443"
                Set-Cookie: a=b
                Set-Cookie: c=d
                Server: upstream
                Content-Length: 2

                ok""");
        assertEquals("ok", response.text());
        for (String name : List.of(
                "connection",
                "x-hop",
                "keep-alive",
                "proxy-connection",
                "upgrade",
                "te",
                "http2-settings",
                "proxy-authenticate",
                "proxy-authentication-info",
                "alt-svc")) {
            assertNull(response.header(name), name);
        }
        assertEquals("a=b, c=d", response.header("set-cookie"));
        assertEquals("2", response.header("content-length"));
        assertEquals("upstream", response.header("server"));
    }

    @Row(value = "E6.9", over = "h1-h1")
    @Test
    void viaIsAppendedToResponses() throws IOException {
        RawResponse response = answer("HTTP/1.1 200 OK\nVia: 1.0 fred\nContent-Length: 0\n\n");
        String via = response.header("via");
        assertNotNull(via);
        assertTrue(via.matches("1\\.0 fred, 1\\.1 sluice-[0-9a-f]+"), via);
    }

    @Row(value = "E6.14", over = "h1-h1")
    @Test
    void dateIsAddedWhereItIsMissing() throws IOException {
        String added = answer("HTTP/1.1 200 OK\nContent-Length: 0\n\n").header("date");
        assertNotNull(added);
        assertTrue(added.matches("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT"), added);
        String given = "Tue, 15 Nov 1994 08:12:31 GMT";
        assertEquals(
                given,
                answer("HTTP/1.1 200 OK\nDate: " + given + "\nContent-Length: 0\n\n")
                        .header("date"));
    }

    @Row(
            value = {"E6.15", "E4.26"},
            over = {"h1-h1", "h2-h1"})
    @Test
    void contentLengthOfHeadIsKept() throws IOException {
        try (RawUpstream raw = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n")) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, raw.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                for (int i = 0; i < 2; i++) {
                    client.sendHead("HEAD / HTTP/1.1", "host: a");
                    RawResponse response = client.readResponse(true);
                    assertEquals(200, response.status());
                    assertEquals("12345", response.header("content-length"));
                }
                H2Response second = h2.open(RawH2Client.head("HEAD", "/"), true).response();
                assertEquals("12345", second.header("content-length"));
                assertTrue(second.complete());
                assertEquals(0, second.body().length);
            }
        }
    }

    @Row(value = "E6.15", over = "h1-h1")
    @Test
    void noContentHasNoLength() throws IOException {
        RawResponse response = answer("HTTP/1.1 204 No Content\nContent-Length: 0\n\n");
        assertEquals(204, response.status());
        assertNull(response.header("content-length"), "RFC 9110 section 8.6");
        assertNull(response.header("transfer-encoding"));
    }

    @Row(value = "E4.26", over = "h1-h1")
    @Test
    void notModifiedKeepsItsLength() throws IOException {
        RawResponse response = answer("HTTP/1.1 304 Not Modified\nETag: \"x\"\nContent-Length: 7\n\n");
        assertEquals(304, response.status());
        assertEquals("7", response.header("content-length"));
        assertEquals("\"x\"", response.header("etag"));
    }

    // --- trailers ---

    @Row(
            value = {"E6.4", "E6.5"},
            over = {"h1-h1", "h2-h1"})
    @Test
    void forbiddenTrailerFieldsAreDropped() throws IOException {
        try (RawUpstream raw = RawUpstream.answering(
                lines(
                        """
                HTTP/1.1 200 OK
                Transfer-Encoding: chunked
                Trailer: x-checksum

                2
                ok
                0
                X-Checksum: abc
                Set-Cookie: a=b
                Authorization: x
                Cache-Control: no-store
                Connection: close
                Host: evil
                TE: x
                Content-Type: text/evil

                """))) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, raw.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.1", "host: a", "te: trailers", "connection: te");
                RawResponse response = client.readFinal();
                assertEquals("ok", response.text());
                assertEquals("x-checksum", response.header("trailer"));
                assertEquals(1, response.trailers().size(), response.trailers().toString());
                assertEquals("abc", response.trailer("x-checksum"));

                RawResponse unasked = client.get("/");
                assertEquals("x-checksum", unasked.header("trailer"));
                assertEquals("abc", unasked.trailer("x-checksum"), "every reader of chunks reads trailers");

                H2Response second = h2.get("/");
                assertEquals(1, second.trailers().size(), second.trailers().toString());
                assertEquals("abc", second.trailer("x-checksum"));
            }
        }
    }

    @Row(value = "E6.4", over = "h1-h1")
    @Test
    void http10GetsNoTrailersAndNoChunks() throws IOException {
        try (RawUpstream raw = RawUpstream.answering(
                lines(
                        """
                HTTP/1.1 200 OK
                Transfer-Encoding: chunked
                Trailer: x-checksum

                2
                ok
                0
                X-Checksum: abc

                """))) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, raw.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.0", "host: a", "te: trailers");
                RawResponse response = client.readFinal();
                assertNull(response.header("trailer"));
                assertNull(response.header("transfer-encoding"));
                assertEquals("ok", response.text());
                assertFalse(client.isOpen());
            }
        }
    }

    private TestGateway start() {
        return gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
    }

    /** What the upstream gets of a GET with these fields. */
    private ReceivedRequest relay(String... fields) throws IOException {
        TestGateway gateway = start();
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            List<String> head = new ArrayList<>(List.of("GET / HTTP/1.1", "host: localhost"));
            head.addAll(List.of(fields));
            assertEquals(
                    200,
                    client.sendHead(head.toArray(String[]::new)).readFinal().status());
            return upstream.take();
        }
    }

    /** What a client gets when the upstream answers these lines. */
    private RawResponse answer(String response) throws IOException {
        try (RawUpstream raw = RawUpstream.answering(lines(response))) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, raw.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                return client.get("/");
            }
        }
    }

    private static String lines(String text) {
        return text.replace("\n", "\r\n");
    }

    private static List<String> values(ReceivedRequest received, String name) {
        return received.headers().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .map(Map.Entry::getValue)
                .toList();
    }
}
