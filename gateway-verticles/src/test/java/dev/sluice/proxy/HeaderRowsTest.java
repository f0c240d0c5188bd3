package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Call;
import dev.sluice.testkit.Call.Outcome;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamExchange;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Special fields in both directions, over every pair of protocols. */
final class HeaderRowsTest {

    private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    static Stream<Arguments> pairs() {
        return Stream.of(Call.Protocol.values()).flatMap(client -> Stream.of(Protocol.HTTP, Protocol.H2C, Protocol.H3)
                .map(upstream -> Arguments.of(client, upstream)));
    }

    private static UpstreamServer upstream(Protocol protocol) {
        return switch (protocol) {
            case HTTP -> UpstreamServer.http1(Scripts.text("good"));
            case H2C -> UpstreamServer.h2c(Scripts.text("good"));
            default -> UpstreamServer.http3(LEAF, Scripts.text("good"));
        };
    }

    private static ReceivedRequest relay(
            Call.Protocol client, TestGateway gateway, UpstreamServer upstream, String... fields) throws IOException {
        try (Call call = Call.get(client, gateway, "/", fields)) {
            Endings.assertGood(call.outcome());
        }
        return upstream.take();
    }

    private static List<String> values(List<Map.Entry<String, String>> fields, String name) {
        return fields.stream()
                .filter(field -> field.getKey().equalsIgnoreCase(name))
                .map(Map.Entry::getValue)
                .toList();
    }

    @Row(
            value = {"E6.3", "E6.6", "E6.9", "E6.12", "E6.13", "E6.17", "E6.18"},
            over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void requestFields(Call.Protocol client, Protocol protocol) throws IOException {
        try (UpstreamServer upstream = upstream(protocol)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(LEAF, protocol, upstream.port()));
            ReceivedRequest received = relay(
                    client,
                    gateway,
                    upstream,
                    "te: trailers",
                    "proxy-authorization: Basic eDp5",
                    "via: 1.0 fred",
                    "x-forwarded-for: 1.2.3.4",
                    "x-forwarded-proto: gopher",
                    "x-forwarded-host: evil.test",
                    "x-forwarded-port: 1",
                    "forwarded: for=1.2.3.4",
                    "x-request-id: id-1",
                    "traceparent: " + TRACE,
                    "tracestate: a=b",
                    "early-data: 1",
                    "x-multi: 1",
                    "x-multi: 2");
            assertEquals("trailers", received.header("te"));
            assertEquals(protocol == Protocol.HTTP ? "TE" : null, received.header("connection"));
            assertNull(received.header("proxy-authorization"));
            assertVia(
                    switch (client) {
                        case H1 -> "1.1";
                        case H2 -> "2";
                        case H3 -> "3";
                    },
                    received.header("via"));
            assertEquals("127.0.0.1", received.header("x-forwarded-for"));
            assertEquals(client == Call.Protocol.H3 ? "https" : "http", received.header("x-forwarded-proto"));
            assertEquals("localhost", received.header("x-forwarded-host"));
            assertEquals(
                    Integer.toString(gateway.port(client == Call.Protocol.H3 ? "https" : "http")),
                    received.header("x-forwarded-port"));
            assertNull(received.header("forwarded"));
            assertEquals("localhost", received.authority());
            assertTrue(
                    values(received.headers(), "host").size() <= 1,
                    received.headers().toString());
            assertEquals("id-1", received.header("x-request-id"));
            assertEquals(TRACE, received.header("traceparent"));
            assertEquals("a=b", received.header("tracestate"));
            assertEquals("1", received.header("early-data"), "RFC 8470 section 5.1");
            assertEquals(List.of("1", "2"), values(received.headers(), "x-multi"));

            ReceivedRequest other = relay(
                    client,
                    gateway,
                    upstream,
                    "traceparent: 00-junk",
                    "tracestate: a=b",
                    "x-request-id: " + "a".repeat(200));
            assertNull(other.header("te"), "the client has not said that it takes trailers");
            assertNull(other.header("traceparent"));
            assertNull(other.header("tracestate"));
            String id = other.header("x-request-id");
            assertNotNull(id);
            assertTrue(id.matches("[0-9a-f]{16}"), id);
        }
    }

    @Row(
            value = {"E6.1", "E6.2"},
            over = {"h1-h1", "h1-h2", "h1-h3"})
    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"HTTP", "H2C", "H3"})
    void hopByHopRequestFields(Protocol protocol) throws IOException {
        try (UpstreamServer upstream = upstream(protocol)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(LEAF, protocol, upstream.port()));
            ReceivedRequest received = relay(
                    Call.Protocol.H1,
                    gateway,
                    upstream,
                    "connection: keep-alive, X-Hop, x-forwarded-for, Authorization, via",
                    "x-hop: 1",
                    "keep-alive: timeout=5",
                    "proxy-connection: keep-alive",
                    "http2-settings: AAMAAABkAAQAoAAAAAIAAAAA",
                    "authorization: Bearer t");
            for (String name : List.of("connection", "x-hop", "keep-alive", "proxy-connection", "http2-settings")) {
                assertNull(received.header(name), name);
            }
            assertEquals("Bearer t", received.header("authorization"));
            assertEquals("127.0.0.1", received.header("x-forwarded-for"));
            assertNotNull(received.header("via"));
        }
    }

    private static void assertVia(String version, @Nullable String via) {
        assertNotNull(via);
        assertTrue(via.matches("1\\.0 fred, " + version.replace(".", "\\.") + " sluice-[0-9a-f]+"), via);
    }

    private static void specialFields(UpstreamExchange exchange) {
        exchange.onEnd(() -> {
            exchange.response()
                    .headers()
                    .add("proxy-authenticate", "Basic realm=x")
                    .add("proxy-authentication-info", "nextnonce=a")
                    .add("alt-svc", "h3=\":443\"")
                    .add("via", "1.0 fred")
                    .add("server", "upstream")
                    .add("age", "7")
                    .add("warning", "110 - stale")
                    .add("cache-control", "max-age=60")
                    .add("set-cookie", "a=b")
                    .add("set-cookie", "c=d");
            var unused = exchange.response().setStatusCode(425).end("early");
        });
    }

    @Row(
            value = {"E6.6", "E6.9", "E6.14", "E6.16", "E6.18"},
            over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void responseFields(Call.Protocol client, Protocol protocol) throws IOException {
        try (UpstreamServer upstream = upstream(protocol)) {
            upstream.otherwise(HeaderRowsTest::specialFields);
            TestGateway gateway = gateways.start(TestConfig.forwarding(LEAF, protocol, upstream.port()));
            try (Call call = Call.get(client, gateway, "/")) {
                Outcome outcome = call.outcome();
                assertEquals(425, outcome.status());
                assertEquals("early", outcome.body());
                assertTrue(outcome.complete());
                assertNull(outcome.header("proxy-authenticate"));
                assertNull(outcome.header("proxy-authentication-info"));
                assertNull(outcome.header("alt-svc"));
                assertVia(
                        switch (protocol) {
                            case HTTP -> "1.1";
                            case H2C -> "2";
                            default -> "3";
                        },
                        outcome.header("via"));
                assertEquals("upstream", outcome.header("server"));
                assertEquals("7", outcome.header("age"));
                assertEquals("110 - stale", outcome.header("warning"));
                assertEquals("max-age=60", outcome.header("cache-control"));
                assertEquals(List.of("a=b", "c=d"), values(outcome.headers(), "set-cookie"));
                assertEquals(1, values(outcome.headers(), "date").size(), "RFC 9110 section 6.6.1");
            }
        }
    }

    @Row(
            value = {"E6.15", "E4.26"},
            over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void lengthsOfResponsesWithoutContent(Call.Protocol client, Protocol protocol) throws IOException {
        try (UpstreamServer upstream = upstream(protocol)) {
            upstream.on(
                            "/head",
                            exchange -> exchange.onEnd(() -> {
                                var unused = exchange.response()
                                        .putHeader("content-length", "12345")
                                        .end();
                            }))
                    .on("/204", Scripts.respond(204, Map.of(), ""))
                    .on("/304", Scripts.respond(304, Map.of("content-length", "7", "etag", "\"x\""), ""));
            TestGateway gateway = gateways.start(TestConfig.forwarding(LEAF, protocol, upstream.port()));
            List<Outcome> outcomes = new ArrayList<>();
            for (String path : List.of("/head", "/204", "/304")) {
                String method = path.equals("/head") ? "HEAD" : "GET";
                try (Call call = Call.open(client, gateway, method, path, true)) {
                    Outcome outcome = call.outcome();
                    assertTrue(outcome.complete(), path);
                    assertEquals("", outcome.body(), path);
                    assertNull(outcome.header("transfer-encoding"), path);
                    assertTrue(call.connectionOpen(), path);
                    outcomes.add(outcome);
                }
            }
            assertEquals(200, outcomes.get(0).status());
            assertEquals("12345", outcomes.get(0).header("content-length"));
            assertEquals(204, outcomes.get(1).status());
            assertNull(outcomes.get(1).header("content-length"));
            assertEquals(304, outcomes.get(2).status());
            assertEquals("\"x\"", outcomes.get(2).header("etag"));
            ReceivedRequest head = upstream.take();
            assertEquals("HEAD", head.method());
            assertNull(head.header("content-length"));
            assertNull(head.header("transfer-encoding"));
        }
    }

    @Row(value = "E6.11", over = "*")
    @ParameterizedTest
    @EnumSource(Call.Protocol.class)
    void trace(Call.Protocol client) throws IOException {
        try (UpstreamServer upstream = upstream(Protocol.HTTP)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(LEAF, Protocol.HTTP, upstream.port()));
            try (Call call = Call.open(client, gateway, "TRACE", "/", true, "max-forwards: 0")) {
                Outcome outcome = call.outcome();
                Endings.assertFailed(outcome, 405, "http_request_denied");
                assertNotNull(outcome.header("allow"));
            }
            assertEquals(0, upstream.received().size());
        }
    }

    @Row(value = "E6.10", over = "*")
    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void maxForwards(Call.Protocol client, Protocol protocol) throws IOException {
        try (UpstreamServer upstream = upstream(protocol)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(LEAF, protocol, upstream.port()));
            try (Call last = Call.open(client, gateway, "OPTIONS", "/", true, "max-forwards: 0")) {
                Outcome outcome = last.outcome();
                assertTrue(outcome.status() == 200 || outcome.status() == 204, outcome.toString());
                assertNotNull(outcome.header("allow"));
            }
            assertEquals(0, upstream.received().size(), "RFC 9110 section 7.6.2");
            try (Call call = Call.open(client, gateway, "OPTIONS", "/", true, "max-forwards: 5")) {
                Endings.assertGood(call.outcome());
            }
            assertEquals("4", upstream.take().header("max-forwards"));
            assertEquals(
                    "0", relay(client, gateway, upstream, "max-forwards: 0").header("max-forwards"));
        }
    }
}
