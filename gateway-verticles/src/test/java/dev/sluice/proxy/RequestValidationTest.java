package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that must not reach an upstream, by the rows of {@code correctness.md} E4 and E5 on heads. */
final class RequestValidationTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("ok"));
    private TestGateway gateway;

    @BeforeEach
    void startGateway() {
        gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
    }

    @AfterEach
    void closeUpstream() {
        upstream.close();
    }

    /** {@code ~} stands for a line end. */
    @Row(
            value = {"E4.1", "E4.7", "E4.16", "E4.18", "E4.19", "E4.24", "E6.11"},
            over = "h1-h1")
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "400 | GET / HTTP/1.1", // no Host
                "400 | GET / HTTP/1.1~host: a~host: a",
                "400 | GET / HTTP/1.1~host: a~host: b",
                "400 | GET / HTTP/1.1~host: a b",
                "400 | GET / HTTP/1.1~host: a/b",
                "400 | GET / HTTP/1.1~host: user@a",
                "400 | GET / HTTP/1.1~host: a:b",
                "400 | GET / HTTP/1.1~host: a:99999",
                "400 | GET / HTTP/1.1~host: a:80:80",
                "400 | GET / HTTP/1.1~host: [::1",
                "400 | GET / HTTP/1.1~host: a, b c",
                "400 | GET http://a/ HTTP/1.1~host: b c",
                "400 | GET http:/// HTTP/1.1~host: a",
                "400 | GET http://user@a/ HTTP/1.1~host: a",
                "400 | GET ftp://a/ HTTP/1.1~host: a",
                "400 | GET a HTTP/1.1~host: a",
                "400 | GET * HTTP/1.1~host: a",
                "400 | GET /a#b HTTP/1.1~host: a",
                "400 | GET /a\\b HTTP/1.1~host: a",
                "400 | GET /\u001b HTTP/1.1~host: a",
                "400 | GET /\u0080 HTTP/1.1~host: a",
                "400 | GET /\u00ff HTTP/1.1~host: a",
                "400 | GET /\u007f HTTP/1.1~host: a",
                "405 | CONNECT a:443 HTTP/1.1~host: a:443",
                "405 | CONNECT / HTTP/1.1~host: a",
                "405 | TRACE / HTTP/1.1~host: a",
                "400 | GET / HTTP/1.1~host: a~content-length: 1~transfer-encoding: chunked",
                "400 | GET / HTTP/1.1~host: a~content-length: 2, 2",
                "400 | GET / HTTP/1.1~host: a~content-length: +2",
                "400 | GET / HTTP/1.1~host: a~transfer-encoding : chunked",
                "400 | GET / HTTP/1.1~host: a~: x",
                "400 | GET / HTTP/1.1~host: a~x: a\u0000b",
            })
    void http1RequestIsRefusedAndTheConnectionClosed(int status, String head) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.send(head.replace("~", "\r\n") + "\r\n\r\nGET /next HTTP/1.1\r\nhost: a\r\n\r\n");
            RawResponse response = client.readResponse();
            assertEquals(status, response.status());
            assertRefusal(response, status);
            assertEquals("", client.readToEof(), "what follows is not executed");
        }
        assertUpstreamUntouchedAndAlive();
    }

    @Row(value = "E4.21", over = "h1-h1")
    @Test
    void tooLongRequestLineIs414() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.sendHead("GET /" + "a".repeat(9_000) + " HTTP/1.1", "host: a");
            assertRefusal(client.readResponse(), 414);
            client.awaitClosed();
        }
        assertUpstreamUntouchedAndAlive();
    }

    @Row(value = "E4.21", over = "h1-h1")
    @Test
    void tooManyHeaderBytesAre431() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.sendHead("GET / HTTP/1.1", "host: a", "x: " + "a".repeat(70_000));
            assertRefusal(client.readResponse(), 431);
            client.awaitClosed();
        }
        assertUpstreamUntouchedAndAlive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "text/html, application/problem+json"})
    void refusalIsJsonForWhoAcceptsIt(String accept) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.sendHead("GET * HTTP/1.1", "host: a", "accept: " + accept);
            RawResponse response = client.readResponse();
            assertEquals("application/json", response.header("content-type"));
            JsonObject body = new JsonObject(response.text());
            assertEquals(400, body.getInteger("status"));
            assertEquals("http_request_error", body.getString("error"));
            assertEquals("The request target * is for OPTIONS alone", body.getString("message"));
        }
    }

    @Row(value = "E4.17", over = "h1-h1")
    @Test
    void absoluteFormOverridesHost() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.sendHead("GET http://Right.test:81?q=1 HTTP/1.1", "host: wrong.test");
            assertEquals(200, client.readFinal().status());
            ReceivedRequest received = upstream.take();
            assertEquals("Right.test:81", received.header("host"));
            assertEquals("/?q=1", received.target());
            assertEquals("Right.test:81", received.header("x-forwarded-host"));
        }
    }

    @Test
    void optionsOfTheServerIsServed() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port());
                RawH2Client h2 = RawH2Client.connect(gateway.port())) {
            client.sendHead("OPTIONS * HTTP/1.1", "host: a");
            int status = client.readFinal().status();
            assertTrue(status == 200 || status == 404, status + " (expected: no refusal)");
            assertTrue(client.isOpen());
            assertEquals(
                    status,
                    h2.open(RawH2Client.head("OPTIONS", "*"), true).response().status());
        }
    }

    @Test
    void http10NeedsNoHost() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.sendHead("GET / HTTP/1.0");
            assertEquals(200, client.readFinal().status());
            assertFalse(client.isOpen());
        }
    }

    @Row(value = "E5.4", over = "h2-h1")
    @Test
    void badHttp2PathsLeaveThePoolAlive() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port())) {
            for (int i = 0; i < 20; i++) {
                assertRefused(client.open(RawH2Client.head("GET", "/a b"), true).response(), 400);
            }
            for (String path : new String[] {"/a#b", "/a\\b", "/\u001b", "/\u0080", "a", "*", "/a\u007f"}) {
                assertRefused(client.open(RawH2Client.head("GET", path), true).response(), 400);
            }
            for (int i = 0; i < 10; i++) {
                assertEquals("ok", client.get("/good").text());
            }
            assertTrue(client.isOpen());
        }
        assertEquals(10, upstream.received().size());
    }

    @Row(
            value = {"E5.5", "E6.11"},
            over = "h2-h1")
    @Test
    void badHttp2HeadsAreRefused() throws IOException {
        try (RawH2Client client = RawH2Client.connect(gateway.port())) {
            Http2Headers noAuthority =
                    new DefaultHttp2Headers(false).method("GET").scheme("http").path("/");
            assertRefused(client.open(noAuthority, true).response(), 400);
            assertRefused(client.open(RawH2Client.head("TRACE", "/"), true).response(), 405);
            assertRefused(
                    client.open(RawH2Client.head("GET", "/").authority("a:99999"), true)
                            .response(),
                    400);
            assertRefused(
                    client.open(RawH2Client.head("GET", "/").scheme("ftp"), true)
                            .response(),
                    400);
            assertEquals("ok", client.get("/good").text());
        }
        assertEquals(1, upstream.received().size());
    }

    /** A refusal by the gateway, or by Vert.x with PROTOCOL_ERROR. */
    private static void assertRefused(H2Response response, int status) {
        if (response.headers().isEmpty()) {
            assertEquals(1, response.resetCode(), "PROTOCOL_ERROR");
        } else {
            assertEquals(status, response.status());
            assertTrue(
                    String.valueOf(response.header("proxy-status")).startsWith("sluice; error=http_request_"),
                    response.headers().toString());
            assertTrue(response.complete(), response.toString());
        }
    }

    private static void assertRefusal(RawResponse response, int status) {
        assertEquals(status, response.status());
        String error = status == 405 ? "http_request_denied" : "http_request_error";
        assertTrue(
                String.valueOf(response.header("proxy-status")).startsWith("sluice; error=" + error + "; details=\""),
                response.headers().toString());
        assertEquals("close", response.header("connection"), "RFC 9112 section 9.6");
        assertEquals("text/plain; charset=utf-8", response.header("content-type"));
        assertTrue(response.text().startsWith(status + " " + error + ": "), response.text());
        assertTrue(response.complete());
    }

    private void assertUpstreamUntouchedAndAlive() throws IOException {
        assertEquals(0, upstream.received().size(), "requests at the upstream");
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals("ok", client.get("/").text());
        }
    }
}
