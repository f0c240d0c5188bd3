package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamExchange;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Heads, bodies and trailers that move while the exchange is under way. */
final class StreamingTest {

    /** Far more than every buffer on the way holds together. */
    private static final int HUGE = 64 * 1024 * 1024;

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @Test
    void sendsTheHeadBeforeTheFirstByteOfTheBody() throws IOException {
        Gate first = new Gate();
        Gate second = new Gate();
        try (UpstreamServer upstream =
                UpstreamServer.h2c(Scripts.gated(List.of(first, second), List.of("one", "two")))) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(RawH2Client.head("GET", "/"), true);
                assertEquals(200, stream.nextHeaders().status());
                first.open();
                assertArrayEquals(
                        "one".getBytes(StandardCharsets.UTF_8),
                        stream.nextData().bytes());
                second.open();
                assertArrayEquals(
                        "two".getBytes(StandardCharsets.UTF_8),
                        stream.nextData().bytes());
                H2Frame.Data end = stream.nextData();
                assertTrue(end.endStream());
            }
        }
    }

    @Test
    void keepsATrailersOnlyResponseOneFrame() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.h2c(exchange -> exchange.onEnd(() -> {
            exchange.response().putHeader("content-type", "application/grpc").putHeader("grpc-status", "5");
            var unused = exchange.response().end();
        }))) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(RawH2Client.head("POST", "/svc/Method"), false);
                stream.body("message".getBytes(StandardCharsets.UTF_8));
                H2Frame.Headers only = stream.nextHeaders();
                assertTrue(only.endStream(), "HEADERS with END_STREAM");
                assertTrue(only.fields().contains(Map.entry("grpc-status", "5")), only.fields()::toString);
                assertEquals(List.of(), stream.pending());
            }
        }
    }

    @Test
    void relaysTrailersToWhoeverCanTakeThem() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.h2c(
                Scripts.trailers("body", Map.of("grpc-status", "0", "x-checksum", "abc", "set-cookie", "a=b")))) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                H2Response response = client.get("/");
                assertEquals("body", response.text());
                assertEquals("abc", response.trailer("x-checksum"));
                assertEquals("0", response.trailer("grpc-status"));
                assertNull(response.trailer("set-cookie"), "forbidden in trailers");
            }
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
                RawResponse newer = client.readResponse();
                assertEquals("abc", newer.trailer("x-checksum"));
                client.send("GET / HTTP/1.0\r\nHost: a.example\r\n\r\n");
                RawResponse old = client.readFinal();
                assertEquals("body", old.text());
                assertEquals(List.of(), old.trailers());
            }
            // one set-cookie for each of the two that took trailers, and all three of the one that did not
            Eventually.holds("dropped trailers are counted", () -> Double.valueOf(5)
                    .equals(gateway.metric("gateway_dropped_trailers_total")));
        }
    }

    @Test
    void stopsReadingAnUpstreamWhoseClientDoesNotRead() throws IOException {
        AtomicLong written = new AtomicLong();
        try (UpstreamServer upstream = UpstreamServer.http1(exchange -> {
            exchange.response().putHeader("content-length", Integer.toString(HUGE));
            writeAll(exchange, written);
        })) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
                String head = client.readHead();
                assertTrue(head.contains("content-length: " + HUGE), head);
                long stuck = settled(written);
                assertTrue(stuck > 0 && stuck < HUGE / 2, () -> stuck + " bytes were taken from the upstream");
                assertEquals(HUGE, client.readSome(HUGE).length(), "all of it once the client reads");
                assertEquals(HUGE, written.get());
            }
        }
    }

    @Test
    void stopsReadingAClientWhoseUpstreamDoesNotRead() throws IOException {
        Gate gate = new Gate();
        try (UpstreamServer upstream = UpstreamServer.h2c(Scripts.after(gate, Scripts.text("done")))) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                byte[] body = new byte[8 * 1024 * 1024];
                for (int i = 0; i < body.length; i++) {
                    body[i] = (byte) (i % 251);
                }
                RawH2Stream stream = client.open(RawH2Client.head("POST", "/"), false);
                Thread sender = new Thread(() -> {
                    try {
                        stream.body(body);
                    } catch (IOException e) {
                        throw new AssertionError("the upload broke", e);
                    }
                });
                sender.start();
                gate.awaitReached();
                Eventually.holds("the client's window is used up", () -> stream.sendWindow() <= 0);
                assertTrue(sender.isAlive(), "the client has to wait");
                gate.open();
                try {
                    assertEquals("done", stream.response().text());
                } catch (AssertionError stuck) {
                    ReceivedRequest seen = upstream.take();
                    throw new AssertionError(
                            "sender alive: " + sender.isAlive() + ", window: " + stream.sendWindow() + ", upstream has "
                                    + seen.bodyLength() + " bytes",
                            stuck);
                }
                assertEquals(ReceivedRequest.sha256(body), upstream.take().awaitBodySha256());
            }
        }
    }

    private static void writeAll(UpstreamExchange exchange, AtomicLong written) {
        Buffer chunk = Buffer.buffer(new byte[64 * 1024]);
        while (written.get() < HUGE) {
            if (exchange.response().writeQueueFull()) {
                exchange.response().drainHandler(drained -> writeAll(exchange, written));
                return;
            }
            written.addAndGet(chunk.length());
            var unused = exchange.response().write(chunk);
        }
        var unused = exchange.response().end();
    }

    /** The counter's value once it has stood still over many looks. */
    private static long settled(AtomicLong counter) {
        long[] last = {-1};
        int[] still = {0};
        Eventually.holds("the counter settles", () -> {
            long now = counter.get();
            still[0] = now == last[0] ? still[0] + 1 : 0;
            last[0] = now;
            return still[0] >= 20;
        });
        return last[0];
    }
}
