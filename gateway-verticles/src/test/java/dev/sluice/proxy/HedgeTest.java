package dev.sluice.proxy;

import static dev.sluice.proxy.Endings.assertFailed;
import static dev.sluice.proxy.Endings.assertGood;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Call;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Retries;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamExchange;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A second try beside one that takes long: correctness.md E7, R9. */
final class HedgeTest {

    private static final Duration DELAY = Duration.ofMillis(60);

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private TestGateway start(TestConfig config) {
        return gateways.start(TestGateway.bootstrap(1), config.build(), Extensions.NONE);
    }

    private static void assertHedges(int expected, TestGateway gateway) {
        assertEquals(Double.valueOf(expected), gateway.metric("gateway_upstream_hedges_total"));
        assertEquals(0.0, gateway.metric("gateway_upstream_retries_active"), "tokens are given back");
    }

    @Row(value = "E7.R9", over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#pairs")
    void theFirstHeadWinsAndTheLoserIsCancelled(Call.Protocol client, Protocol protocol) throws IOException {
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, Scripts.stall())) {
            TestGateway gateway = start(upstreams.config(Retries.hedging(DELAY)));
            try (Call call = Call.open(client, gateway, "PUT", "/", false)) {
                call.data("the body");
                call.end(Map.of());
                assertGood(call.outcome());
            }
            assertEquals(List.of(1, 1), upstreams.counts());
            String body = ReceivedRequest.sha256("the body".getBytes(UTF_8));
            upstreams.received().forEach(seen -> assertEquals(body, seen.awaitBodySha256()));
            if (protocol != Protocol.H3) { // Vert.x' HTTP/3 server does not tell
                Eventually.holds("the loser is cancelled", () -> upstreams.received().stream()
                        .anyMatch(ReceivedRequest::isBroken));
            }
            gateway.awaitIdle();
            assertHedges(1, gateway);
        }
    }

    @Row(value = "E7.R9", over = "h2")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#alone")
    void theSlowOneMayStillWin(Call.Protocol client, Protocol protocol) throws IOException {
        Gate slow = new Gate();
        try (TwoUpstreams upstreams =
                new TwoUpstreams(LEAF, protocol, List.of(Scripts.after(slow, Scripts.text("good")), Scripts.stall()))) {
            TestGateway gateway = start(upstreams.config(Retries.hedging(DELAY)));
            try (Call call = Call.get(client, gateway, "/")) {
                Eventually.holds("the hedge", () -> upstreams.arrived() == 2);
                slow.open();
                assertGood(call.outcome());
            }
            gateway.awaitIdle();
            assertHedges(1, gateway);
        }
    }

    /** One of the two fails: the other goes on; both fail: the last one's failure. */
    @Row(value = "E7.R9", over = "h2")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#alone")
    void oneOfTwoFails(Call.Protocol client, Protocol protocol) throws IOException {
        Gate slow = new Gate();
        Consumer<UpstreamExchange> good = Scripts.after(slow, Scripts.text("good"));
        try (TwoUpstreams upstreams =
                new TwoUpstreams(LEAF, protocol, List.of(good, Scripts.respond(503, Map.of(), "busy")))) {
            TestGateway gateway = start(upstreams.config(Retries.hedging(DELAY, 503)));
            try (Call call = Call.get(client, gateway, "/")) {
                Eventually.holds("the hedge", () -> upstreams.arrived() == 2);
                slow.open();
                assertGood(call.outcome());
            }
            gateway.awaitIdle();
            assertHedges(1, gateway);
        }
        Gate both = new Gate();
        try (TwoUpstreams upstreams = new TwoUpstreams(
                LEAF,
                protocol,
                List.of(Scripts.after(both, TwoUpstreams.breaking(protocol)), TwoUpstreams.breaking(protocol)))) {
            TestGateway gateway = start(upstreams.config(Retries.hedging(DELAY)));
            try (Call call = Call.get(client, gateway, "/")) {
                Eventually.holds("the hedge", () -> upstreams.arrived() == 2);
                both.open();
                assertFailed(call.outcome(), 502, TwoUpstreams.error(protocol));
            }
            gateway.awaitIdle();
            assertHedges(1, gateway);
        }
    }

    @Row(value = "E7.R9", over = "h2")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#alone")
    void whatMayNotBeActedOnTwiceIsNotHedged(Call.Protocol client, Protocol protocol) throws IOException {
        Gate slow = new Gate();
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, Scripts.after(slow, Scripts.text("good")))) {
            TestGateway gateway = start(upstreams.config(Retries.hedging(Duration.ofMillis(20))));
            try (Call call = Call.open(client, gateway, "POST", "/", false)) {
                call.data("body");
                call.end(Map.of());
                slow.awaitReached();
                gateway.vertx()
                        .timer(100)
                        .toCompletionStage()
                        .toCompletableFuture()
                        .join();
                slow.open();
                assertGood(call.outcome());
            }
            assertEquals(1, upstreams.arrived());
            assertHedges(0, gateway);
        }
    }
}
