package dev.sluice.proxy;

import static dev.sluice.proxy.Endings.assertFailed;
import static dev.sluice.proxy.Endings.assertGood;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.RetryTerms;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.Breaker;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Call;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.Retries;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import dev.sluice.testkit.UpstreamExchange;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How many retries may be under way: correctness.md E7, R7. One loop, whose share is the whole. */
final class RetryBudgetTest {

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private TestGateway start(TestConfig config) {
        return gateways.start(TestGateway.bootstrap(1), config.build(), Extensions.NONE);
    }

    private static UnaryOperator<UpstreamTerms> budget(long max, int percent, int least) {
        return UpstreamChange.breaker(b -> new Breaker(
                b.maxConnections(), b.maxRequests(), b.maxPending(), b.pendingTimeout(), max, percent, least));
    }

    private static void assertRefused(int expected, TestGateway gateway) {
        assertEquals(Double.valueOf(expected), gateway.metric("gateway_upstream_retries_refused_total"));
    }

    @Row(value = "E7.R7", over = "h1-h1")
    @Test
    void withoutABudgetNothingIsRetriedThatMayHaveBeenSeen() throws IOException {
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, Protocol.HTTP, Scripts.closeBeforeResponse())) {
            TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT).upstreamTerms("app", budget(-1, 0, 0)));
            try (Call call = Call.get(Call.Protocol.H1, gateway, "/")) {
                assertFailed(call.outcome(), 502, "connection_terminated");
            }
            assertEquals(1, upstreams.arrived());
            assertRefused(1, gateway);
        }
    }

    @Row(value = "E7.R7", over = "h1-h1")
    @Test
    void whatHasNeverLeftTheHostCostsNothing() throws IOException {
        int refusing;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            refusing = free.getLocalPort();
        }
        try (UpstreamServer good = UpstreamServer.http1(Scripts.text("good"))) {
            TestGateway gateway = start(TestConfig.everyClient(LEAF)
                    .backend("app", Protocol.HTTP, refusing, good.port())
                    .route("/", "app")
                    .upstreamTerms("app", budget(0, 0, 0)));
            for (int i = 0; i < 16; i++) {
                try (Call call = Call.get(Call.Protocol.H1, gateway, "/")) {
                    assertGood(call.outcome());
                }
            }
            assertRefused(0, gateway);
        }
    }

    @Row(value = "E7.R7", over = "h1-h2")
    @Test
    void theFirstRefusedStreamIsFreeAndTheSecondIsNot() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.everyClient(LEAF)
                    .backend("app", Protocol.H2C, upstream.port())
                    .route("/", "app")
                    .upstreamTerms("app", budget(-1, 0, 0)));
            try (Call call = Call.get(Call.Protocol.H1, gateway, "/")) {
                upstream.take().reset(7);
                upstream.take().respond(200, false).data("good".getBytes(US_ASCII), true);
                assertGood(call.outcome());
            }
            assertRefused(0, gateway);
            try (Call call = Call.get(Call.Protocol.H1, gateway, "/")) {
                upstream.take().reset(7);
                upstream.take().reset(7);
                assertFailed(call.outcome(), 503, "destination_unavailable");
            }
            assertRefused(1, gateway);
        }
    }

    /** Ten requests are under way: two retries are a fifth, and the third is one too many. */
    @Row(value = "E7.R7", over = "h1-h1")
    @Test
    void retriesAreAShareOfTheRequestsUnderWay() throws IOException {
        Gate rest = new Gate();
        Gate broken = new Gate();
        Gate retried = new Gate();
        List<Consumer<UpstreamExchange>> scripts = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            scripts.add(
                    Scripts.after(i < 3 ? broken : rest, i < 3 ? Scripts.closeBeforeResponse() : Scripts.text("good")));
        }
        scripts.add(Scripts.after(retried, Scripts.text("good")));
        scripts.add(Scripts.after(retried, Scripts.text("good")));
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, Protocol.HTTP, scripts)) {
            TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT).upstreamTerms("app", budget(-1, 20, 1)));
            List<Call> calls = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                calls.add(Call.get(Call.Protocol.H1, gateway, "/"));
                int arrived = i + 1;
                Eventually.holds("request " + arrived, () -> upstreams.arrived() == arrived);
            }
            broken.open();
            Eventually.holds(
                    "two retries and a refusal",
                    () -> upstreams.arrived() == 12
                            && Double.valueOf(1).equals(gateway.metric("gateway_upstream_retries_refused_total")));
            assertEquals(2.0, gateway.metric("gateway_upstream_retries_active"));
            retried.open();
            rest.open();
            int failed = 0;
            for (Call call : calls) {
                failed += call.outcome().status() == 502 ? 1 : 0;
                call.close();
            }
            assertEquals(1, failed);
            gateway.awaitIdle();
            assertEquals(0.0, gateway.metric("gateway_upstream_retries_active"));
        }
    }

    @Row(value = "E7.R7", over = "h1-h1")
    @Test
    void theBreakerBoundsRetriesWhateverTheBudget() throws IOException {
        Gate slow = new Gate();
        Gate second = new Gate();
        try (TwoUpstreams upstreams = new TwoUpstreams(
                LEAF,
                Protocol.HTTP,
                List.of(
                        Scripts.closeBeforeResponse(),
                        Scripts.after(slow, Scripts.text("good")),
                        Scripts.after(second, Scripts.closeBeforeResponse())))) {
            TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT).upstreamTerms("app", budget(1, 100, 9)));
            try (Call retrying = Call.get(Call.Protocol.H1, gateway, "/")) {
                slow.awaitReached();
                try (Call refused = Call.get(Call.Protocol.H1, gateway, "/")) {
                    second.awaitReached();
                    second.open();
                    assertFailed(refused.outcome(), 502, "connection_terminated");
                }
                slow.open();
                assertGood(retrying.outcome());
            }
            assertRefused(1, gateway);
        }
    }

    /** With room for a single request, one that kept its place would be the last. */
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void placesAreGivenBackHoweverARequestEnds(Call.Protocol client) throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"))) {
            upstream.on("/close", Scripts.closeBeforeResponse());
            upstream.on("/half", Scripts.closeMidResponse(10, "hello"));
            upstream.on("/busy", Scripts.respond(503, Map.of(), "busy"));
            upstream.on("/stall", Scripts.stall());
            TestGateway gateway = start(TestConfig.everyClient(LEAF)
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route(TestConfig.rule("/")
                            .requestTimeout(Duration.ofMillis(500))
                            .retry(Retries.on(503))
                            .to("app"))
                    .upstreamTerms(
                            "app",
                            UpstreamChange.breaker(b -> new Breaker(
                                    b.maxConnections(),
                                    1,
                                    b.maxPending(),
                                    b.pendingTimeout(),
                                    b.maxRetries(),
                                    b.retryBudgetPercent(),
                                    b.minRetries()))));
            for (String path : List.of("/close", "/half", "/busy", "/stall", "/good")) {
                try (Call call = Call.get(client, gateway, path)) {
                    var unused = call.outcome();
                }
                gateway.awaitIdle();
                try (Call next = Call.get(client, gateway, "/good")) {
                    assertGood(next.outcome());
                }
                gateway.awaitIdle();
            }
            int before = upstream.received().size();
            try (Call gone = Call.get(client, gateway, "/stall")) {
                Eventually.holds("it is there", () -> upstream.received().size() > before);
                gone.reset(8);
            }
            gateway.awaitIdle();
            try (Call next = Call.get(client, gateway, "/good")) {
                assertGood(next.outcome());
            }
        }
    }
}
