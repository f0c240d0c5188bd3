package dev.sluice.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Interim responses and expectations. */
final class InterimRowsTest {

    private static final String GOOD = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood";

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @Row(
            value = {"E6.7", "E6.8"},
            over = "h1-h1")
    @Test
    void theUpstreamsContinueReachesTheClient() throws IOException {
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            RawUpstream.Request head = connection.readHead();
            if (head != null && "100-continue".equals(head.header("expect"))) {
                connection.send("HTTP/1.1 100 Continue\r\n\r\n");
                if (new String(connection.read(4), US_ASCII).equals("some")) {
                    connection.send(GOOD);
                }
            }
        })) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("POST / HTTP/1.1", "host: a", "expect: 100-continue", "content-length: 4");
                assertEquals(100, client.readResponse().status());
                client.send("some");
                assertEquals("good", client.readResponse().text());
            }
        }
    }

    @Row(
            value = {"E6.7"},
            over = {"h1-h1", "h2-h1"})
    @Test
    void unknownExpectationIs417() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(GOOD)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.1", "host: a", "expect: wonders");
                assertEquals(417, client.readResponse().status());
                assertEquals(
                        417,
                        h2.open(RawH2Client.head("GET", "/").add("expect", "wonders"), true)
                                .response()
                                .status());
                assertEquals(0, upstream.connections());
            }
        }
    }

    @Row(
            value = {"E6.8"},
            over = {"h1-h1", "h2-h1"})
    @Test
    void earlyHintsReachTheClient() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(
                "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + GOOD)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.1", "host: a");
                RawResponse hints = client.readResponse();
                assertEquals(103, hints.status());
                assertEquals("</a.css>", hints.header("link"));
                assertEquals("good", client.readResponse().text());

                RawH2Stream stream = h2.open(RawH2Client.head("GET", "/"), true);
                H2Frame.Headers first = stream.nextHeaders();
                assertEquals(103, first.status());
                assertEquals("</a.css>", first.get("link"));
                assertEquals(200, stream.nextHeaders().status());
                assertEquals("good", stream.nextData().text());

                client.sendHead("GET / HTTP/1.0", "host: a");
                RawResponse old = client.readResponse();
                assertEquals(200, old.status(), "HTTP/1.0 knows no interim responses");
                assertNotNull(old.header("content-length"));
            }
        }
    }
}
