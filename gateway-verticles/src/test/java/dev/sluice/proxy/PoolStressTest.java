package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.UpstreamTerms.Pool;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.BlackHole;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Connects that fail, hang and break off at random, under clients that cancel at random: afterwards nothing is left.
 * {@code -Dtest.jvm.extra=-Dsluice.test.pool.requests=10000} makes it longer.
 */
final class PoolStressTest {

    private static final int REQUESTS = Integer.getInteger("sluice.test.pool.requests", 250);
    private static final int OPEN = 40;
    /** One client may not reset as many as make a flood. */
    private static final int STREAMS_OF_A_CLIENT = 400;

    private static final long CANCEL = 8;

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @ParameterizedTest
    @EnumSource(names = {"HTTP", "H2C"})
    void nothingIsLeft(Protocol protocol) throws IOException {
        int refusing;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            refusing = free.getLocalPort();
        }
        AtomicInteger accepted = new AtomicInteger();
        try (UpstreamServer good = protocol == Protocol.HTTP
                        ? UpstreamServer.http1(Scripts.text("good"))
                        : UpstreamServer.h2c(Scripts.text("good"));
                RawUpstream breaking = RawUpstream.conversing(connection -> {
                    if (accepted.incrementAndGet() % 2 == 0) {
                        connection.reset(); // before a word
                    }
                });
                BlackHole hole = new BlackHole()) {
            good.on("/stall", Scripts.stall());
            TestGateway gateway = gateways.start(
                    TestGateway.bootstrap(2),
                    TestConfig.create()
                            .http("http")
                            .backend("app", protocol, good.port(), refusing, breaking.port(), hole.port())
                            .upstreamTerms(
                                    "app",
                                    UpstreamChange.pool(p -> new Pool(
                                            8,
                                            2,
                                            10,
                                            Duration.ofMillis(60),
                                            Duration.ofMillis(20),
                                            Duration.ofMillis(200),
                                            Duration.ofMillis(400),
                                            50)))
                            .upstreamTerms("app", UpstreamChange.pending(100, Duration.ofMillis(80)))
                            .route("/", "app")
                            .build(),
                    Extensions.NONE);
            Random chance = new Random(5);
            int served = 0;
            for (int sent = 0; sent < REQUESTS; sent += STREAMS_OF_A_CLIENT) {
                try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                    served += run(client, chance, Math.min(STREAMS_OF_A_CLIENT, REQUESTS - sent));
                }
            }
            assertTrue(served > 0, "some are served");
            gateway.awaitIdle();
            for (String gauge : List.of("connects_active", "connections_active")) {
                Eventually.holds(
                        gauge + " is 0", () -> Double.valueOf(0).equals(gateway.metric("gateway_upstream_" + gauge)));
            }
            assertEquals(0.0, gateway.metric("gateway_bugs_total"));
            Double failures = gateway.metric("gateway_upstream_connect_failures_total");
            assertTrue(failures != null && failures > 0);
        }
    }

    /** Keeps some open, cancels a third of them, and counts which of the others were served. */
    private static int run(RawH2Client client, Random chance, int requests) throws IOException {
        Deque<RawH2Stream> open = new ArrayDeque<>();
        int served = 0;
        for (int i = 0; i < requests; i++) {
            boolean stalls = chance.nextInt(10) == 0;
            RawH2Stream stream = client.open(RawH2Client.head("GET", stalls ? "/stall" : "/"), true);
            if (stalls || chance.nextInt(3) == 0) {
                if (chance.nextBoolean()) {
                    stream.reset(CANCEL);
                    continue;
                }
                var unused = open.offerFirst(stream);
            } else {
                var unused = open.offerLast(stream);
            }
            while (open.size() >= OPEN) {
                open.removeFirst().reset(CANCEL);
                served += open.removeLast().response().status() == 200 ? 1 : 0;
            }
        }
        for (RawH2Stream left : open) {
            left.reset(CANCEL);
        }
        return served;
    }
}
