package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.BlackHole;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamExchange;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that go away (correctness.md E2): the upstream hears of it at once, and nothing is left behind. */
final class ClientAbortTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    enum Leaving {
        H1_FIN,
        H1_RST,
        H2_NO_ERROR,
        H2_INTERNAL_ERROR,
        H2_CANCEL,
        H2_CLOSE,
        H2_RST_OF_CONNECTION;

        /** Sends a request, waits, leaves. */
        void request(int port, String head, String body, Meanwhile meanwhile) throws IOException {
            if (name().startsWith("H1")) {
                try (RawHttp1 client = RawHttp1.connect(port)) {
                    String framing = body.isEmpty() ? "" : "content-length: 1000000\r\n";
                    client.send(head + " HTTP/1.1\r\nhost: localhost\r\n" + framing + "\r\n" + body);
                    meanwhile.run(() -> client.readHead(), client::readSome);
                    if (this == H1_RST) {
                        client.abort();
                    }
                }
                return;
            }
            try (RawH2Client client = RawH2Client.connect(port)) {
                String[] parts = head.split(" ", 2);
                RawH2Stream stream = client.open(RawH2Client.head(parts[0], parts[1]), body.isEmpty());
                if (!body.isEmpty()) {
                    stream.data(body.getBytes(java.nio.charset.StandardCharsets.US_ASCII), false);
                }
                meanwhile.run(stream::nextHeaders, length -> stream.nextData().text());
                switch (this) {
                    case H2_NO_ERROR -> stream.reset(0);
                    case H2_INTERNAL_ERROR -> stream.reset(2);
                    case H2_CANCEL -> stream.reset(8);
                    case H2_RST_OF_CONNECTION -> client.abort();
                    default -> {}
                }
                if (this == H2_NO_ERROR || this == H2_INTERNAL_ERROR || this == H2_CANCEL) {
                    assertTrue(client.isOpen());
                }
            }
        }
    }

    private interface Read<T> {
        T read() throws IOException;
    }

    private interface ReadSome {
        String read(int length) throws IOException;
    }

    private interface Meanwhile {
        void run(Read<?> head, ReadSome body) throws IOException;
    }

    static Stream<Arguments> cases() {
        return Stream.of(Leaving.values())
                .flatMap(leaving -> Stream.of(Protocol.HTTP, Protocol.H2C).map(to -> Arguments.of(leaving, to)));
    }

    private static UpstreamServer upstream(Protocol protocol, Consumer<UpstreamExchange> script) {
        return protocol == Protocol.HTTP ? UpstreamServer.http1(script) : UpstreamServer.h2c(script);
    }

    private static void assertCancelled(Protocol protocol, ReceivedRequest request) {
        if (protocol == Protocol.H2C) {
            assertEquals(8, request.awaitReset(), "CANCEL");
        } else {
            var unused = request.awaitBroken();
        }
    }

    private static void assertGood(TestGateway gateway) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals("good", client.get("/good").text());
        }
    }

    @Row(
            value = {"E2.1", "E2.2"},
            over = {"h1-h1", "h1-h2", "h2-h1", "h2-h2"})
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("cases")
    void goesAway(Leaving leaving, Protocol protocol) throws IOException {
        try (UpstreamServer upstream = upstream(protocol, Scripts.stall())) {
            upstream.on("/good", Scripts.text("good")).on("/half", exchange -> {
                var unused =
                        exchange.response().putHeader("content-length", "1000").write("half");
            });
            TestGateway gateway = gateways.start(TestConfig.forwarding(protocol, upstream.port()));
            // before the response
            leaving.request(gateway.port(), "GET /stall", "", (head, body) -> {
                ReceivedRequest received = upstream.take();
                assertEquals("/stall", received.target());
            });
            assertCancelled(protocol, upstream.received().get(0));
            gateway.awaitIdle();
            // mid-response
            leaving.request(gateway.port(), "GET /half", "", (head, body) -> {
                var unusedHead = head.read();
                assertEquals("half", body.read(4));
            });
            assertCancelled(protocol, upstream.take());
            gateway.awaitIdle();
            // mid-upload
            leaving.request(gateway.port(), "POST /upload", "some", (head, body) -> {
                ReceivedRequest received = upstream.take();
                Eventually.holds("the upload begins", () -> received.bodyLength() == 4);
            });
            assertCancelled(protocol, upstream.received().get(2));
            gateway.awaitIdle();
            Eventually.holds("the pool has its connections back", () -> upstream.openConnections() <= 2);
            assertGood(gateway);
        }
    }

    @Row(
            value = {"E2.1", "E2.2"},
            over = {"h1-h1", "h1-h2", "h2-h1", "h2-h2"})
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("cases")
    void goesAwayWhileTheConnectionIsOpened(Leaving leaving, Protocol protocol) throws IOException {
        try (BlackHole hole = new BlackHole()) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(protocol, hole.port()));
            leaving.request(gateway.port(), "GET /", "", (head, body) -> {
                Eventually.holds("it waits", () -> Double.valueOf(1)
                        .equals(gateway.metric("gateway_upstream_requests_pending")));
            });
            long left = System.nanoTime();
            gateway.awaitIdle();
            assertTrue(System.nanoTime() - left < 3_000_000_000L, "does not wait for the connect");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "H2C"})
    void fiveHundredRandomCancels(Protocol protocol) throws IOException {
        try (UpstreamServer upstream = upstream(protocol, Scripts.bytes(200_000))) {
            upstream.on("/good", Scripts.text("good")).on("/stall", Scripts.stall());
            TestGateway gateway = gateways.start(TestConfig.forwarding(protocol, upstream.port()));
            Random random = new Random(42);
            for (int round = 0; round < 10; round++) {
                try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                    List<RawH2Stream> open = new ArrayList<>();
                    for (int i = 0; i < 50; i++) {
                        String path = random.nextInt(3) == 0 ? "/stall" : "/bytes";
                        open.add(client.open(RawH2Client.head("GET", path), true));
                        if (random.nextBoolean()) {
                            open.remove(random.nextInt(open.size())).reset(random.nextInt(14));
                        }
                    }
                    for (RawH2Stream stream : open) {
                        stream.reset(8);
                    }
                    assertTrue(client.isOpen());
                }
            }
            gateway.awaitIdle();
            assertGood(gateway);
        }
    }
}
