package dev.sluice.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Defaults;
import dev.sluice.config.ResourceKey;
import dev.sluice.config.Secret;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.Balancing;
import dev.sluice.config.UpstreamTerms.Breaker;
import dev.sluice.config.UpstreamTerms.Outliers;
import dev.sluice.config.UpstreamTerms.Policy;
import dev.sluice.config.UpstreamTerms.Sticky;
import dev.sluice.loop.Loop;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.UpstreamChange;
import dev.sluice.upstream.EndpointHealth.State;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What one loop knows of a backend, from one snapshot to the next. No connection is opened. */
final class UpstreamTest {

    private static final ResourceKey KEY = new ResourceKey("default", "app");
    private static final long SECOND = 1_000_000_000;

    private final Vertx vertx = Vertx.vertx();
    private long now = 1;

    @AfterEach
    void close() {
        Eventually.get(vertx.close());
    }

    /** Runs on an event loop, as everything here does. */
    private void onLoop(Runnable test) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        vertx.runOnContext(v -> {
            try {
                test.run();
                done.complete(null);
            } catch (Throwable failed) {
                done.completeExceptionally(failed);
            }
        });
        var unused = Eventually.get(done);
    }

    private Upstreams registry(int index, int loops, String zone) {
        Loop loop = new Loop(index, loops, vertx, () -> now, () -> 0, new SplittableRandom(5));
        return new Upstreams(loop, zone, () -> {});
    }

    private static Backend backend(Protocol protocol, int... ports) {
        List<EndpointAddress> addresses = Arrays.stream(ports)
                .mapToObj(port -> new EndpointAddress("127.0.0.1", port))
                .toList();
        return new Backend(KEY, protocol, addresses, null);
    }

    private static EndpointView view(int port, int weight, State state) {
        EndpointHealth health = new EndpointHealth(state, "", 0);
        return new EndpointView(new Endpoint("127.0.0.1", "127.0.0.1", port), weight, 0, "", health);
    }

    private static EndpointView view(int port) {
        return view(port, 1, State.UNKNOWN);
    }

    private static UpstreamTerms slowStart(Policy policy) {
        return UpstreamChange.balancing(
                        b -> new Balancing(policy, List.of(), null, Duration.ofSeconds(10), false, b.panicPercent()))
                .apply(UpstreamTerms.DEFAULT);
    }

    private static Upstream publish(Upstreams registry, UpstreamTerms terms, EndpointView... views) {
        registry.endpoints(Map.of(KEY, List.of(views)));
        int[] ports =
                Arrays.stream(views).mapToInt(view -> view.endpoint().port()).toArray();
        registry.backends(Map.of(KEY, backend(Protocol.HTTP, ports)), key -> terms);
        Upstream upstream = registry.get(KEY);
        assertNotNull(upstream);
        return upstream;
    }

    private static UpstreamEndpoint endpoint(Upstream upstream, int port) {
        return upstream.endpoints().stream()
                .filter(each -> each.endpoint().port() == port)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void unchangedEndpointsKeepWhatIsKnownOfThem() {
        onLoop(() -> {
            Upstreams registry = registry(0, 1, "");
            UpstreamTerms terms = UpstreamChange.policy(Policy.PEAK_EWMA).apply(UpstreamTerms.DEFAULT);
            Upstream upstream = publish(registry, terms, view(1), view(2));
            UpstreamEndpoint kept = endpoint(upstream, 1);
            kept.began();
            kept.began();
            kept.ended(EndpointOutcome.SUCCESS, 7_000_000);
            UpstreamTerms other = UpstreamChange.policy(Policy.RANDOM).apply(UpstreamTerms.DEFAULT);
            assertSame(upstream, publish(registry, other, view(3), view(1, 5, State.HEALTHY)));
            assertSame(kept, endpoint(upstream, 1));
            assertEquals(1, kept.requests());
            assertEquals(7_000_000, kept.latency().nanos(now));
            assertEquals(5, kept.weight());
            assertEquals(2, upstream.endpoints().size());
        });
    }

    @Test
    void anotherProtocolNeedsOtherConnections() {
        onLoop(() -> {
            Upstreams registry = registry(0, 1, "");
            Upstream upstream = publish(registry, UpstreamTerms.DEFAULT, view(1));
            registry.backends(Map.of(KEY, backend(Protocol.H2C, 1)), key -> UpstreamTerms.DEFAULT);
            assertNotSame(upstream, registry.get(KEY));
            assertTrue(upstream.endpoints().isEmpty());
            registry.backends(Map.of(), key -> UpstreamTerms.DEFAULT);
            assertNull(registry.get(KEY));
        });
    }

    @Test
    void anAddressThatIsListedTwiceIsOne() {
        onLoop(() -> {
            Upstream upstream = publish(registry(0, 1, ""), UpstreamTerms.DEFAULT, view(1), view(1), view(2));
            assertEquals(2, upstream.endpoints().size());
        });
    }

    @Test
    void onlyNewcomersAndTheRecoveredStartSlowly() {
        onLoop(() -> {
            Upstreams registry = registry(0, 1, "");
            UpstreamTerms terms = slowStart(Policy.RANDOM);
            Upstream upstream = publish(registry, terms, view(1), view(2, 4, State.HEALTHY));
            assertEquals(1, upstream.effectiveWeight(endpoint(upstream, 1)));
            assertEquals(4, upstream.effectiveWeight(endpoint(upstream, 2)));

            publish(registry, terms, view(1), view(2, 4, State.UNHEALTHY), view(3));
            assertEquals(1, upstream.effectiveWeight(endpoint(upstream, 1)));
            assertEquals(0, upstream.effectiveWeight(endpoint(upstream, 2)));
            assertEquals(Defaults.SLOW_START_PART, upstream.effectiveWeight(endpoint(upstream, 3)));

            now += 5 * SECOND;
            publish(registry, terms, view(1), view(2, 4, State.HEALTHY), view(3));
            assertEquals(4 * Defaults.SLOW_START_PART, upstream.effectiveWeight(endpoint(upstream, 2)));
            assertEquals(0.5, upstream.effectiveWeight(endpoint(upstream, 3)), 1e-9);

            now += 5 * SECOND;
            assertEquals(2, upstream.effectiveWeight(endpoint(upstream, 2)), 1e-9);
            assertEquals(1, upstream.effectiveWeight(endpoint(upstream, 3)), 1e-9);
        });
    }

    /** A new probe's time or reason changes nobody's share: the turn that was reached goes on. */
    @Test
    void turnsGoOnFromSnapshotToSnapshot() {
        onLoop(() -> {
            Upstreams registry = registry(0, 1, "");
            UpstreamTerms terms = UpstreamChange.policy(Policy.ROUND_ROBIN).apply(UpstreamTerms.DEFAULT);
            Set<UpstreamEndpoint> served = new HashSet<>();
            for (State state : new State[] {State.UNKNOWN, State.HEALTHY, State.UNKNOWN, State.HEALTHY}) {
                EndpointView[] views = new EndpointView[8];
                for (int i = 0; i < 8; i++) {
                    views[i] = view(i + 1, 1, state);
                }
                Upstream upstream = publish(registry, terms, views);
                assertTrue(served.add(upstream.pick(Pick.ANY)), "had its turn");
                assertTrue(served.add(upstream.pick(Pick.ANY)), "had its turn");
            }
            assertEquals(8, served.size());
        });
    }

    @Test
    void theOwnZoneIsPreferredWhereTermsSaySo() {
        onLoop(() -> {
            Upstreams registry = registry(0, 1, "here");
            EndpointView here = inZone(1, "here");
            EndpointView there = inZone(2, "there");
            Upstream upstream = publish(registry, zoned(true), here, there);
            for (int i = 0; i < 100; i++) {
                assertSame(endpoint(upstream, 1), upstream.pick(Pick.ANY));
            }
            publish(registry, zoned(false), here, there);
            Set<UpstreamEndpoint> used = new HashSet<>();
            for (int i = 0; i < 100; i++) {
                used.add(upstream.pick(Pick.ANY));
            }
            assertEquals(2, used.size());
        });
    }

    private static EndpointView inZone(int port, String zone) {
        return new EndpointView(new Endpoint("127.0.0.1", "127.0.0.1", port), 1, 0, zone, EndpointHealth.UNKNOWN);
    }

    private static UpstreamTerms zoned(boolean prefer) {
        return UpstreamChange.balancing(b ->
                        new Balancing(Policy.LEAST_REQUEST, List.of(), null, Duration.ZERO, prefer, b.panicPercent()))
                .apply(UpstreamTerms.DEFAULT);
    }

    @Test
    void anUnfitEndpointsClientsMoveAndComeBackToNobody() {
        onLoop(() -> {
            Sticky sticky = new Sticky("sid", Duration.ZERO, new Secret("key"));
            UpstreamTerms terms = UpstreamChange.balancing(b ->
                            new Balancing(Policy.RANDOM, List.of(), sticky, Duration.ZERO, false, b.panicPercent()))
                    .apply(UpstreamTerms.DEFAULT);
            Upstreams registry = registry(0, 1, "");
            Upstream upstream = publish(registry, terms, view(1), view(2), view(3));
            UpstreamEndpoint first = endpoint(upstream, 1);
            String cookie = value(upstream.stickyCookie(Pick.ANY, first, false));
            for (int i = 0; i < 50; i++) {
                assertSame(first, upstream.pick(new Cookie(cookie, null)));
            }
            assertNull(upstream.stickyCookie(new Cookie(cookie, null), first, false));
            assertNotEquals(first, upstream.pick(new Cookie(cookie, first)), "a retry may leave it");

            publish(registry, terms, view(1, 1, State.EJECTED), view(2), view(3));
            UpstreamEndpoint other = upstream.pick(new Cookie(cookie, null));
            assertNotNull(other);
            assertNotEquals(first, other);
            String moved = value(upstream.stickyCookie(new Cookie(cookie, null), other, false));
            assertNotEquals(cookie, moved);
            assertSame(other, upstream.pick(new Cookie(moved, null)));
        });
    }

    private static String value(@Nullable String setCookie) {
        String text = String.valueOf(setCookie);
        return text.substring(text.indexOf('=') + 1, text.indexOf(';'));
    }

    private record Cookie(String value, @Nullable UpstreamEndpoint failed) implements Pick {

        @Override
        public @Nullable String header(String name) {
            return null;
        }

        @Override
        public @Nullable String cookie(String name) {
            return name.equals("sid") ? value : null;
        }

        @Override
        public String clientIp() {
            return "";
        }

        @Override
        public boolean tried(UpstreamEndpoint endpoint) {
            return endpoint == failed;
        }
    }

    @Test
    void loopsShareTheBreakersNumber() {
        onLoop(() -> {
            UpstreamTerms terms = UpstreamChange.breaker(b -> new Breaker(
                            b.maxConnections(),
                            3,
                            b.maxPending(),
                            b.pendingTimeout(),
                            b.maxRetries(),
                            b.retryBudgetPercent(),
                            b.minRetries()))
                    .apply(UpstreamTerms.DEFAULT);
            Upstream one = publish(registry(0, 2, ""), terms, view(1));
            Upstream other = publish(registry(1, 2, ""), terms, view(1));
            assertTrue(one.enter());
            assertTrue(one.enter());
            assertFalse(one.enter());
            assertTrue(other.enter());
            assertFalse(other.enter());
            one.leave(false);
            assertTrue(one.enter());
            assertEquals(2, one.underWay());
        });
    }

    @Test
    void theAdaptiveLimitCountsUntilTheAnswerBegins() {
        onLoop(() -> {
            UpstreamTerms terms = UpstreamChange.concurrency(new UpstreamTerms.Concurrency(1, 1))
                    .apply(UpstreamTerms.DEFAULT);
            Upstream upstream = publish(registry(0, 1, ""), terms, view(1));
            assertTrue(upstream.enter());
            assertFalse(upstream.enter());
            upstream.answering();
            assertTrue(upstream.enter());
            assertEquals(2, upstream.underWay());
            assertFalse(upstream.enter());
            upstream.leave(true);
            assertFalse(upstream.enter());
            upstream.leave(false);
            assertTrue(upstream.enter());
            assertEquals(1, upstream.underWay());
        });
    }

    @Test
    void nothingIsOpenedThatNobodyWouldClose() {
        onLoop(() -> {
            UpstreamClients clients =
                    new UpstreamClients(new Loop(0, 1, vertx, () -> now, () -> 0, new SplittableRandom(5)));
            Connector connector =
                    clients.connector(backend(Protocol.HTTP, 1), new Endpoint("127.0.0.1", "127.0.0.1", 1), false);
            clients.close();
            List<Throwable> failures = new ArrayList<>();
            var unused = connector.connect(Duration.ofSeconds(1), new Connector.Handler() {
                @Override
                public void connected(HttpClientConnection connection) {
                    throw new AssertionError("connected");
                }

                @Override
                public void failed(Throwable cause) {
                    failures.add(cause);
                }
            });
            assertEquals("the upstreams are closed", failures.get(0).getMessage());
        });
    }

    /** Refusals are quick: an endpoint that refuses must not look like the quickest of all. */
    @Test
    void failuresAreNoQuickAnswers() {
        onLoop(() -> {
            UpstreamTerms terms = UpstreamChange.policy(Policy.PEAK_EWMA).apply(UpstreamTerms.DEFAULT);
            Upstream upstream = publish(registry(0, 1, ""), terms, view(1), view(2));
            UpstreamEndpoint refusing = endpoint(upstream, 1);
            refusing.began();
            refusing.ended(EndpointOutcome.GATEWAY_ERROR, 1000);
            assertEquals(
                    (double) Defaults.LATENCY_START.toNanos(),
                    refusing.latency().nanos(now));
            UpstreamEndpoint left = endpoint(upstream, 2);
            left.began();
            left.ended(EndpointOutcome.UNKNOWN, 1000);
            assertFalse(left.latency().known());
            left.began();
            left.ended(EndpointOutcome.SUCCESS, 1000);
            left.began();
            left.ended(EndpointOutcome.UNKNOWN, 5000);
            assertEquals(5000, left.latency().nanos(now), "it had taken that long when its client left");
            left.began();
            left.ended(EndpointOutcome.UNKNOWN, 10);
            assertEquals(5000, left.latency().nanos(now));
            assertEquals(0, left.requests());
        });
    }

    @Test
    void failuresInARowAreReportedSoonButNotAllTheTime() {
        AtomicInteger reports = new AtomicInteger();
        Loop loop = new Loop(0, 1, vertx, () -> now, () -> 0, new SplittableRandom(5));
        Upstreams registry = new Upstreams(loop, "", reports::incrementAndGet);
        turn(loop, () -> {
            Upstream upstream = publish(registry, TWO_IN_A_ROW, view(1), view(2));
            fail(endpoint(upstream, 1), 1);
        });
        turn(loop, () -> {
            assertEquals(0, reports.get());
            Upstream upstream = publish(registry, TWO_IN_A_ROW, view(1), view(2));
            fail(endpoint(upstream, 1), 3);
            fail(endpoint(upstream, 2), 4);
        });
        turn(loop, () -> {
            assertEquals(1, reports.get());
            Upstream upstream = publish(registry, TWO_IN_A_ROW, view(1), view(2));
            fail(endpoint(upstream, 1), 4);
        });
        turn(loop, () -> {
            assertEquals(1, reports.get(), "the pause is not over");
            now += Defaults.EARLY_REPORT_PAUSE.toNanos() + 40_000_000;
        });
        Eventually.holds("the report after the pause", () -> reports.get() == 2);
        turn(loop, () -> {
            now += SECOND;
            Upstream upstream = publish(registry, TWO_IN_A_ROW, view(1, 1, State.EJECTED), view(2));
            fail(endpoint(upstream, 1), 4);
        });
        turn(loop, () -> assertEquals(2, reports.get(), "it is left out already"));
    }

    private static final UpstreamTerms TWO_IN_A_ROW = UpstreamChange.outliers(o ->
                    new Outliers(0, 2, 0, 100, o.interval(), o.baseEjection(), o.maxEjection(), o.maxEjectionPercent()))
            .apply(UpstreamTerms.DEFAULT);

    private static void fail(UpstreamEndpoint endpoint, int times) {
        for (int i = 0; i < times; i++) {
            endpoint.began();
            endpoint.ended(EndpointOutcome.GATEWAY_ERROR, 1000);
        }
    }

    /** After all that the loop was asked to do at the end of a turn before. */
    private static void turn(Loop loop, Runnable test) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                test.run();
                done.complete(null);
            } catch (Throwable failed) {
                done.completeExceptionally(failed);
            }
        });
        var unused = Eventually.get(done);
    }

    @Test
    void whatCannotBeTakenOverIsNotTakenForDone() {
        onLoop(() -> {
            Upstreams registry = registry(0, 1, "");
            Upstream upstream = publish(registry, UpstreamTerms.DEFAULT, view(1));
            EndpointView bad = new EndpointView(new Endpoint("app.test", "1:2", 80), 1, 0, "", EndpointHealth.UNKNOWN);
            Map<ResourceKey, List<EndpointView>> broken = Map.of(KEY, List.of(view(1), bad));
            for (int i = 0; i < 2; i++) {
                assertThrows(IllegalArgumentException.class, () -> registry.endpoints(broken));
            }
            assertEquals(1, upstream.endpoints().size());
        });
    }
}
