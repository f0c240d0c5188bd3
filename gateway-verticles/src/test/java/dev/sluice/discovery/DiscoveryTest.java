package dev.sluice.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.GatewayConfig;
import dev.sluice.spi.EndpointSource;
import dev.sluice.spi.Extensions;
import dev.sluice.spi.ResolvedEndpoint;
import dev.sluice.testkit.DnsServer;
import dev.sluice.testkit.DnsServer.Service;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.ShownUpstreams;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where endpoints come from, with a real name server. */
class DiscoveryTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final DnsServer dns = new DnsServer();
    private final UpstreamServer one = UpstreamServer.http1(Scripts.text("one"));
    private final UpstreamServer two = UpstreamServer.http1("127.0.0.2", one.port(), Scripts.text("two"));

    DiscoveryTest() throws IOException {}

    @AfterEach
    void close() {
        dns.close();
        one.close();
        two.close();
    }

    private static GatewayConfig config(EndpointAddress... addresses) {
        return TestConfig.create()
                .http("http")
                .backend(new Backend(TestConfig.key("app"), Protocol.HTTP, Arrays.asList(addresses), null))
                .route("/", "app")
                .build();
    }

    private static String get(TestGateway gateway, String path) {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            RawResponse response = client.get(path);
            assertEquals(200, response.status());
            return response.text();
        } catch (IOException e) {
            throw new AssertionError(path, e);
        }
    }

    @Test
    void followsANameAndDrainsWhatItLeaves() throws IOException {
        Gate gate = new Gate();
        one.on("/slow", Scripts.after(gate, Scripts.text("slow")));
        dns.addresses("app.test", 1, "127.0.0.1");
        TestGateway gateway = gateways.start(config(new EndpointAddress("app.test", one.port())), dns);
        ShownUpstreams shown = new ShownUpstreams(gateway);
        assertEquals("one", get(gateway, "/"));
        CompletableFuture<String> inFlight = CompletableFuture.supplyAsync(() -> get(gateway, "/slow"));
        gate.awaitReached();

        dns.addresses("app.test", 1, "127.0.0.2");
        Eventually.holds("the new address", () -> shown.addresses().equals(List.of("127.0.0.2:" + one.port())));
        for (int i = 0; i < 10; i++) {
            assertEquals("two", get(gateway, "/"));
        }
        assertEquals(1, one.openConnections(), "the one in use, none that is idle");
        gate.open();
        assertEquals("slow", Eventually.get(inFlight));
        Eventually.holds("no connection is left", () -> one.openConnections() == 0);
    }

    @Test
    void takesPortsPrioritiesAndWeightsFromServiceRecords() throws IOException {
        UpstreamServer backup = UpstreamServer.http1(Scripts.text("backup"));
        try {
            dns.services(
                            "_http._tcp.app.test",
                            1,
                            new Service(7, 0, backup.port(), "a.test"),
                            new Service(3, 4000, one.port(), "a.test"),
                            new Service(3, 1000, one.port(), "b.test"))
                    .addresses("a.test", 60, "127.0.0.1")
                    .addresses("b.test", 60, "127.0.0.2");
            TestGateway gateway =
                    gateways.start(config(new EndpointAddress("_http._tcp.app.test", 0, 1, 0, "z1")), dns);
            ShownUpstreams shown = new ShownUpstreams(gateway);
            List<JsonObject> endpoints = shown.endpoints();
            assertEquals(
                    List.of("127.0.0.1:" + one.port(), "127.0.0.2:" + one.port(), "127.0.0.1:" + backup.port()),
                    shown.addresses());
            assertEquals(
                    List.of(1000, 250, 1),
                    endpoints.stream().map(each -> each.getInteger("weight")).toList());
            assertEquals(
                    List.of(3, 3, 7),
                    endpoints.stream().map(each -> each.getInteger("priority")).toList());
            assertEquals(
                    List.of("a.test", "b.test", "a.test"),
                    endpoints.stream().map(each -> each.getString("name")).toList());
            assertTrue(
                    endpoints.stream().allMatch(each -> each.getString("zone").equals("z1")));
            for (int i = 0; i < 10; i++) {
                assertTrue(List.of("one", "two").contains(get(gateway, "/")));
            }

            dns.services("_http._tcp.app.test", 1, new Service(0, 0, backup.port(), "a.test"));
            Eventually.holds("the only record", () -> shown.addresses().equals(List.of("127.0.0.1:" + backup.port())));
            assertEquals("backup", get(gateway, "/"));
        } finally {
            backup.close();
        }
    }

    @Test
    void keepsTheLastGoodAnswer() throws IOException {
        dns.addresses("app.test", 1, "127.0.0.1");
        TestGateway gateway = gateways.start(config(new EndpointAddress("app.test", one.port())), dns);
        ShownUpstreams shown = new ShownUpstreams(gateway);
        dns.fail("app.test", DnsServer.NXDOMAIN);
        Eventually.holds("a failure", () -> count(gateway, "failure") > 0);
        assertEquals(List.of("127.0.0.1:" + one.port()), shown.addresses());
        dns.silent("app.test");
        Eventually.holds("a timeout", () -> count(gateway, "timeout") > 0);
        assertEquals("one", get(gateway, "/"));
        dns.addresses("app.test", 1, "127.0.0.2");
        Eventually.holds("it has recovered", () -> shown.addresses().equals(List.of("127.0.0.2:" + one.port())));
    }

    private static double count(TestGateway gateway, String result) {
        Double value = gateway.metric("gateway_dns_resolutions_total{result=\"" + result + "\"}");
        return value == null ? 0 : value;
    }

    @Test
    void aReloadKeepsWhatANameHadSaid() throws IOException {
        dns.addresses("app.test", 60, "127.0.0.1");
        TestGateway gateway = gateways.start(config(new EndpointAddress("app.test", one.port())), dns);
        ShownUpstreams shown = new ShownUpstreams(gateway);
        long asked = dns.queries("app.test");
        dns.silent("app.test");
        gateway.reload(config(
                new EndpointAddress("app.test", one.port(), 5, 0, ""), new EndpointAddress("127.0.0.2", one.port())));
        Eventually.holds(
                "both", () -> shown.addresses().equals(List.of("127.0.0.1:" + one.port(), "127.0.0.2:" + one.port())));
        assertEquals(5, shown.endpoints().get(0).getInteger("weight"));
        assertEquals(asked, dns.queries("app.test"), "nobody had to ask again");
    }

    @Test
    void aNameThatHangsHoldsUpNobody() throws IOException {
        dns.silent("hangs.test").addresses("app.test", 60, "127.0.0.1");
        EndpointSource silent = new EndpointSource() {
            @Override
            public Future<?> start(Backend backend, Listener listener) {
                return Promise.promise().future();
            }

            @Override
            public void stop() {}
        };
        GatewayConfig config = TestConfig.create()
                .http("http")
                .backend(new Backend(
                        TestConfig.key("app"),
                        Protocol.HTTP,
                        List.of(new EndpointAddress("hangs.test", 80), new EndpointAddress("app.test", one.port())),
                        null))
                .backend("silent", Protocol.HTTP, 9)
                .route("/", "app")
                .route("/silent", "silent")
                .build();
        Extensions extensions = new Extensions(
                List.of(), List.of((vertx, backend) -> backend.key().name().equals("silent") ? silent : null));
        long begun = System.nanoTime();
        try (TestGateway gateway =
                TestGateway.start(TestGateway.bootstrap(1), config, extensions, List.of(dns.address()))) {
            Duration taken = Duration.ofNanos(System.nanoTime() - begun);
            assertTrue(taken.compareTo(Duration.ofSeconds(8)) < 0, taken + " (expected: little more than 2 s)");
            assertEquals("one", get(gateway, "/"));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                assertEquals(502, client.get("/silent").status(), "nothing is known of it");
            }
        }
    }

    @Test
    void asksOtherSourcesFirst() {
        EndpointSource elsewhere = new EndpointSource() {
            @Override
            public Future<?> start(Backend backend, Listener listener) {
                listener.endpoints(List.of(new ResolvedEndpoint("pod", "127.0.0.1", one.port(), 3, 2, "z2")));
                return Future.succeededFuture();
            }

            @Override
            public void stop() {}
        };
        TestGateway gateway = gateways.start(
                TestGateway.bootstrap(1),
                config(new EndpointAddress("192.0.2.1", 80)),
                new Extensions(List.of(), List.of((vertx, backend) -> elsewhere)));
        JsonObject endpoint = new ShownUpstreams(gateway).endpoint(one.port());
        assertEquals("pod", endpoint.getString("name"));
        assertEquals(3, endpoint.getInteger("weight"));
        assertEquals(2, endpoint.getInteger("priority"));
        assertEquals("z2", endpoint.getString("zone"));
        assertEquals("one", get(gateway, "/"));
    }

    @Test
    void knowsTheHostsFile() {
        TestGateway gateway = gateways.start(config(new EndpointAddress("localhost", one.port())), dns);
        assertEquals("one", get(gateway, "/"));
        assertEquals(0, dns.queries("localhost"));
    }

    @Test
    void aSourceThatBreaksHoldsUpNobody() throws IOException {
        EndpointSource throwing = new EndpointSource() {
            @Override
            public Future<?> start(Backend backend, Listener listener) {
                throw new IllegalStateException("start");
            }

            @Override
            public void stop() {
                throw new IllegalStateException("stop");
            }
        };
        EndpointSource.Factory factory =
                (vertx, backend) -> switch (backend.key().name()) {
                    case "app" -> null;
                    case "throws" -> throwing;
                    default -> throw new IllegalStateException("create");
                };
        TestConfig config = TestConfig.create()
                .http("http")
                .backend("cannot", Protocol.HTTP, 9)
                .backend("throws", Protocol.HTTP, 9)
                .backend("app", Protocol.HTTP, one.port())
                .route("/", "app")
                .route("/cannot", "cannot")
                .route("/throws", "throws");
        TestGateway gateway =
                gateways.start(TestGateway.bootstrap(1), config.build(), new Extensions(List.of(), List.of(factory)));
        assertEquals("one", get(gateway, "/"));
        for (String path : List.of("/cannot", "/throws")) {
            assertEquals(502, status(gateway, path), "nothing is known of it");
        }
        gateway.reload(TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, one.port())
                .route("/", "app")
                .build());
        Eventually.holds("the new table", () -> status(gateway, "/throws") == 200);
    }

    private static int status(TestGateway gateway, String path) {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            return client.get(path).status();
        } catch (IOException e) {
            throw new AssertionError(path, e);
        }
    }

    @Test
    void aBackendThatIsDescribedAnewKeepsItsEndpointsUntilOthersAreFound() {
        EndpointSource.Factory onceOnly = new EndpointSource.Factory() {
            private int created;

            @Override
            public EndpointSource create(Vertx vertx, Backend backend) {
                boolean first = created++ == 0;
                return new EndpointSource() {
                    @Override
                    public Future<?> start(Backend of, Listener listener) {
                        if (first) {
                            listener.endpoints(
                                    List.of(new ResolvedEndpoint("127.0.0.1", "127.0.0.1", one.port(), 1, 0, "")));
                        }
                        return Future.succeededFuture();
                    }

                    @Override
                    public void stop() {}
                };
            }
        };
        TestGateway gateway = gateways.start(
                TestGateway.bootstrap(1),
                config(new EndpointAddress("pods", 80)),
                new Extensions(List.of(), List.of(onceOnly)));
        assertEquals("one", get(gateway, "/"));
        gateway.reload(TestConfig.create()
                .http("http")
                .backend(new Backend(
                        TestConfig.key("app"), Protocol.HTTP, List.of(new EndpointAddress("pods", 80, 2, 0, "")), null))
                .route("/new", "app")
                .build());
        Eventually.holds("the new table", () -> status(gateway, "/") == 404);
        assertEquals("one", get(gateway, "/new"));
    }

    @Test
    void takesOnlyWhatIsALiteralForOne() throws IOException {
        dns.services(
                        "_http._tcp.app.test",
                        60,
                        new Service(0, 1, one.port(), "999.1.1.1"),
                        new Service(0, 1, one.port(), "a.test"))
                .addresses("a.test", 60, "127.0.0.1");
        TestGateway gateway = gateways.start(config(new EndpointAddress("_http._tcp.app.test", 0)), dns);
        assertEquals(List.of("127.0.0.1:" + one.port()), new ShownUpstreams(gateway).addresses());
        assertEquals("one", get(gateway, "/"));
    }
}
