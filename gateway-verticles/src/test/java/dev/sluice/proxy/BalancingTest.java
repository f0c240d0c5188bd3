package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.Balancing;
import dev.sluice.config.UpstreamTerms.Breaker;
import dev.sluice.config.UpstreamTerms.HashOn;
import dev.sluice.config.UpstreamTerms.HashOn.Source;
import dev.sluice.config.UpstreamTerms.Policy;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Which endpoint answers which client, over sockets and two loops. */
final class BalancingTest extends BalancedServers {

    private static UnaryOperator<UpstreamTerms> hash(Policy policy, HashOn... on) {
        return UpstreamChange.balancing(
                b -> new Balancing(policy, List.of(on), b.sticky(), b.slowStart(), b.preferZone(), b.panicPercent()));
    }

    // hashing

    @Test
    void aHeaderDecidesOnEveryConnectionAndLoop() throws Exception {
        upstreams(3);
        for (Policy policy : List.of(Policy.RING_HASH, Policy.MAGLEV)) {
            TestGateway gateway = gateways.start(config(
                            hash(policy, new HashOn(Source.HEADER, "x-tenant"), new HashOn(Source.COOKIE, "user")),
                            0,
                            1,
                            2)
                    .build());
            Set<String> used = new HashSet<>();
            for (int tenant = 0; tenant < 16; tenant++) {
                String first = get(gateway.port(), "x-tenant: t" + tenant).text();
                used.add(first);
                for (int i = 0; i < 8; i++) {
                    assertEquals(
                            first,
                            get(gateway.port(), "x-tenant: t" + tenant, "cookie: user=" + i)
                                    .text());
                }
                // The same text in the cookie has the same hash.
                assertEquals(
                        first,
                        get(gateway.port(), "cookie: a=b", "cookie: user=t" + tenant)
                                .text());
            }
            assertTrue(used.size() > 1, used + "");
        }
    }

    @Test
    void withoutTheHeaderTheChoiceIsRandom() throws Exception {
        upstreams(3);
        TestGateway gateway = gateways.start(config(hash(Policy.MAGLEV, new HashOn(Source.HEADER, "x-tenant")), 0, 1, 2)
                .build());
        Set<String> used = new HashSet<>();
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            // Missing one of three in sixty draws: once in ten billion.
            for (int i = 0; i < 60; i++) {
                used.add(get(client).text());
            }
        }
        assertEquals(3, used.size());
    }

    @Test
    void anAddressStaysWhereItWas() throws Exception {
        upstreams(3);
        TestGateway gateway = gateways.start(config(hash(Policy.RING_HASH, new HashOn(Source.SOURCE_IP, "")), 0, 1, 2)
                .trustedProxies("127.0.0.0/8")
                .build());
        Set<String> used = new HashSet<>();
        for (int client = 1; client <= 16; client++) {
            String forwarded = "x-forwarded-for: 192.0.2." + client;
            String first = get(gateway.port(), forwarded).text();
            used.add(first);
            for (int i = 0; i < 4; i++) {
                assertEquals(first, get(gateway.port(), forwarded).text());
            }
        }
        assertTrue(used.size() > 1, used + "");
    }

    // endpoints that come and go

    @Test
    void aRemovedEndpointFinishesWhatItHas() throws Exception {
        upstreams(2);
        Gate gate = new Gate();
        UpstreamServer leaving = upstreams.get(0).on("/slow", Scripts.after(gate, Scripts.text("at last")));
        UnaryOperator<UpstreamTerms> turns = UpstreamChange.policy(Policy.ROUND_ROBIN);
        TestGateway gateway =
                gateways.start(TestGateway.bootstrap(1), config(turns, 0).build(), Extensions.NONE);
        try (RawHttp1 slow = RawHttp1.connect(gateway.port());
                RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals("server 0", get(client).text());
            slow.sendHead("GET /slow HTTP/1.1", "host: app.example");
            gate.awaitReached();
            gateway.reload(config(turns, 1).build());
            Eventually.holds("the other has taken over", () -> {
                try {
                    return get(client).text().equals("server 1");
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            int before = leaving.received().size();
            for (int i = 0; i < 20; i++) {
                assertEquals("server 1", get(client).text());
            }
            assertEquals(before, leaving.received().size(), "no new picks");
            Eventually.holds("the idle connection is closed", () -> leaving.openConnections() == 1);
            gate.open();
            assertEquals("at last", slow.readResponse().text());
            Eventually.holds("and so is the busy one", () -> leaving.openConnections() == 0);
        }
    }

    @Test
    void endpointsComeAndGoUnderLoadWithoutAFailure() throws Exception {
        upstreams(3);
        UnaryOperator<UpstreamTerms> terms = UpstreamChange.policy(Policy.LEAST_REQUEST);
        TestGateway gateway = gateways.start(config(terms, 0, 1, 2).build());
        boolean[] stop = new boolean[1];
        List<CompletableFuture<Integer>> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(CompletableFuture.supplyAsync(
                    () -> {
                        int served = 0;
                        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                            while (!isSet(stop)) {
                                assertEquals(200, get(client).status());
                                served++;
                            }
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                        return served;
                    },
                    task -> new Thread(task).start())); // the common pool may have a single thread
        }
        for (int[] servers : new int[][] {{0, 1}, {2}, {0, 2}}) {
            gateway.reload(config(terms, servers).build());
            Set<Integer> wanted = new HashSet<>();
            for (int server : servers) {
                wanted.add(server);
            }
            for (int server = 0; server < 3; server++) {
                UpstreamServer each = upstreams.get(server);
                boolean used = wanted.contains(server);
                Eventually.holds("server " + server + " used=" + used, () -> used == each.openConnections() > 0);
            }
        }
        synchronized (stop) {
            stop[0] = true;
        }
        for (CompletableFuture<Integer> client : clients) {
            assertTrue(Eventually.get(client) > 0);
        }
    }

    private static boolean isSet(boolean[] flag) {
        synchronized (flag) {
            return flag[0];
        }
    }

    @Test
    void unchangedEndpointsKeepTheirConnections() throws Exception {
        upstreams(2);
        UnaryOperator<UpstreamTerms> turns = UpstreamChange.policy(Policy.ROUND_ROBIN);
        TestGateway gateway =
                gateways.start(TestGateway.bootstrap(1), config(turns, 0).build(), Extensions.NONE);
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals("server 0", get(client).text());
            gateway.reload(config(UpstreamChange.policy(Policy.RANDOM), 0, 1).build());
            Eventually.holds("the new one is used", () -> {
                try {
                    return get(client).text().equals("server 1");
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            for (int i = 0; i < 20; i++) {
                assertEquals(200, get(client).status());
            }
        }
        assertEquals(1, upstreams.get(0).connections());
        assertEquals(1, upstreams.get(1).connections());
    }

    // limits

    @Test
    void requestsBeyondTheBreakerAreTurnedAway() throws Exception {
        upstreams(1);
        Gate gate = new Gate();
        upstreams.get(0).on("/slow", Scripts.after(gate, Scripts.text("at last")));
        TestGateway gateway = gateways.start(
                TestGateway.bootstrap(1), config(maxRequests(1), 0).build(), Extensions.NONE);
        try (RawHttp1 slow = RawHttp1.connect(gateway.port());
                RawHttp1 client = RawHttp1.connect(gateway.port())) {
            slow.sendHead("GET /slow HTTP/1.1", "host: app.example");
            gate.awaitReached();
            for (int i = 0; i < 3; i++) {
                assertEquals(503, get(client).status());
            }
            gate.open();
            assertEquals("at last", slow.readResponse().text());
            assertEquals("server 0", get(client).text());
            assertEquals("server 0", get(client).text());
        }
    }

    private static UnaryOperator<UpstreamTerms> maxRequests(long max) {
        return UpstreamChange.breaker(b -> new Breaker(
                ClientTerms.UNLIMITED,
                max,
                b.maxPending(),
                b.pendingTimeout(),
                b.maxRetries(),
                b.retryBudgetPercent(),
                b.minRetries()));
    }

    /** A limit of one for each loop, whatever the latency. */
    @Test
    void requestsBeyondTheAdaptiveLimitAreTurnedAway() throws Exception {
        upstreams(1);
        Gate gate = new Gate();
        upstreams.get(0).on("/slow", Scripts.after(gate, Scripts.text("at last")));
        TestGateway gateway = gateways.start(
                TestGateway.bootstrap(1),
                config(UpstreamChange.concurrency(new UpstreamTerms.Concurrency(1, 1)), 0)
                        .build(),
                Extensions.NONE);
        try (RawHttp1 slow = RawHttp1.connect(gateway.port());
                RawHttp1 client = RawHttp1.connect(gateway.port())) {
            slow.sendHead("GET /slow HTTP/1.1", "host: app.example");
            gate.awaitReached();
            assertEquals(503, get(client).status());
            gate.open();
            assertEquals("at last", slow.readResponse().text());
            assertEquals("server 0", get(client).text());
        }
    }

    /** What has begun to be answered is no load that the limit can see, however long it takes. */
    @Test
    void streamsDoNotUseUpTheAdaptiveLimit() throws Exception {
        upstreams(1);
        Gate gate = new Gate();
        upstreams
                .get(0)
                .on(
                        "/events",
                        exchange -> exchange.onEnd(() -> {
                            var unusedChunk =
                                    exchange.response().setChunked(true).write("begun");
                            gate.pass(() -> exchange.execute(() -> {
                                var unused = exchange.response().end();
                            }));
                        }));
        TestGateway gateway = gateways.start(
                TestGateway.bootstrap(1),
                config(UpstreamChange.concurrency(new UpstreamTerms.Concurrency(1, 1)), 0)
                        .build(),
                Extensions.NONE);
        try (RawHttp1 events = RawHttp1.connect(gateway.port());
                RawHttp1 client = RawHttp1.connect(gateway.port())) {
            events.sendHead("GET /events HTTP/1.1", "host: app.example");
            gate.awaitReached();
            Eventually.holds("the answer has begun", () -> {
                try {
                    return get(client).text().equals("server 0");
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            gate.open();
            assertEquals("begun", events.readResponse().text());
            assertEquals("server 0", get(client).text());
        }
    }
}
