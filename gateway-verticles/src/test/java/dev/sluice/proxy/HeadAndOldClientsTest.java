package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Answers of the gateway's own to HEAD, and streams to HTTP/1.0, which knows no chunks. */
final class HeadAndOldClientsTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @Test
    void answersHeadOverHttp2WithoutContent() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("hello"))) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route("/known", "app")
                    .build());
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(RawH2Client.head("HEAD", "/unknown"), true);
                H2Frame.Headers head = stream.nextHeaders();
                assertEquals(404, head.status());
                assertTrue(head.endStream(), "no DATA follows");
                assertEquals(List.of(), stream.pending());
            }
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("HEAD /unknown HTTP/1.1\r\nHost: a.example\r\n\r\n");
                assertTrue(client.readHead().startsWith("HTTP/1.1 404"));
                client.send("GET /known HTTP/1.1\r\nHost: a.example\r\n\r\n");
                assertEquals("hello", client.readResponse().text(), "the connection is still in step");
            }
        }
    }

    @Test
    void streamsToHttp10WithoutChunks() throws IOException {
        Gate first = new Gate();
        Gate second = new Gate();
        try (UpstreamServer upstream =
                UpstreamServer.h2c(Scripts.gated(List.of(first, second), List.of("one", "two")))) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n");
                first.awaitReached();
                first.open();
                String head = client.readHead();
                assertTrue(head.startsWith("HTTP/1.0 200") || head.startsWith("HTTP/1.1 200"), head);
                assertFalse(head.toLowerCase(java.util.Locale.ROOT).contains("transfer-encoding"), head);
                assertEquals("one", client.readSome(3));
                second.open();
                assertEquals("two", client.readToEof(), "the end is the connection's end");
            }
            assertNull(upstream.take().header("transfer-encoding"));
        }
    }

    /** RFC 9112 section 9.6: what comes behind it is not executed, wherever in the list the option stands. */
    @Test
    void closeAmongOtherConnectionOptionsCloses() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: x-secret, Close\r\nX-Secret: 1\r\n\r\n"
                        + "GET /behind HTTP/1.1\r\nHost: a\r\n\r\n");
                RawResponse response = client.readFinal();
                assertEquals("ok", response.text());
                assertEquals("close", response.header("connection"));
                assertEquals("", client.readToEof());
            }
            assertNull(upstream.take().header("x-secret"));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                assertEquals("ok", client.get("/last").text());
            }
            assertEquals("GET /last HTTP/1.1", upstream.take().requestLine());
        }
    }
}
