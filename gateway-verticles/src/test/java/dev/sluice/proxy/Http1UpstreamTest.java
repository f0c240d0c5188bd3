package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1.1 connections to upstreams at the moments when something else happens at the same time. */
final class Http1UpstreamTest {

    /** More than a read, an HTTP/2 window and a write queue hold together, less than a sender's socket buffers. */
    private static final int BODY_BYTES = 3_000_000;

    private static final String BODY;

    static {
        StringBuilder body = new StringBuilder(BODY_BYTES);
        for (int i = 0; i < BODY_BYTES; i++) {
            body.append((char) (i % 251));
        }
        BODY = body.toString();
    }

    private static final String GOOD = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood";

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    /** One loop: one pool, and whoever is answered after an event knows that the loop has seen it. */
    private TestGateway oneLoop(RawUpstream upstream) {
        return gateways.start(
                TestGateway.bootstrap(1), TestConfig.forwarding(Protocol.HTTP, upstream.port()), Extensions.NONE);
    }

    enum Framing {
        LENGTH,
        CHUNKED,
        CLOSE;

        /** The first bytes of the body, and that the connection ends with them. */
        String response(int length) {
            return "HTTP/1.1 200 OK\r\nconnection: close\r\n"
                    + switch (this) {
                        case LENGTH -> "content-length: " + length + "\r\n\r\n" + BODY.substring(0, length);
                        case CHUNKED -> "transfer-encoding: chunked\r\n\r\n" + chunked(length);
                        case CLOSE -> "\r\n" + BODY.substring(0, length);
                    };
        }

        private static String chunked(int length) {
            StringBuilder chunks = new StringBuilder();
            for (int begin = 0; begin < length; begin += 10_000) {
                chunks.append("2710\r\n").append(BODY, begin, begin + 10_000).append("\r\n");
            }
            return chunks.append("0\r\n\r\n").toString();
        }
    }

    /** Answers {@code /good} for ever, and anything else with these bytes and the end of the connection. */
    private static RawUpstream answeringThenClosing(Supplier<String> response, AtomicBoolean sent) throws IOException {
        return RawUpstream.conversing(connection -> {
            RawUpstream.Request request = connection.readRequest();
            while (request != null && request.requestLine().startsWith("GET /good ")) {
                connection.send(GOOD);
                request = connection.readRequest();
            }
            if (request != null) {
                connection.send(response.get());
                sent.set(true); // and when this returns the connection is closed
            }
        });
    }

    /** A stream that has got its head, and whose body the gateway cannot pass on. */
    private static RawH2Stream stuck(RawH2Client client, String path) throws IOException {
        client.withholdCredit();
        return client.open(RawH2Client.head("GET", path), true);
    }

    private static void assertWhole(RawH2Client client, RawH2Stream stream, int length) throws IOException {
        client.windowUpdate(0, length);
        client.windowUpdate(stream.id(), length);
        H2Response response = stream.response();
        assertEquals(200, response.status());
        assertTrue(response.complete());
        assertEquals(length, response.body().length);
        assertEquals(
                ReceivedRequest.sha256(BODY.substring(0, length).getBytes(StandardCharsets.ISO_8859_1)),
                ReceivedRequest.sha256(response.body()));
    }

    /** When this returns the gateway's loop has seen everything that had reached it before. */
    private static void turn(TestGateway gateway) throws IOException {
        for (int i = 0; i < 3; i++) {
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                assertEquals("good", client.get("/good").text());
            }
        }
    }

    private static void assertHeldUp(TestGateway gateway) {
        assertEquals(1.0, gateway.metric("gateway_upstream_requests_active"));
    }

    // --- back-pressure ---

    @ParameterizedTest
    @EnumSource(Framing.class)
    void whatCameBeforeTheUpstreamClosedIsDelivered(Framing framing) throws IOException {
        AtomicBoolean sent = new AtomicBoolean();
        try (RawUpstream upstream = answeringThenClosing(() -> framing.response(BODY_BYTES), sent)) {
            TestGateway gateway = oneLoop(upstream);
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = stuck(client, "/big");
                Eventually.holds("the upstream has sent all and closes", sent::get);
                turn(gateway);
                assertHeldUp(gateway);
                assertWhole(client, stream, BODY_BYTES);
            }
        }
    }

    /** Of these lengths, some are read whole and some partly when the pause comes. */
    @ParameterizedTest
    @EnumSource(Framing.class)
    void whatWasReadBeforeTheUpstreamClosedIsDelivered(Framing framing) throws IOException {
        AtomicInteger length = new AtomicInteger();
        AtomicBoolean sent = new AtomicBoolean();
        try (RawUpstream upstream = answeringThenClosing(() -> framing.response(length.get()), sent)) {
            TestGateway gateway = oneLoop(upstream);
            for (int next = 50_000; next <= 1_500_000; next += 50_000) {
                length.set(next);
                sent.set(false);
                try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                    RawH2Stream stream = stuck(client, "/big");
                    Eventually.holds("the upstream has sent all and closes", sent::get);
                    turn(gateway);
                    assertWhole(client, stream, next);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Framing.class,
            names = {"LENGTH", "CHUNKED"})
    void whatIsMissingWhenTheUpstreamClosesIsMissed(Framing framing) throws IOException {
        AtomicBoolean sent = new AtomicBoolean();
        String response = framing.response(BODY_BYTES);
        try (RawUpstream upstream = answeringThenClosing(() -> response.substring(0, response.length() - 1), sent)) {
            TestGateway gateway = oneLoop(upstream);
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = stuck(client, "/big");
                Eventually.holds("the upstream has sent and closes", sent::get);
                turn(gateway);
                client.windowUpdate(0, BODY_BYTES);
                client.windowUpdate(stream.id(), BODY_BYTES);
                H2Response broken = stream.response();
                assertEquals(200, broken.status());
                assertFalse(broken.complete());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Framing.class)
    void clientLeavesAfterTheUpstreamHasClosed(Framing framing) throws IOException {
        AtomicBoolean sent = new AtomicBoolean();
        try (RawUpstream upstream = answeringThenClosing(() -> framing.response(BODY_BYTES), sent)) {
            TestGateway gateway = oneLoop(upstream);
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = stuck(client, "/big");
                Eventually.holds("the upstream has sent all and closes", sent::get);
                turn(gateway);
                assertHeldUp(gateway);
                stream.reset(8);
                assertTrue(client.isOpen());
            }
            gateway.awaitIdle();
            turn(gateway);
        }
    }

    @Test
    void connectionIsReadAgainAfterAPausedBody() throws IOException {
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            RawUpstream.Request request = connection.readRequest();
            while (request != null) {
                connection.send(
                        request.requestLine().startsWith("GET /good ")
                                ? GOOD
                                : Framing.LENGTH.response(BODY_BYTES).replace("connection: close\r\n", ""));
                request = connection.readRequest();
            }
        })) {
            TestGateway gateway = oneLoop(upstream);
            for (int round = 0; round < 3; round++) {
                try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                    RawH2Stream stream = stuck(client, "/big");
                    assertEquals(1, upstream.take().connection());
                    assertEquals(200, stream.nextHeaders().status());
                    client.windowUpdate(0, BODY_BYTES);
                    client.windowUpdate(stream.id(), BODY_BYTES);
                    int length = 0;
                    while (length < BODY_BYTES) {
                        length += stream.nextData().bytes().length;
                    }
                    assertEquals(BODY_BYTES, length);
                }
                gateway.awaitIdle();
                turn(gateway);
                for (int i = 0; i < 3; i++) {
                    assertEquals(1, upstream.take().connection());
                }
            }
        }
    }

    @Test
    void answerComesWhileTheUploadIsHeldUp() throws IOException {
        Gate gate = new Gate();
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            var head = connection.readHead();
            if (head != null && head.requestLine().startsWith("GET ")) {
                connection.send(GOOD);
            } else {
                gate.pass();
                connection.send("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno");
            }
            connection.awaitClosedByPeer();
        })) {
            TestGateway gateway = oneLoop(upstream);
            AtomicLong sent = new AtomicLong();
            int length = 30_000_000;
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("POST /up HTTP/1.1", "host: localhost", "content-length: " + length);
                Thread upload = new Thread(() -> {
                    byte[] piece = new byte[100_000];
                    try {
                        while (sent.get() < length) {
                            client.send(piece);
                            sent.addAndGet(piece.length);
                        }
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
                upload.start();
                long[] last = {-1};
                int[] still = {0};
                Eventually.holds("the upload is held up", () -> {
                    still[0] = sent.get() == last[0] ? still[0] + 1 : 0;
                    last[0] = sent.get();
                    return still[0] >= 100 && last[0] > 0;
                });
                assertTrue(sent.get() < length, "back-pressure");
                gate.open();
                assertEquals("no", client.readFinal().text());
                Eventually.holds("the rest is discarded", () -> sent.get() == length);
                assertEquals("good", client.get("/next").text());
            }
        }
    }

    // --- framing ---

    /** Sizes at which a read ends just where the response does. */
    @ParameterizedTest
    @ValueSource(ints = {512, 1024, 2048, 4096, 8192, 16384, 32768, 65536})
    void bytesOfTheNextReadReachNobody(int size) throws IOException {
        String head = "HTTP/1.1 200 OK\r\ncontent-length: %05d\r\n\r\n";
        int length = size - head.formatted(0).length();
        String first = head.formatted(length) + "f".repeat(length);
        String evil = GOOD.replace("good", "evil");
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            RawUpstream.Request request = connection.readRequest();
            while (request != null) {
                connection.send(request.requestLine().startsWith("GET /good ") ? GOOD : first + evil);
                request = connection.readRequest();
            }
        })) {
            TestGateway gateway = oneLoop(upstream);
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("GET /first HTTP/1.1\r\nhost: a\r\n\r\nGET /good HTTP/1.1\r\nhost: a\r\n\r\n");
                assertEquals("f".repeat(length), client.readFinal().text());
                assertEquals("good", client.readFinal().text());
            }
        }
    }

    /** An empty chunk would end the body, and what follows would be the next request. */
    @Test
    void emptyDataFramesAreNoEnd() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(GOOD)) {
            TestGateway gateway = oneLoop(upstream);
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                byte[] empty = {};
                for (String length : List.of("", "5")) {
                    for (boolean emptyFirst : List.of(true, false)) {
                        Http2Headers head = RawH2Client.head("POST", "/");
                        if (!length.isEmpty()) {
                            head.add("content-length", length);
                        }
                        RawH2Stream stream = client.open(head, false);
                        if (emptyFirst) {
                            stream.data(empty, false);
                        }
                        stream.data("he".getBytes(StandardCharsets.US_ASCII), false);
                        assertTrue(client.isOpen(), "so that the frames come one by one");
                        stream.data(empty, false);
                        assertTrue(client.isOpen());
                        stream.data("llo".getBytes(StandardCharsets.US_ASCII), false);
                        stream.data(empty, true);
                        assertEquals("good", stream.response().text());
                        assertEquals("hello", new String(upstream.take().body(), StandardCharsets.US_ASCII));
                    }
                }
            }
        }
    }
}
