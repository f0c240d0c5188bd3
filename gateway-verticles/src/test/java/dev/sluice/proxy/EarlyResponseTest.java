package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Defaults;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamExchange;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Responses that are complete before their request is. */
final class EarlyResponseTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private static void early(UpstreamExchange exchange) {
        var unused = exchange.response().setStatusCode(403).end("no");
    }

    private static UpstreamServer upstream(Protocol protocol) {
        return protocol == Protocol.HTTP
                ? UpstreamServer.http1(EarlyResponseTest::early)
                : UpstreamServer.h2c(EarlyResponseTest::early);
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "H2C"})
    void http1ClientKeepsItsConnectionWhenItFinishes(Protocol protocol) throws IOException {
        try (UpstreamServer upstream = upstream(protocol)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(protocol, upstream.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 300000\r\n\r\nbegin");
                assertEquals("no", client.readFinal().text());
                client.send(new byte[299_995]);
                assertEquals("no", client.get("/next").text());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "H2C"})
    void http1ClientThatGoesOnForEverIsCut(Protocol protocol) throws IOException {
        try (UpstreamServer upstream = upstream(protocol)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(protocol, upstream.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
                client.send("5\r\nbegin\r\n");
                assertEquals("no", client.readFinal().text());
                long answered = System.nanoTime();
                assertThrows(IOException.class, () -> {
                    while (System.nanoTime() - answered < Defaults.REQUEST_DRAIN.toNanos() * 3) {
                        client.send("5\r\nstill\r\n");
                        java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
                    }
                });
                long taken = System.nanoTime() - answered;
                assertTrue(taken > Defaults.REQUEST_DRAIN.toNanos() / 2, "took " + taken);
                assertTrue(taken < Defaults.REQUEST_DRAIN.toNanos() * 2, "took " + taken);
            }
        }
    }

    @Row(
            value = "E3.8",
            over = {"h2-h1", "h2-h2"})
    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "H2C"})
    void http2ClientGetsTheWholeResponseThenNoError(Protocol protocol) throws IOException {
        try (UpstreamServer upstream = upstream(protocol)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(protocol, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream =
                        client.open(RawH2Client.head("POST", "/"), false).data(new byte[] {1, 2, 3}, false);
                var response = stream.response();
                assertEquals(403, response.status());
                assertEquals("no", response.text());
                assertTrue(response.complete());
                assertEquals(0, stream.nextReset(), "NO_ERROR");
                assertTrue(client.isOpen());
            }
        }
    }

    /** The reset that such an upstream's kernel sends breaks a write of the gateway's, often before the answer is read. */
    @Test
    void answerOfAnUpstreamThatClosesWithoutReadingArrives() throws IOException {
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            var unused = connection.readHead();
            connection.send("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno");
        })) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            byte[] body = new byte[2_000_000];
            for (int i = 0; i < 100; i++) {
                try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                    client.sendHead("POST / HTTP/1.1", "host: localhost", "content-length: " + body.length)
                            .send(body);
                    assertEquals(403, client.readFinal().status(), "upload " + i);
                }
            }
        }
    }
}
