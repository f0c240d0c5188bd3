package dev.sluice.proxy;

import static dev.sluice.proxy.Endings.assertFailed;
import static dev.sluice.proxy.Endings.assertGood;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.RetryTerms;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Call;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Retries;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamExchange;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a request's body when it is tried again: correctness.md E7, R4. */
final class RetryBodyTest {

    private static final String KEY = "idempotency-key: k";

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private TestGateway start(TestConfig config) {
        return gateways.start(TestGateway.bootstrap(1), config.build(), Extensions.NONE);
    }

    /** Different everywhere, so that no byte can be another's. */
    private static String text(int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; text.length() < length; i++) {
            text.append(i).append(' ');
        }
        text.setLength(length);
        return text.toString();
    }

    private static String sha256(String text) {
        return ReceivedRequest.sha256(text.getBytes(UTF_8));
    }

    @Row(value = "E7.R4", over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#pairs")
    void bodyIsSentAgain(Call.Protocol client, Protocol protocol) throws IOException {
        Consumer<UpstreamExchange> broken = TwoUpstreams.breakingAtTheEnd(protocol);
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, List.of(broken, broken))) {
            TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT));
            String body = text(60_000);
            try (Call call = Call.open(client, gateway, "POST", "/", false, KEY)) {
                for (int at = 0; at < body.length(); at += 7_500) {
                    call.data(body.substring(at, at + 7_500));
                }
                call.end(Map.of());
                assertFailed(call.outcome(), 502, TwoUpstreams.error(protocol));
            }
            assertEquals(List.of(1, 1), upstreams.counts());
            for (ReceivedRequest seen : upstreams.received()) {
                assertEquals(sha256(body), seen.awaitBodySha256());
            }
        }
    }

    @Row(value = "E7.R4", over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#pairs")
    void bodyGoesOnToTheNextUpstreamWhereItWas(Call.Protocol client, Protocol protocol) throws IOException {
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, TwoUpstreams.breakingAfter(protocol, 20_000))) {
            TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT));
            String body = text(50_000);
            try (Call call = Call.open(client, gateway, "POST", "/", false, KEY)) {
                call.data(body.substring(0, 10_000));
                call.data(body.substring(10_000, 20_000));
                Eventually.holds(
                        "the second upstream has what the first had",
                        () -> upstreams.received().stream()
                                        .mapToLong(ReceivedRequest::bodyLength)
                                        .filter(length -> length == 20_000)
                                        .count()
                                == 2);
                call.data(body.substring(20_000));
                call.end(Map.of());
                assertGood(call.outcome());
            }
            assertEquals(
                    1L,
                    upstreams.received().stream()
                            .filter(ReceivedRequest::isComplete)
                            .filter(seen -> seen.awaitBodySha256().equals(sha256(body)))
                            .count());
        }
    }

    @Row(value = "E7.R4", over = "h2")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#alone")
    void bodyThatOutgrowsTheBufferIsSentOnce(Call.Protocol client, Protocol protocol) throws IOException {
        for (int length : new int[] {8_192, 8_193}) {
            try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, TwoUpstreams.breakingAtTheEnd(protocol))) {
                TestGateway gateway = start(upstreams.config(Retries.keeping(8_192)));
                try (Call call = Call.open(client, gateway, "POST", "/", false, KEY)) {
                    call.data(text(length));
                    call.end(Map.of());
                    if (length == 8_192) {
                        assertGood(call.outcome());
                        assertEquals(List.of(1, 1), upstreams.counts());
                    } else {
                        assertFailed(call.outcome(), 502, TwoUpstreams.error(protocol));
                        assertEquals(1, upstreams.arrived());
                    }
                }
            }
        }
    }

    /** What was not sent can be sent for the first time, however long it is. */
    @Row(value = "E7.R4", over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#pairs")
    void expectedContinueThatDidNotCome(Call.Protocol client, Protocol protocol) throws IOException {
        try (TwoUpstreams upstreams =
                new TwoUpstreams(LEAF, protocol, List.of(TwoUpstreams.breaking(protocol), exchange -> {
                    exchange.response().writeContinue();
                    Scripts.text("good").accept(exchange);
                }))) {
            TestGateway gateway = start(upstreams.config(Retries.keeping(10)));
            try (Call call = Call.open(client, gateway, "PUT", "/", false, "expect: 100-continue")) {
                Eventually.holds("the second try", () -> upstreams.arrived() == 2);
                call.data(text(20_000));
                call.end(Map.of());
                assertGood(call.outcome());
            }
            for (ReceivedRequest seen : upstreams.received()) {
                assertEquals("100-continue", seen.header("expect"));
            }
        }
    }

    @Row(value = "E7.R4", over = "h1-h1")
    @Test
    void chunksThatComeBetweenTwoTriesAreNotLost() throws IOException {
        AtomicInteger seen = new AtomicInteger();
        Gate closing = new Gate();
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            if (seen.getAndIncrement() == 0) {
                connection.readRequest();
                connection.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood");
                connection.readHead();
                var unused = connection.read(5);
                closing.pass();
            } else {
                connection.readRequest();
                connection.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood");
            }
        })) {
            TestGateway gateway = start(TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route("/", "app"));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                assertEquals("good", client.get("/").text());
                client.send("PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n01234");
                closing.awaitReached();
                closing.open();
                client.send("56789");
                assertEquals("good", client.readResponse().text());
            }
            upstream.take();
            assertEquals("0123456789", new String(upstream.take().body(), UTF_8));
        }
    }

    /** Filters have seen them, and see them once. */
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void aRequestWithTrailersIsSentOnce(Call.Protocol client) throws IOException {
        try (TwoUpstreams upstreams =
                new TwoUpstreams(LEAF, Protocol.H2C, TwoUpstreams.breakingAtTheEnd(Protocol.H2C))) {
            TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT));
            try (Call call = Call.open(client, gateway, "POST", "/", false, KEY, "trailer: x-sum")) {
                call.data("body");
                call.end(Map.of("x-sum", "1"));
                assertFailed(call.outcome(), 502, "connection_terminated");
            }
            assertEquals(1, upstreams.arrived());
            ReceivedRequest seen = upstreams.received().get(0);
            assertNull(seen.header("x-envoy-attempt-count"));
            assertTrue(seen.isComplete());
        }
    }
}
