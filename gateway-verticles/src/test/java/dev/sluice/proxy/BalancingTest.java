package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.Secret;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.Balancing;
import dev.sluice.config.UpstreamTerms.Breaker;
import dev.sluice.config.UpstreamTerms.HashOn;
import dev.sluice.config.UpstreamTerms.HashOn.Source;
import dev.sluice.config.UpstreamTerms.Policy;
import dev.sluice.config.UpstreamTerms.Sticky;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Which endpoint answers which client, over sockets and two loops. */
final class BalancingTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    private final List<UpstreamServer> upstreams = new ArrayList<>();

    private UpstreamServer upstream() {
        UpstreamServer server = UpstreamServer.http1(Scripts.text("server " + upstreams.size()));
        upstreams.add(server);
        return server;
    }

    private void upstreams(int count) {
        for (int i = 0; i < count; i++) {
            upstream();
        }
    }

    @AfterEach
    void close() {
        upstreams.forEach(UpstreamServer::close);
    }

    /** The gateway's configuration with these of the servers. */
    private TestConfig config(UnaryOperator<UpstreamTerms> terms, int... servers) {
        int[] ports = new int[servers.length];
        for (int i = 0; i < servers.length; i++) {
            ports[i] = upstreams.get(servers[i]).port();
        }
        return TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, ports)
                .upstreamTerms("app", terms)
                .route("/", "app");
    }

    private static UnaryOperator<UpstreamTerms> sticky(Duration maxAge) {
        Sticky sticky = new Sticky("sid", maxAge, new Secret("a key of the test"));
        return UpstreamChange.balancing(
                b -> new Balancing(b.policy(), b.hashOn(), sticky, b.slowStart(), b.preferZone(), b.panicPercent()));
    }

    private static UnaryOperator<UpstreamTerms> hash(Policy policy, HashOn... on) {
        return UpstreamChange.balancing(
                b -> new Balancing(policy, List.of(on), b.sticky(), b.slowStart(), b.preferZone(), b.panicPercent()));
    }

    private static String get(HttpClient client, int port, String... header) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"));
        if (header.length > 0) {
            request.headers(header);
        }
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(200, response.statusCode());
        return response.body();
    }

    private static RawResponse get(int port, String... fields) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(port)) {
            return get(client, fields);
        }
    }

    private static RawResponse get(RawHttp1 client, String... fields) throws IOException {
        List<String> lines = new ArrayList<>(List.of("GET / HTTP/1.1", "host: app.example"));
        lines.addAll(List.of(fields));
        return client.sendHead(lines.toArray(String[]::new)).readResponse();
    }

    private static String cookie(RawResponse response) {
        String set = String.valueOf(response.header("set-cookie"));
        return set.substring(0, set.indexOf(';'));
    }

    // sticky cookies

    @Test
    void aBrowserStaysWhereItWas() throws Exception {
        upstreams(3);
        TestGateway gateway =
                gateways.start(config(sticky(Duration.ZERO), 0, 1, 2).build());
        Set<String> used = new HashSet<>();
        // Sixteen clients all at one of three servers: once in 3^15.
        for (int browser = 0; browser < 16; browser++) {
            HttpClient client =
                    HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
            String first = get(client, gateway.port());
            used.add(first);
            for (int i = 0; i < 5; i++) {
                assertEquals(first, get(client, gateway.port()));
            }
        }
        assertTrue(used.size() > 1, used + "");
    }

    @Test
    void theCookieIsSetOnceAndSaysHowLong() throws Exception {
        upstreams(3);
        TestGateway gateway =
                gateways.start(config(sticky(Duration.ofHours(2)), 0, 1, 2).build());
        RawResponse first = get(gateway.port());
        String set = String.valueOf(first.header("set-cookie"));
        assertTrue(set.matches("sid=[A-Za-z0-9_-]{24}; Path=/; Max-Age=7200; HttpOnly; SameSite=Lax"), set);
        for (int i = 0; i < 20; i++) {
            RawResponse next = get(gateway.port(), "cookie: other=1; " + cookie(first));
            assertEquals(first.text(), next.text());
            assertNull(next.header("set-cookie"));
        }
    }

    @Test
    void overTlsTheCookieIsSecure() throws Exception {
        upstreams(1);
        TestCertificates certificates = TestCertificates.in(directory);
        GatewayConfig config = TestConfig.create()
                .https("https", "leaf")
                .certificate("leaf", certificates.leaf("leaf", "localhost"))
                .backend("app", Protocol.HTTP, upstreams.get(0).port())
                .upstreamTerms("app", sticky(Duration.ZERO))
                .route("/", "app")
                .build();
        TestGateway gateway = gateways.start(config);
        try (RawHttp1 client = RawHttp1.connectTls(gateway.port("https"), certificates.clientContext(), "localhost")) {
            String set = String.valueOf(get(client).header("set-cookie"));
            assertTrue(set.endsWith("; Path=/; Secure; HttpOnly; SameSite=Lax"), set);
        }
    }

    @Test
    void aForgedCookieIsReplaced() throws Exception {
        upstreams(3);
        TestGateway gateway =
                gateways.start(config(sticky(Duration.ZERO), 0, 1, 2).build());
        String forged = "sid=AAAAAAAAAAAAAAAAAAAAAAAA";
        RawResponse response = get(gateway.port(), "cookie: " + forged);
        assertEquals(200, response.status());
        assertNotEquals(forged, cookie(response));
        assertEquals(
                response.text(),
                get(gateway.port(), "cookie: " + cookie(response)).text());
    }

    /** Its server leaves: another one, and a new cookie. Clients of the others notice nothing. */
    @Test
    void aClientOfARemovedEndpointGetsAnother() throws Exception {
        upstreams(3);
        TestGateway gateway =
                gateways.start(config(sticky(Duration.ZERO), 0, 1, 2).build());
        Map<String, String> cookies = new HashMap<>();
        while (cookies.size() < 3) {
            RawResponse response = get(gateway.port());
            cookies.put(response.text(), cookie(response));
        }
        gateway.reload(config(sticky(Duration.ZERO), 1, 2).build());
        Eventually.holds("server 0 is left", () -> {
            try {
                return !get(gateway.port(), "cookie: " + cookies.get("server 0"))
                        .text()
                        .equals("server 0");
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        for (int i = 0; i < 10; i++) { // both loops
            for (int server = 1; server <= 2; server++) {
                RawResponse kept = get(gateway.port(), "cookie: " + cookies.get("server " + server));
                assertEquals("server " + server, kept.text());
                assertNull(kept.header("set-cookie"));
            }
        }
        Eventually.holds("on both loops", () -> {
            try {
                for (int i = 0; i < 20; i++) {
                    RawResponse moved = get(gateway.port(), "cookie: " + cookies.get("server 0"));
                    if (moved.text().equals("server 0") || !cookies.containsValue(cookie(moved))) {
                        return false;
                    }
                }
                return true;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
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
        UpstreamServer leaving = upstreams
                .get(0)
                .on(
                        "/slow",
                        exchange -> exchange.onEnd(() -> gate.pass(() -> exchange.execute(() -> {
                            var unused = exchange.response().end("at last");
                        }))));
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
            clients.add(CompletableFuture.supplyAsync(() -> {
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
            }));
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
        upstreams
                .get(0)
                .on(
                        "/slow",
                        exchange -> exchange.onEnd(() -> gate.pass(() -> exchange.execute(() -> {
                            var unused = exchange.response().end("at last");
                        }))));
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
        upstreams
                .get(0)
                .on(
                        "/slow",
                        exchange -> exchange.onEnd(() -> gate.pass(() -> exchange.execute(() -> {
                            var unused = exchange.response().end("at last");
                        }))));
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
}
