package dev.sluice.proxy;

import static dev.sluice.proxy.Endings.assertAborted;
import static dev.sluice.proxy.Endings.assertFailed;
import static dev.sluice.proxy.Endings.assertGood;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.FilterSpec.RequestMirror;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.RetryTerms;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Call;
import dev.sluice.testkit.Call.Outcome;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.RawH3Stream;
import dev.sluice.testkit.RawH3Upstream;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Retries;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamExchange;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which failures are made good by another try, and which are not: correctness.md E7. */
final class RetryRowsTest {

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    /** One loop, so that the next request finds the same connections. */
    private TestGateway start(TestConfig config) {
        return start(config.build());
    }

    private TestGateway start(GatewayConfig config) {
        return gateways.start(TestGateway.bootstrap(1), config, Extensions.NONE);
    }

    private static Outcome get(Call.Protocol client, TestGateway gateway, String... fields) throws IOException {
        try (Call call = Call.get(client, gateway, "/", fields)) {
            return call.outcome();
        }
    }

    private static Outcome post(Call.Protocol client, TestGateway gateway, String body, String... fields)
            throws IOException {
        try (Call call = Call.open(client, gateway, "POST", "/", false, fields)) {
            call.data(body);
            call.end(Map.of());
            return call.outcome();
        }
    }

    private static double retries(TestGateway gateway, String reason) {
        Double value = gateway.metric("gateway_upstream_retries_total{reason=\"" + reason + "\"}");
        return value == null ? -1 : value;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(US_ASCII);
    }

    /** The body of a request that an upstream of frames receives. */
    private static String body(Supplier<H2Frame> frames) {
        StringBuilder body = new StringBuilder();
        boolean ended = false;
        while (!ended) {
            H2Frame frame = frames.get();
            if (frame instanceof H2Frame.Data data) {
                body.append(data.text());
                ended = data.endStream();
            } else {
                ended = !(frame instanceof H2Frame.Headers head) || head.endStream();
            }
        }
        return body.toString();
    }

    // --- R1: whatever the method ---

    @Row(
            value = "E7.R1",
            over = {"*-h1", "*-h2"})
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void noConnectionToOneOfTwo(Call.Protocol client) throws IOException {
        int refusing;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            refusing = free.getLocalPort();
        }
        try (RawUpstream junk = RawUpstream.answeringThenClosing("no TLS here");
                UpstreamServer h1 = UpstreamServer.http1(Scripts.echo());
                UpstreamServer h2 = UpstreamServer.h2(LEAF, Scripts.echo())) {
            TestGateway gateway = start(TestConfig.everyClient(LEAF)
                    .backend("plain", Protocol.HTTP, refusing, h1.port())
                    .backend("tls", Protocol.H2, junk.port(), h2.port())
                    .route(TestConfig.rule("/plain").to("plain"))
                    .route(TestConfig.rule("/tls").to("tls")));
            for (int i = 0; i < 16; i++) {
                for (String path : List.of("/plain", "/tls")) {
                    try (Call call = Call.open(client, gateway, "POST", path, false)) {
                        call.data("good");
                        call.end(Map.of());
                        assertGood(call.outcome());
                    }
                }
            }
            assertEquals(16, h1.received().size(), "each request is seen once");
            assertEquals(16, h2.received().size());
            assertTrue(
                    retries(gateway, "connect") >= 2, gateway.admin("/metrics").text());
            assertEquals(0.0, gateway.metric("gateway_upstream_retries_active"));
        }
    }

    @Row(value = "E7.R1", over = "*-h2")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void refusedStreamAndGoAwayOfHttp2(Call.Protocol client) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(LEAF, Protocol.H2C, upstream.port()));
            for (boolean goAway : new boolean[] {false, true}) {
                try (Call call = Call.open(client, gateway, "POST", "/", false)) {
                    call.data("mine");
                    call.end(Map.of());
                    RawH2Stream refused = upstream.take();
                    if (goAway) {
                        refused.goAway(0, 0);
                    } else {
                        refused.reset(7);
                    }
                    RawH2Stream again = upstream.take();
                    assertEquals("mine", body(again::next));
                    var unused = again.respond(200, false).data(bytes("good"), true);
                    assertGood(call.outcome());
                }
            }
            assertEquals(2, upstream.connections(), "one for the GOAWAY");
            assertEquals(2.0, retries(gateway, "refused"));
        }
    }

    @Row(value = "E7.R1", over = "*-h3")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void rejectedRequestOfHttp3(Call.Protocol client) throws IOException {
        try (RawH3Upstream upstream = new RawH3Upstream(LEAF)) {
            TestGateway gateway = start(TestConfig.forwarding(LEAF, Protocol.H3, upstream.port()));
            try (Call call = Call.open(client, gateway, "POST", "/", false)) {
                call.data("mine");
                call.end(Map.of());
                upstream.take().reset(0x10b);
                RawH3Stream again = upstream.take();
                assertEquals("mine", body(again::next));
                var unused = again.respond(200, false).data(bytes("good"), true);
                assertGood(call.outcome());
            }
        }
    }

    @Row(value = "E7.R1", over = "h2")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#alone")
    void tooEarly(Call.Protocol client, Protocol protocol) throws IOException {
        Consumer<UpstreamExchange> early = Scripts.respond(425, Map.of(), "early");
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, List.of(early, early))) {
            TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT));
            Outcome passed = post(client, gateway, "body", "early-data: 1");
            assertEquals(425, passed.status(), "it is the client's to send again (RFC 8470 section 5.2)");
            assertGood(post(client, gateway, "body"));
            assertEquals(3, upstreams.arrived());
        }
    }

    // --- R2: idempotent requests ---

    @Row(
            value = {"E7.R2", "E7.R5"},
            over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#pairs")
    void connectionEndsWithoutAByteOfAnAnswer(Call.Protocol client, Protocol protocol) throws IOException {
        Consumer<UpstreamExchange> close = TwoUpstreams.breaking(protocol);
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, close)) {
            TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT));
            assertGood(get(client, gateway));
            assertEquals(List.of(1, 1), upstreams.counts(), "the other endpoint is asked");
            assertEquals(1.0, retries(gateway, protocol == Protocol.H3 ? "reset" : "closed"));
        }
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, List.of(close, close))) {
            TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT));
            assertFailed(post(client, gateway, "body"), 502, TwoUpstreams.error(protocol));
            assertEquals(1, upstreams.arrived());
            assertGood(post(client, gateway, "body", "idempotency-key: k1"));
            assertEquals(3, upstreams.arrived());
        }
    }

    @Row(
            value = "E7.R2",
            over = {"*-h2", "*-h3"})
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("resets")
    void resetThatLeavesOpenWhatWasDone(Call.Protocol client, Protocol protocol, int code) throws IOException {
        Consumer<UpstreamExchange> reset = Scripts.reset(code);
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, reset)) {
            TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT));
            assertGood(get(client, gateway));
        }
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, reset)) {
            TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT));
            assertEquals(502, post(client, gateway, "body").status());
            assertEquals(1, upstreams.arrived());
        }
    }

    static Stream<Arguments> resets() {
        return Stream.of(Call.Protocol.values())
                .flatMap(client -> Stream.of(
                        Arguments.of(client, Protocol.H2C, 1),
                        Arguments.of(client, Protocol.H2C, 2),
                        Arguments.of(client, Protocol.H3, 0x101),
                        Arguments.of(client, Protocol.H3, 0x102)));
    }

    /** The upstream closes a connection that it finds idle while a request is on its way there. */
    @Row(
            value = {"E7.R2", "E7.R5"},
            over = "*-h1")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void keepAliveRaceAtTheOnlyEndpoint(Call.Protocol client) throws IOException {
        try (RawUpstream upstream = RawUpstream.conversing(connection -> {
            if (connection.readRequest() != null) {
                connection.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood");
                var unused = connection.readRequest();
            }
        })) {
            TestGateway gateway = start(TestConfig.forwarding(LEAF, Protocol.HTTP, upstream.port()));
            for (int i = 1; i <= 3; i++) {
                assertGood(get(client, gateway));
                assertEquals(i, upstream.connections());
            }
            assertFailed(post(client, gateway, "body"), 502, "connection_terminated");
            assertEquals(3, upstream.connections(), "it may have been acted on");
        }
    }

    private static RawUpstream closing() throws IOException {
        return RawUpstream.answeringThenClosing("");
    }

    @Row(
            value = {"E7.R2", "E7.R5"},
            over = "*-h3")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void endOfAnHttp3ConnectionThatServedBefore(Call.Protocol client) throws IOException {
        try (RawH3Upstream upstream = new RawH3Upstream(LEAF)) {
            TestGateway gateway = start(TestConfig.forwarding(LEAF, Protocol.H3, upstream.port()));
            try (Call first = Call.get(client, gateway, "/")) {
                var unused = upstream.take().respond(200, false).data(bytes("good"), true);
                assertGood(first.outcome());
            }
            try (Call second = Call.get(client, gateway, "/")) {
                upstream.take().closeConnection(0x100);
                var unused = upstream.take().respond(200, false).data(bytes("good"), true);
                assertGood(second.outcome());
            }
            assertEquals(2, upstream.connections());
            assertEquals(1.0, retries(gateway, "closed"));
        }
    }

    /** A new connection that ends at once says nothing good of its endpoint: there is no other to ask. */
    @Row(value = "E7.R5", over = "*-h1")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void newConnectionEndsAtTheOnlyEndpoint(Call.Protocol client) throws IOException {
        try (RawUpstream upstream = closing()) {
            TestGateway gateway = start(TestConfig.forwarding(LEAF, Protocol.HTTP, upstream.port()));
            assertFailed(get(client, gateway), 502, "connection_terminated");
            assertEquals(1, upstream.connections());
        }
    }

    @Row(
            value = {"E7.R2", "E7.R6"},
            over = "h2")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#alone")
    void timeOfOneTry(Call.Protocol client, Protocol protocol) throws IOException {
        Duration perTry = Duration.ofMillis(300);
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, Scripts.stall())) {
            TestGateway gateway = start(upstreams.config(Retries.perTry(perTry)));
            assertGood(get(client, gateway));
            assertEquals(List.of(1, 1), upstreams.counts());
            assertEquals(1.0, retries(gateway, "timeout"));
        }
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, Scripts.stall())) {
            TestGateway gateway = start(upstreams.config(Retries.perTry(perTry)));
            assertFailed(post(client, gateway, "body"), 504, "http_response_timeout");
            assertEquals(1, upstreams.arrived());
        }
    }

    @Row(value = "E7.R2", over = "h2")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#alone")
    void statusesThatThePolicyNames(Call.Protocol client, Protocol protocol) throws IOException {
        Consumer<UpstreamExchange> busy = Scripts.respond(503, Map.of("x-busy", "yes"), "busy");
        Consumer<UpstreamExchange> broken = Scripts.respond(500, Map.of(), "broken");
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, List.of(busy, busy, busy, broken))) {
            TestGateway gateway = start(upstreams.config(Retries.on(503)));
            Outcome good = get(client, gateway);
            assertEquals(503, good.status(), "three tries, and the last one's answer");
            assertEquals("yes", good.header("x-busy"));
            assertEquals("busy", good.body());
            assertEquals(3, upstreams.arrived());
            assertEquals(500, get(client, gateway).status(), "not named");
            assertEquals(4, upstreams.arrived());
        }
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, List.of(busy, busy))) {
            TestGateway gateway = start(upstreams.config(Retries.on(503)));
            assertEquals(503, post(client, gateway, "body").status());
            Outcome good = get(client, gateway);
            assertGood(good);
            assertNull(good.header("x-busy"), "nothing of an answer that was thrown away");
            assertEquals(3, upstreams.arrived());
        }
    }

    // --- R3: never ---

    @Row(value = "E7.R3", over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#pairs")
    void answerThatBreaksOff(Call.Protocol client, Protocol protocol) throws IOException {
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, Scripts.closeMidResponse(10, "hello"))) {
            TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT));
            try (Call call = Call.get(client, gateway, "/")) {
                if (call.awaitHead() == 200) {
                    assertAborted(client, call);
                } else {
                    assertEquals(502, call.outcome().status(), "the end came before anything was sent");
                }
            }
            assertEquals(1, upstreams.arrived());
        }
    }

    @Row(
            value = "E7.R3",
            over = {"*-h2", "*-h3"})
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void cancelAndCalm(Call.Protocol client) throws IOException {
        for (boolean http3 : new boolean[] {false, true}) {
            Protocol protocol = http3 ? Protocol.H3 : Protocol.H2C;
            try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, Scripts.reset(http3 ? 0x10c : 8))) {
                TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT));
                assertFailed(get(client, gateway), 502, "connection_terminated");
                assertEquals(1, upstreams.arrived());
            }
            try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, Scripts.reset(http3 ? 0x107 : 11))) {
                TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT));
                assertGood(get(client, gateway));
                assertEquals(List.of(1, 1), upstreams.counts(), "another host, which has not asked for calm");
            }
        }
    }

    @Row(value = "E7.R3", over = "*-h1")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void behindAnInterimAnswerAndHalfAHead(Call.Protocol client) throws IOException {
        for (String sent : List.of("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-")) {
            try (RawUpstream first = RawUpstream.answeringThenClosing(sent);
                    RawUpstream second = RawUpstream.answeringThenClosing(sent)) {
                TestGateway gateway = start(TestConfig.everyClient(LEAF)
                        .backend("app", Protocol.HTTP, first.port(), second.port())
                        .route("/", "app"));
                try (Call call = Call.get(client, gateway, "/")) {
                    assertEquals(502, call.awaitHead());
                }
                assertEquals(1, first.connections() + second.connections(), sent);
            }
        }
    }

    @Row(
            value = {"E7.R3", "E7.R6"},
            over = "h2")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#alone")
    void tooLittleTimeIsLeft(Call.Protocol client, Protocol protocol) throws IOException {
        Consumer<UpstreamExchange> stall = Scripts.stall();
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, List.of(stall, stall, stall, stall))) {
            TestGateway gateway = start(upstreams
                    .backend()
                    .route(TestConfig.rule("/")
                            .requestTimeout(Duration.ofMillis(400))
                            .retry(Retries.perTry(Duration.ofMillis(380)))
                            .to("app")));
            assertFailed(get(client, gateway), 504, "http_response_timeout");
            assertEquals(1, upstreams.arrived());
        }
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, List.of(stall, stall, stall, stall))) {
            TestGateway gateway = start(upstreams
                    .backend()
                    .route(TestConfig.rule("/")
                            .requestTimeout(Duration.ofMillis(600))
                            .retry(Retries.perTry(Duration.ofMillis(400)))
                            .to("app")));
            long start = System.nanoTime();
            assertFailed(get(client, gateway), 504, "http_response_timeout");
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertTrue(millis < 1_200, millis + " ms (expected: the route's deadline, not three tries)");
        }
    }

    @Row(value = "E7.R3", over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#pairs")
    void clientThatHasGone(Call.Protocol client, Protocol protocol) throws IOException {
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, Scripts.stall())) {
            TestGateway gateway = start(upstreams.config(Retries.perTry(Duration.ofMillis(400))));
            try (Call call = Call.get(client, gateway, "/")) {
                Eventually.holds("the first try", () -> upstreams.arrived() == 1);
                call.reset(8);
            }
            gateway.awaitIdle();
            assertEquals(1, upstreams.arrived());
            assertEquals(0.0, retries(gateway, "timeout"));
        }
    }

    @Row(value = "E7.R3", over = "h1-h1")
    @Test
    void upgrade() throws IOException {
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, Protocol.HTTP, Scripts.closeBeforeResponse())) {
            TestGateway gateway = start(upstreams.config(RetryTerms.DEFAULT));
            Outcome outcome = get(
                    Call.Protocol.H1,
                    gateway,
                    "connection: Upgrade",
                    "upgrade: websocket",
                    "sec-websocket-version: 13",
                    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==");
            assertFailed(outcome, 502, "connection_terminated");
            assertEquals(1, upstreams.arrived());
        }
    }

    // --- R5: what the upstream asks ---

    @Row(value = "E7.R5", over = "h2")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#alone")
    void retryAfterAndPushback(Call.Protocol client, Protocol protocol) throws IOException {
        List<Map<String, String>> passedOn = List.of(
                Map.of("retry-after", "1"),
                Map.of("retry-after", "Fri, 31 Dec 2199 23:59:59 GMT"),
                Map.of("retry-after", "soon"),
                Map.of("x-should-retry", "false"),
                Map.of("grpc-retry-pushback-ms", "-1"));
        for (Map<String, String> headers : passedOn) {
            try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, Scripts.respond(503, headers, "busy"))) {
                TestGateway gateway = start(upstreams.config(Retries.on(503)));
                Outcome outcome = get(client, gateway);
                assertEquals(503, outcome.status(), headers.toString());
                headers.forEach((name, value) -> assertEquals(value, outcome.header(name)));
                assertEquals(1, upstreams.arrived());
            }
        }
        List<Map<String, String>> heeded = List.of(
                Map.of("retry-after", "0"),
                Map.of("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
                Map.of("grpc-retry-pushback-ms", "50"));
        for (Map<String, String> headers : heeded) {
            try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, Scripts.respond(503, headers, "busy"))) {
                TestGateway gateway = start(upstreams.config(Retries.on(503)));
                assertGood(get(client, gateway));
                assertEquals(List.of(1, 1), upstreams.counts(), headers.toString());
            }
        }
    }

    // --- R6: how often ---

    @Row(value = "E7.R6", over = "h2")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#alone")
    void noMoreTriesThanThePolicyAllows(Call.Protocol client, Protocol protocol) throws IOException {
        Consumer<UpstreamExchange> busy = Scripts.respond(503, Map.of(), "busy");
        for (int attempts = 1; attempts <= 4; attempts++) {
            try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, List.of(busy, busy, busy, busy, busy))) {
                TestGateway gateway = start(upstreams.config(Retries.attempts(attempts, 503)));
                assertEquals(503, get(client, gateway).status());
                assertEquals(attempts, upstreams.arrived());
            }
        }
    }

    // --- R8: no avalanche ---

    @Row(
            value = {"E7.R8", "E3.14"},
            over = "h2")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#alone")
    void retriesAreMarkedAndMarkedOnesAreNotRetried(Call.Protocol client, Protocol protocol) throws IOException {
        Consumer<UpstreamExchange> busy = Scripts.respond(503, Map.of(), "busy");
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, List.of(busy, busy))) {
            TestGateway gateway = start(upstreams.config(Retries.on(503)));
            assertGood(get(client, gateway, "content-type: application/grpc", "x-envoy-attempt-count: 1"));
            List<String> counts = upstreams.received().stream()
                    .map(seen -> seen.header("x-envoy-attempt-count") + "/" + seen.header("grpc-previous-rpc-attempts"))
                    .sorted()
                    .toList();
            assertEquals(List.of("1/null", "2/1", "3/2"), counts);
        }
        for (String mark : List.of("x-envoy-attempt-count: 2", "grpc-previous-rpc-attempts: 1")) {
            try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, protocol, busy)) {
                TestGateway gateway = start(upstreams.config(Retries.on(503)));
                assertEquals(503, get(client, gateway, mark).status());
                assertEquals(1, upstreams.arrived());
            }
        }
    }

    @Test
    void requestsThatAreNotRetriedCarryNoMark() throws IOException {
        try (TwoUpstreams upstreams = new TwoUpstreams(LEAF, Protocol.HTTP)) {
            assertGood(get(Call.Protocol.H1, start(upstreams.config(RetryTerms.DEFAULT))));
            assertNull(upstreams.received().get(0).header("x-envoy-attempt-count"));
        }
    }

    // --- R11: mirrors ---

    @Row(value = "E7.R11", over = "h2")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("dev.sluice.proxy.TwoUpstreams#alone")
    void mirrorsAreTriedOnce(Call.Protocol client, Protocol protocol) throws IOException {
        try (TwoUpstreams mirrors = new TwoUpstreams(LEAF, protocol, TwoUpstreams.breaking(protocol));
                UpstreamServer app = UpstreamServer.http1(Scripts.text("good"))) {
            TestGateway gateway = start(mirrors.backend()
                    .backend("real", Protocol.HTTP, app.port())
                    .route(TestConfig.rule("/")
                            .filter(new RequestMirror(TestConfig.key("app"), 1, 1))
                            .to("real")));
            assertGood(get(client, gateway));
            gateway.awaitIdle();
            Eventually.holds("the copy", () -> mirrors.arrived() == 1);
            assertGood(get(client, gateway));
            Eventually.holds("the next copy", () -> mirrors.arrived() == 2);
            gateway.awaitIdle();
            assertEquals(2, mirrors.arrived());
            List<ReceivedRequest> real = app.received();
            assertEquals(2, real.size());
            assertEquals(0.0, retries(gateway, "closed"));
        }
    }
}
