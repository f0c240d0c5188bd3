package dev.sluice.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.BackendTls;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.ShownUpstreams;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import dev.sluice.testkit.UpstreamExchange;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Probes of real servers. */
class HealthCheckTest {

    private static final String GRPC_CHECK = "/grpc.health.v1.Health/Check";

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory = Path.of("");

    private final List<UpstreamServer> servers = new ArrayList<>();

    @AfterEach
    void close() {
        servers.forEach(UpstreamServer::close);
    }

    private UpstreamServer keep(UpstreamServer server) {
        servers.add(server);
        return server;
    }

    private UpstreamServer http1() {
        return keep(UpstreamServer.http1(Scripts.text("app"))).on("/healthz", Scripts.text("well"));
    }

    private static HealthCheck check(HealthCheck.Type type) {
        return check(type, Duration.ofSeconds(5), 2, 2);
    }

    private static HealthCheck check(HealthCheck.Type type, Duration timeout, int healthy, int unhealthy) {
        return new HealthCheck(
                type, "/healthz", null, List.of(), "", 0, Duration.ofMillis(40), timeout, healthy, unhealthy);
    }

    private static GatewayConfig config(Protocol protocol, HealthCheck check, int... ports) {
        return TestConfig.create()
                .http("http")
                .backend("app", protocol, ports)
                .upstreamTerms("app", UpstreamChange.healthCheck(check))
                .route("/", "app")
                .build();
    }

    private static Consumer<UpstreamExchange> grpc(String hexMessage, String status) {
        byte[] bytes = java.util.HexFormat.of().parseHex(hexMessage);
        return exchange -> exchange.onEnd(() -> {
            exchange.response().putHeader("content-type", "application/grpc").setChunked(true);
            exchange.response().putTrailer("grpc-status", status);
            var unused = exchange.response().end(Buffer.buffer(bytes)); // a prober that went away needs no answer
        });
    }

    private static String reason(ShownUpstreams shown, int port) {
        return shown.endpoint(port).getJsonObject("health").getString("reason");
    }

    @Test
    void httpProbesTakeAnEndpointOutAndBringItBack() throws IOException {
        UpstreamServer one = http1();
        UpstreamServer two = http1();
        TestGateway gateway =
                gateways.start(config(Protocol.HTTP, check(HealthCheck.Type.HTTP), one.port(), two.port()));
        ShownUpstreams shown = new ShownUpstreams(gateway);
        shown.awaitState(one.port(), "healthy");
        shown.awaitState(two.port(), "healthy");
        assertEquals("status 200", reason(shown, one.port()));

        one.on("/healthz", Scripts.respond(503, Map.of(), ""));
        shown.awaitState(one.port(), "unhealthy");
        assertEquals("status 503", reason(shown, one.port()));
        Eventually.holds("the gauge follows", () -> Double.valueOf(1)
                .equals(gateway.metric("gateway_upstream_endpoints{backend=\"default/app\",state=\"unhealthy\"}")));
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            for (int i = 0; i < 10; i++) {
                assertEquals(200, client.get("/").status());
            }
        }
        assertTrue(one.received().stream().noneMatch(request -> request.target().equals("/")));

        one.on("/healthz", Scripts.text("well"));
        shown.awaitState(one.port(), "healthy");
        JsonObject probe = shown.endpoint(one.port()).getJsonObject("lastProbe");
        assertTrue(probe.getBoolean("success"));
        assertEquals("status 200", probe.getString("result"));
        Double failures = gateway.metric("gateway_upstream_probes_total{result=\"failure\"}");
        assertNotNull(failures);
        assertTrue(failures >= 2, "two in a row were needed");
    }

    @Test
    void theFirstProbeAloneDecides() {
        UpstreamServer server = http1().on("/healthz", Scripts.respond(500, Map.of(), ""));
        TestGateway gateway = gateways.start(
                config(Protocol.HTTP, check(HealthCheck.Type.HTTP, Duration.ofSeconds(5), 1000, 1000), server.port()));
        new ShownUpstreams(gateway).awaitState(server.port(), "unhealthy");
    }

    @Test
    void asksAsThePolicySays() {
        UpstreamServer server = http1();
        UpstreamServer elsewhere = keep(UpstreamServer.http1(Scripts.respond(204, Map.of(), "")));
        HealthCheck check = new HealthCheck(
                HealthCheck.Type.HTTP,
                "/ready?deep=1",
                "probe.test",
                List.of(204, 404),
                "",
                elsewhere.port(),
                Duration.ofMillis(40),
                Duration.ofSeconds(5),
                1,
                1);
        TestGateway gateway = gateways.start(config(Protocol.HTTP, check, server.port()));
        ShownUpstreams shown = new ShownUpstreams(gateway);
        shown.awaitState(server.port(), "healthy");
        ReceivedRequest probe = elsewhere.take();
        assertEquals("GET", probe.method());
        assertEquals("/ready?deep=1", probe.target());
        assertEquals("probe.test", probe.authority());
        assertEquals("sluice-probe", probe.header("user-agent"));
        assertEquals("close", probe.header("connection"));
        elsewhere.otherwise(Scripts.text("200 is not asked for"));
        shown.awaitState(server.port(), "unhealthy");
        assertEquals(List.of(), server.received());
    }

    @Test
    void probesInTheBackendsProtocolAndWithItsTls() throws IOException {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("server", "localhost");
        UpstreamServer https = keep(UpstreamServer.https(leaf, Scripts.text("well")));
        UpstreamServer h2c = keep(UpstreamServer.h2c(Scripts.text("well")));
        UpstreamServer http3 = keep(UpstreamServer.http3(leaf, Scripts.text("well")));
        for (var each : Map.of(Protocol.HTTPS, https, Protocol.H2C, h2c, Protocol.H3, http3)
                .entrySet()) {
            UpstreamServer server = each.getValue();
            TestGateway gateway = gateways.start(config(each.getKey(), check(HealthCheck.Type.HTTP), server.port()));
            new ShownUpstreams(gateway).awaitState(server.port(), "healthy");
            ReceivedRequest probe = server.take();
            assertEquals(each.getKey() == Protocol.H3 ? HttpVersion.HTTP_3 : HttpVersion.HTTP_2, probe.version());
            assertEquals("127.0.0.1:" + server.port(), probe.authority());
        }
    }

    @Test
    void tcpProbesNeedAConnection() {
        UpstreamServer server = http1();
        int port = server.port();
        TestGateway gateway = gateways.start(config(Protocol.HTTP, check(HealthCheck.Type.TCP), port));
        ShownUpstreams shown = new ShownUpstreams(gateway);
        shown.awaitState(port, "healthy");
        server.close();
        servers.remove(server);
        shown.awaitState(port, "unhealthy");
        assertTrue(reason(shown, port).contains("refused"), reason(shown, port));
        keep(UpstreamServer.http1("127.0.0.1", port, Scripts.text("again")));
        shown.awaitState(port, "healthy");
    }

    @Test
    void grpcProbesNeedServing() {
        UpstreamServer server =
                keep(UpstreamServer.h2c(Scripts.text("app"))).on(GRPC_CHECK, grpc("00000000020801", "0"));
        HealthCheck check = new HealthCheck(
                HealthCheck.Type.GRPC,
                "",
                null,
                List.of(),
                "a.B",
                0,
                Duration.ofMillis(40),
                Duration.ofSeconds(5),
                1,
                1);
        TestGateway gateway = gateways.start(config(Protocol.H2C, check, server.port()));
        ShownUpstreams shown = new ShownUpstreams(gateway);
        shown.awaitState(server.port(), "healthy");
        ReceivedRequest probe = server.take();
        assertEquals("POST", probe.method());
        assertEquals("application/grpc", probe.header("content-type"));
        assertEquals("trailers", probe.header("te"));
        assertEquals("5000m", probe.header("grpc-timeout"));
        assertEquals(ReceivedRequest.sha256(GrpcHealthMessages.request("a.B").getBytes()), probe.awaitBodySha256());

        Map<Consumer<UpstreamExchange>, String> failing = Map.of(
                grpc("00000000020802", "0"), "NOT_SERVING",
                grpc("", "5"), "grpc-status 5",
                Scripts.respond(200, Map.of("grpc-status", "12"), ""), "grpc-status 12",
                Scripts.respond(404, Map.of(), ""), "status 404",
                Scripts.text("no gRPC"), "an answer without grpc-status");
        failing.forEach((script, expected) -> {
            server.on(GRPC_CHECK, script);
            shown.awaitState(server.port(), "unhealthy");
            assertEquals(expected, reason(shown, server.port()));
            server.on(GRPC_CHECK, grpc("00000000020801", "0"));
            shown.awaitState(server.port(), "healthy");
        });
    }

    @Test
    void probesThatHangEndInTimeAndDoNotPileUp() {
        UpstreamServer server = http1().on("/healthz", Scripts.stall());
        TestGateway gateway = gateways.start(
                config(Protocol.HTTP, check(HealthCheck.Type.HTTP, Duration.ofMillis(60), 1, 1), server.port()));
        ShownUpstreams shown = new ShownUpstreams(gateway);
        shown.awaitState(server.port(), "unhealthy");
        assertEquals("no answer within 60 ms", reason(shown, server.port()));
        Eventually.holds("ten probes", () -> server.received().size() >= 10);
        List<ReceivedRequest> probes = server.received();
        for (ReceivedRequest probe : probes.subList(0, probes.size() - 2)) {
            assertTrue(probe.isBroken(), "hung up on before the next but one");
        }
        Double timeouts = gateway.metric("gateway_upstream_probes_total{result=\"timeout\"}");
        assertNotNull(timeouts);
        assertTrue(timeouts >= 8);
    }

    @Test
    void probesEndWithTheirEndpointsAndTheirPolicy() {
        UpstreamServer one = http1();
        UpstreamServer two = http1();
        TestGateway gateway = gateways.start(config(Protocol.HTTP, check(HealthCheck.Type.HTTP), one.port()));
        ShownUpstreams shown = new ShownUpstreams(gateway);
        shown.awaitState(one.port(), "healthy");
        gateway.reload(config(Protocol.HTTP, check(HealthCheck.Type.HTTP), two.port()));
        Eventually.holds("the other endpoint", () -> shown.addresses().equals(List.of("127.0.0.1:" + two.port())));
        assertNoMoreProbes(one, two);

        gateway.reload(TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, two.port())
                .backend("probed", Protocol.HTTP, one.port())
                .upstreamTerms("probed", UpstreamChange.healthCheck(check(HealthCheck.Type.HTTP)))
                .route("/", "app")
                .route("/probed", "probed")
                .build());
        shown.awaitState(two.port(), "unknown");
        assertFalse(shown.endpoint(two.port()).containsKey("lastProbe"));
        assertNoMoreProbes(two, one);
    }

    /** One may be under way: while the other server sees five, this one sees no more. */
    private static void assertNoMoreProbes(UpstreamServer server, UpstreamServer other) {
        int before = server.received().size();
        int otherBefore = other.received().size();
        Eventually.holds("probes of the other", () -> other.received().size() >= otherBefore + 5);
        assertTrue(server.received().size() <= before + 1);
    }

    /** HTTP/2 has SETTINGS to wait for, and Vert.x waits without a bound. */
    @Test
    void connectionsThatNeverGetGoingAreClosed() throws IOException {
        AtomicInteger open = new AtomicInteger();
        try (RawUpstream mute = RawUpstream.conversing(connection -> {
            open.incrementAndGet();
            try {
                var unused = connection.readToEof();
            } finally {
                open.decrementAndGet();
            }
        })) {
            TestGateway gateway = gateways.start(
                    config(Protocol.H2C, check(HealthCheck.Type.HTTP, Duration.ofMillis(30), 1, 1), mute.port()));
            ShownUpstreams shown = new ShownUpstreams(gateway);
            shown.awaitState(mute.port(), "unhealthy");
            assertEquals("no connection within 30 ms", reason(shown, mute.port()));
            Eventually.holds("ten probes", () -> mute.connections() >= 10);
            Eventually.holds("none but the present one is open", () -> open.get() <= 1);
        }
    }

    @Test
    void probesFallBackFromHttp3WhereRequestsDo() throws IOException {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("server", "localhost");
        UpstreamServer tcp = keep(UpstreamServer.https(leaf, Scripts.text("well")));
        Backend backend = new Backend(
                TestConfig.key("app"),
                Protocol.H3,
                List.of(new EndpointAddress("127.0.0.1", tcp.port())),
                new BackendTls("localhost", null, null, null, true),
                false,
                true);
        TestGateway gateway = gateways.start(TestConfig.create()
                .http("http")
                .backend(backend)
                .upstreamTerms(
                        "app", UpstreamChange.healthCheck(check(HealthCheck.Type.HTTP, Duration.ofSeconds(1), 1, 1)))
                .route("/", "app")
                .build());
        new ShownUpstreams(gateway).awaitState(tcp.port(), "healthy");
        assertEquals(HttpVersion.HTTP_2, tcp.take().version());
    }
}
