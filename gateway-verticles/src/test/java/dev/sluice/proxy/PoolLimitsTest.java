package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.Breaker;
import dev.sluice.config.UpstreamTerms.Policy;
import dev.sluice.config.UpstreamTerms.Pool;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.BlackHole;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import dev.sluice.testkit.UpstreamExchange;
import dev.sluice.testkit.UpstreamServer;
import io.netty.handler.codec.http2.Http2Settings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The numbers of a pool: how many connections, streams and requests, for how long. */
final class PoolLimitsTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private @Nullable RawH2Client client;

    @AfterEach
    void close() throws IOException {
        if (client != null) {
            client.close();
        }
    }

    private TestGateway start(Protocol protocol, UnaryOperator<UpstreamTerms> change, int... ports) throws IOException {
        TestGateway gateway =
                gateways.start(TestGateway.bootstrap(1), config(protocol, change, ports), Extensions.NONE);
        client = RawH2Client.connect(gateway.port());
        return gateway;
    }

    private static dev.sluice.config.GatewayConfig config(
            Protocol protocol, UnaryOperator<UpstreamTerms> change, int... ports) {
        return TestConfig.create()
                .http("http")
                .backend("app", protocol, ports)
                .upstreamTerms("app", change)
                .route(TestConfig.rule("/").retry(PoolAcquisitionTest.ONCE).to("app"))
                .build();
    }

    private RawH2Client client() {
        return Objects.requireNonNull(client);
    }

    private RawH2Stream get(String path) throws IOException {
        return client().open(RawH2Client.head("GET", path), true);
    }

    private static void await(TestGateway gateway, String metric, double value) {
        Eventually.holds(metric + " is " + value, () -> Double.valueOf(value)
                .equals(gateway.metric("gateway_upstream_" + metric)));
    }

    private static UnaryOperator<UpstreamTerms> lifetime(Duration idle, Duration age, long requests) {
        return UpstreamChange.pool(p -> new Pool(
                p.http1Connections(),
                p.multiplexedConnections(),
                p.streamsPerConnection(),
                p.connectTimeout(),
                p.pendingConnectTimeout(),
                idle,
                age,
                requests));
    }

    private static UnaryOperator<UpstreamTerms> maxConnections(long value) {
        return UpstreamChange.breaker(b -> new Breaker(
                value,
                b.maxRequests(),
                b.maxPending(),
                b.pendingTimeout(),
                b.maxRetries(),
                b.retryBudgetPercent(),
                b.minRetries()));
    }

    // --- how many streams ---

    @Row("A2.7")
    @Test
    void furtherConnectionsOpenAsThePeersStreamsRunOut() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream(new Http2Settings().maxConcurrentStreams(2))) {
            var unused = start(Protocol.H2C, UnaryOperator.identity(), upstream.port());
            List<RawH2Stream> requests = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                requests.add(get("/"));
            }
            List<RawH2Stream> received = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                received.add(upstream.take()); // all are served at a time
            }
            assertEquals(3, upstream.connections());
            for (RawH2Stream stream : received) {
                var unusedAnswer = stream.respond(204, true);
            }
            for (RawH2Stream request : requests) {
                assertEquals(204, request.response().status());
            }
        }
    }

    @Row("A2.7")
    @Test
    void streamsAndConnectionsAreBoundedByTheTerms() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(Protocol.H2C, UpstreamChange.multiplexed(2, 3), upstream.port());
            for (int i = 0; i < 7; i++) {
                var unusedRequest = get("/");
            }
            List<RawH2Stream> received = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                received.add(upstream.take());
            }
            await(gateway, "requests_pending", 1);
            assertEquals(2, upstream.connections());
            var unused = received.get(0).respond(204, true);
            RawH2Stream seventh = upstream.take();
            assertTrue(received.stream().noneMatch(stream -> stream == seventh));
            assertEquals(2, upstream.connections());
        }
    }

    @Row("A2.7")
    @Test
    void streamsThatThePeerTakesBackAreNotUsed() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream(new Http2Settings().maxConcurrentStreams(3))) {
            TestGateway gateway = start(Protocol.H2C, UpstreamChange.multiplexed(1, 100), upstream.port());
            RawH2Stream first = get("/1");
            RawH2Stream taken = upstream.take();
            var unusedSettings = taken.settings(new Http2Settings().maxConcurrentStreams(1))
                    .respond(200, false)
                    .data(new byte[1], false); // behind the SETTINGS, so that they have been read
            assertEquals("200", first.nextHeaders().fields().get(0).getValue());
            assertEquals(1, first.nextData().bytes().length);
            RawH2Stream second = get("/2");
            await(gateway, "requests_pending", 1);
            var unusedMore = taken.settings(new Http2Settings().maxConcurrentStreams(2)); // and back
            var unusedSecond = upstream.take().respond(204, true);
            assertEquals(204, second.response().status());
            var unused = taken.data(new byte[1], true);
            H2Frame.Data last = first.nextData();
            assertTrue((last.endStream() ? last : first.nextData()).endStream(), "perhaps a frame of its own");
            assertEquals(1, upstream.connections());
        }
    }

    // --- how many requests in line, and connections over all endpoints ---

    @Test
    void lineIsBoundedForTheWholeBackend() throws IOException {
        try (BlackHole one = new BlackHole();
                BlackHole other = new BlackHole()) {
            TestGateway gateway = start(
                    Protocol.HTTP,
                    t -> UpstreamChange.policy(Policy.ROUND_ROBIN)
                            .apply(UpstreamChange.pending(2, Duration.ofMillis(800))
                                    .apply(t)),
                    one.port(),
                    other.port());
            RawH2Stream first = get("/1");
            RawH2Stream second = get("/2");
            await(gateway, "requests_pending", 2);
            H2Response third = client().get("/3");
            assertEquals(503, third.status());
            assertTrue(third.text().contains("connection_limit_reached"), third.text());
            for (RawH2Stream waited : List.of(first, second)) {
                assertEquals(503, waited.response().status(), "it took too long");
            }
        }
    }

    @Test
    void connectionsAreBoundedOverAllEndpoints() throws IOException {
        try (UpstreamServer one = UpstreamServer.http1(Scripts.text("one"));
                UpstreamServer other = UpstreamServer.http1(Scripts.text("other"))) {
            TestGateway gateway = start(
                    Protocol.HTTP,
                    t -> UpstreamChange.policy(Policy.ROUND_ROBIN)
                            .apply(maxConnections(1).apply(t)),
                    one.port(),
                    other.port());
            for (int i = 0;
                    i < 20 || one.received().isEmpty() || other.received().isEmpty();
                    i++) {
                assertEquals(200, client().get("/").status(), "an idle connection elsewhere makes room");
                assertEquals(1.0, gateway.metric("gateway_upstream_connections_active"));
            }
        }
    }

    private static UnaryOperator<UpstreamTerms> inTurn(long maxConnections) {
        return t -> UpstreamChange.policy(Policy.ROUND_ROBIN)
                .apply(maxConnections(maxConnections).apply(t));
    }

    private static Consumer<UpstreamExchange> behind(Gate gate, String text) {
        return exchange -> exchange.onEnd(() -> gate.pass(() -> exchange.execute(() -> {
            var unused = exchange.response().end(text);
        })));
    }

    @Test
    void endpointWithoutConnectionGetsOneThoughTheOthersKeepTheirs() throws IOException {
        Gate gate = new Gate();
        try (UpstreamServer one = UpstreamServer.http1(Scripts.text("good"));
                UpstreamServer other = UpstreamServer.http1(Scripts.text("good"))) {
            one.on("/slow", behind(gate, "at last"));
            other.on("/slow", behind(gate, "at last"));
            TestGateway gateway = start(Protocol.HTTP, inTurn(1), one.port(), other.port());
            RawH2Stream slow = get("/slow");
            gate.awaitReached();
            assertEquals("good", client().get("/").text(), "in turn: at the other endpoint");
            assertEquals(2.0, gateway.metric("gateway_upstream_connections_active"));
            RawH2Stream third = get("/");
            await(gateway, "requests_pending", 1);
            await(gateway, "connections_active", 1); // the idle one made room, but not enough for a second at the first
            gate.open();
            assertEquals("at last", slow.response().text());
            assertEquals("good", third.response().text());
        }
    }

    @Test
    void fewerConnectionsAreLeftWhenFewerAreAllowed() throws IOException {
        Gate gate = new Gate();
        try (UpstreamServer one = UpstreamServer.http1(behind(gate, "good"));
                UpstreamServer other = UpstreamServer.http1(behind(gate, "good"));
                UpstreamServer third = UpstreamServer.http1(Scripts.text("third"))) {
            TestGateway gateway = start(Protocol.HTTP, inTurn(-1), one.port(), other.port());
            List<RawH2Stream> requests = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                requests.add(get("/"));
            }
            await(gateway, "requests_active", 8);
            gate.open();
            for (RawH2Stream request : requests) {
                assertEquals("good", request.response().text());
            }
            assertEquals(8.0, gateway.metric("gateway_upstream_connections_active"));
            gateway.reload(config(Protocol.HTTP, inTurn(2), one.port(), other.port(), third.port()));
            Eventually.holds("the third has its turn", () -> {
                try {
                    return client().get("/").text().equals("third");
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertEquals(2.0, gateway.metric("gateway_upstream_connections_active"));
        }
    }

    // --- how long, and for how many requests ---

    @Test
    void connectionsServeTheirNumberOfRequests() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"));
                UpstreamServer h2 = UpstreamServer.h2c(Scripts.text("good"))) {
            for (UpstreamServer server : List.of(upstream, h2)) {
                Protocol protocol = server == h2 ? Protocol.H2C : Protocol.HTTP;
                TestGateway gateway =
                        start(protocol, lifetime(Duration.ofSeconds(50), Duration.ZERO, 3), server.port());
                for (int i = 0; i < 7; i++) {
                    assertEquals("good", client().get("/").text());
                }
                assertEquals(3, server.connections(), protocol.name());
                await(gateway, "connections_active", 1);
            }
        }
    }

    @Test
    void idleAndOldConnectionsClose() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"))) {
            TestGateway gateway =
                    start(Protocol.HTTP, lifetime(Duration.ofMillis(300), Duration.ZERO, -1), upstream.port());
            assertEquals("good", client().get("/").text());
            assertEquals(1.0, gateway.metric("gateway_upstream_connections_active"));
            await(gateway, "connections_active", 0);

            gateway.reload(config(
                    Protocol.HTTP, lifetime(Duration.ofSeconds(50), Duration.ofMillis(300), -1), upstream.port()));
            Eventually.holds("the new terms hold for new connections", () -> {
                try {
                    assertEquals("good", client().get("/").text());
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                return upstream.connections() >= 4; // one after the other is too old, although none was ever idle
            });
        }
    }

    @Test
    void shorterIdleTimeHoldsForThoseThatAreOpen() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"))) {
            TestGateway gateway =
                    start(Protocol.HTTP, lifetime(Duration.ofSeconds(50), Duration.ZERO, -1), upstream.port());
            assertEquals("good", client().get("/").text());
            gateway.reload(config(Protocol.HTTP, lifetime(Duration.ofMillis(100), Duration.ZERO, -1), upstream.port()));
            await(gateway, "connections_active", 0);
        }
    }
}
