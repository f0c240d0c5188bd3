package dev.sluice.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Interim responses, and what a client may expect before it sends its body (RFC 9110 sections 10.1.1 and 15.2). */
final class InterimTest {

    private static final String OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @Row(value = "E6.7", over = "h1-h1")
    @Test
    void theUpstreamsContinueIsRelayed() throws IOException {
        Gate asked = new Gate();
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            RawUpstream.Request head = connection.readHead();
            if (head == null) {
                return;
            }
            asked.pass();
            connection.send("HTTP/1.1 100 Continue\r\n\r\n");
            assertEquals("abc", new String(connection.read(3), UTF_8));
            connection.send(OK);
            connection.awaitClosedByPeer();
        })) {
            TestGateway gateway = start(Protocol.HTTP, upstream.port());
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("POST / HTTP/1.1", "host: a", "expect: 100-Continue", "content-length: 3");
                asked.awaitReached(); // the head alone has reached the upstream
                asked.open();
                assertEquals(100, client.readResponse().status());
                client.send("abc");
                RawResponse response = client.readResponse();
                assertEquals(200, response.status());
                assertNull(response.header("connection"));
            }
        }
    }

    @Row(value = "E6.7", over = "h2-h2")
    @Test
    void theUpstreamsContinueIsRelayedOnHttp2() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(Protocol.H2C, upstream.port());
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream request = client.open(RawH2Client.head("POST", "/").add("expect", "100-continue"), false);
                RawH2Stream received = upstream.take();
                assertEquals("100-continue", received.nextHeaders().get("expect"));
                received.respond(100, false);
                assertEquals(100, request.nextHeaders().status());
                request.data("abc".getBytes(UTF_8), true);
                assertEquals("abc", received.nextData().text());
                received.respond(200, true);
                assertEquals(200, request.nextHeaders().status());
            }
        }
    }

    @Row(value = "E6.7", over = "h1-h1")
    @Test
    void aFinalStatusStopsTheUploadBeforeItBegins() throws IOException {
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            while (connection.readHead() != null) {
                connection.send("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno");
            }
        })) {
            TestGateway gateway = start(Protocol.HTTP, upstream.port());
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("POST / HTTP/1.1", "host: a", "expect: 100-continue", "content-length: 3");
                RawResponse response = client.readResponse();
                assertEquals(403, response.status());
                assertEquals("no", response.text());
                assertEquals("close", response.header("connection"), "whether a body follows is anybody's guess");
                client.send("GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n");
                assertEquals("", client.readToEof());
            }
            assertEquals(1, upstream.connections());
        }
    }

    @Row(value = "E6.7", over = "h1")
    @Test
    void anOldClientIsNotHeeded() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(OK)) {
            TestGateway gateway = start(Protocol.HTTP, upstream.port());
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("POST / HTTP/1.0\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\nabc");
                assertEquals(200, client.readResponse().status());
                assertNull(upstream.take().header("expect"));
            }
        }
    }

    @Row(
            value = "E6.7",
            over = {"h1", "h2"})
    @ParameterizedTest
    @ValueSource(strings = {"200-ok", "100-continue-please", "x", ""})
    void anythingElseIs417(String expectation) throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(OK)) {
            TestGateway gateway = start(Protocol.HTTP, upstream.port());
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                client.sendHead("POST / HTTP/1.1", "host: a", "expect: " + expectation, "content-length: 3");
                RawResponse response = client.readResponse();
                assertEquals(417, response.status());
                assertEquals("close", response.header("connection"));
                assertEquals(
                        417,
                        h2.open(RawH2Client.head("POST", "/").add("expect", expectation), false)
                                .response()
                                .status());
            }
            assertEquals(0, upstream.connections());
        }
    }

    @Row(
            value = "E6.8",
            over = {"h1-h1", "h2-h1"})
    @Test
    void earlyHintsAreRelayedAndNoOthers() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(
                "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload"
                        + "\r\nConnection: x-hop\r\nX-Hop: 1\r\nContent-Length: 3\r\n\r\nHTTP/1.1 199 Odd\r\n\r\n"
                        + OK)) {
            TestGateway gateway = start(Protocol.HTTP, upstream.port());
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.1", "host: a");
                RawResponse hints = client.readResponse();
                assertEquals(103, hints.status());
                assertEquals("</a.css>; rel=preload", hints.header("link"));
                assertNull(hints.header("x-hop"));
                assertNull(hints.header("content-length"));
                RawResponse response = client.readResponse();
                assertEquals(200, response.status());
                assertEquals("ok", response.text());

                RawH2Stream stream = h2.open(RawH2Client.head("GET", "/"), true);
                H2Frame.Headers h2Hints = stream.nextHeaders();
                assertEquals(103, h2Hints.status());
                assertEquals("</a.css>; rel=preload", h2Hints.get("link"));
                assertEquals(200, stream.nextHeaders().status());

                client.send("GET / HTTP/1.0\r\nhost: a\r\n\r\n");
                assertEquals(200, client.readResponse().status(), "HTTP/1.0 knows no interim responses");
            }
        }
    }

    /** Vert.x's client takes any but 100 and 103 for the response itself. */
    @Row(
            value = "E6.8",
            over = {"h1-h2", "h2-h2"})
    @Test
    void interimResponsesOfHttp2() throws Exception {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(Protocol.H2C, upstream.port());
            CompletableFuture<Void> answering = CompletableFuture.runAsync(
                    () -> {
                        try {
                            for (int i = 0; i < 2; i++) {
                                RawH2Stream received = upstream.take();
                                received.respond(102, false);
                                received.headers(
                                        new DefaultHttp2Headers()
                                                .status("103")
                                                .add("link", "</a.css>")
                                                .add("link", "</b.css>"),
                                        false);
                                received.respond(199, false).respond(200, false).data("ok".getBytes(UTF_8), true);
                            }
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    },
                    task -> new Thread(task).start());
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.1", "host: a");
                RawResponse hints = client.readResponse();
                assertEquals(103, hints.status());
                assertEquals("</a.css>, </b.css>", hints.header("link"));
                assertEquals("ok", client.readResponse().text());

                RawH2Stream stream = h2.open(RawH2Client.head("GET", "/"), true);
                assertEquals(103, stream.nextHeaders().status());
                assertEquals(200, stream.nextHeaders().status());
                assertEquals("ok", stream.nextData().text());
            }
            answering.get();
        }
    }

    @Row(
            value = "E4.25",
            over = {"h1-h1", "h1-h2"})
    @ParameterizedTest
    @ValueSource(strings = {"HTTP", "H2C"})
    void aFloodOfInterimResponsesIsAFailure(Protocol protocol) throws Exception {
        try (RawUpstream h1 = RawUpstream.answering("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100) + OK);
                RawH2Upstream h2 = new RawH2Upstream()) {
            TestGateway gateway = start(protocol, protocol == Protocol.HTTP ? h1.port() : h2.port());
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.1", "host: a");
                if (protocol == Protocol.H2C) {
                    RawH2Stream received = h2.take();
                    for (int i = 0; i < 100; i++) {
                        received.respond(103, false);
                    }
                    received.respond(200, true);
                }
                int interim = 0;
                RawResponse response = client.readResponse();
                while (response.status() == 103) {
                    interim++;
                    response = client.readResponse();
                }
                assertTrue(interim <= 16, interim + " interim responses");
                assertEquals(502, response.status());
                assertTrue(response.text().contains("http_protocol_error"), response.text());
            }
        }
    }

    private TestGateway start(Protocol protocol, int port) {
        return gateways.start(TestConfig.forwarding(protocol, port));
    }
}
