package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams cancelled at whatever moment; deploy/bench/soak/cancels.py does it for long. The leak detector looks on. */
final class RandomCancelsTest {

    private static final long CANCEL = 8;
    private static final int CONNECTIONS = 5;
    /** Fewer than what a flood is judged by. */
    private static final int STREAMS = 400;

    private static final int OPEN = 50;
    private static final List<String> PATHS = List.of("/", "/stall", "/large", "/mid");

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @ParameterizedTest
    @EnumSource(names = {"HTTP", "H2C"})
    void nothingIsLeft(Protocol protocol) throws IOException {
        try (UpstreamServer upstream = upstream(protocol)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(protocol, upstream.port()));
            Random chance = new Random(4);
            for (int i = 0; i < CONNECTIONS; i++) {
                try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                    client.withholdCredit();
                    cancel(client, chance);
                    gateway.awaitIdle();
                }
            }
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                assertEquals("ok", client.get("/").text());
            }
            assertEquals(0.0, gateway.metric("gateway_bugs_total"));
        }
    }

    private static UpstreamServer upstream(Protocol protocol) {
        UpstreamServer server = protocol == Protocol.HTTP
                ? UpstreamServer.http1(Scripts.text("ok"))
                : UpstreamServer.h2c(Scripts.text("ok"));
        return server.on("/stall", Scripts.stall())
                .on("/large", Scripts.bytes(1_000_000))
                .on("/mid", Scripts.resetMidResponse("half", CANCEL));
    }

    /** Keeps some open and resets them in another order; some at once, before their head can have gone anywhere. */
    private static void cancel(RawH2Client client, Random chance) throws IOException {
        Deque<RawH2Stream> open = new ArrayDeque<>();
        for (int i = 0; i < STREAMS; i++) {
            RawH2Stream stream = client.open(
                    RawH2Client.head("POST", PATHS.get(chance.nextInt(PATHS.size()))), chance.nextBoolean());
            if (chance.nextInt(4) == 0) {
                stream.reset(CANCEL);
            } else {
                open.add(stream);
            }
            if (open.size() == OPEN) {
                List<RawH2Stream> shuffled = new ArrayList<>(open);
                Collections.shuffle(shuffled, chance);
                open.clear();
                for (RawH2Stream cancelled : shuffled.subList(0, OPEN / 2)) {
                    cancelled.reset(CANCEL);
                }
                open.addAll(shuffled.subList(OPEN / 2, OPEN));
            }
        }
        for (RawH2Stream left : open) {
            left.reset(CANCEL);
        }
    }
}
