package dev.sluice.grpc;

import static dev.sluice.grpc.GrpcWire.assertTrailersOnly;
import static dev.sluice.grpc.GrpcWire.call;
import static dev.sluice.grpc.GrpcWire.head;
import static dev.sluice.grpc.GrpcWire.message;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.FilterSpec.Custom;
import dev.sluice.config.GatewayConfig;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.FilterContext;
import dev.sluice.filter.FilterFactory;
import dev.sluice.filter.HttpFilter;
import dev.sluice.testkit.Call;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamExchange;
import dev.sluice.testkit.UpstreamServer;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers and requests that are not gRPC, where gRPC is expected. */
final class GrpcAnswersTest {

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private TestGateway start(GatewayConfig config) {
        return gateways.start(TestGateway.bootstrap(1), config, GrpcWire.extensions());
    }

    private static void busy(UpstreamExchange exchange) {
        var unused = exchange.response().setStatusCode(503).end("busy");
    }

    private static GatewayConfig grpcRoute(Protocol protocol, int port) {
        return TestConfig.create()
                .http("http")
                .backend("app", protocol, port)
                .grpcRoute(TestConfig.rule("/").to("app"))
                .build();
    }

    @Row(
            value = {"E3.1", "E3.7"},
            over = "h2-h2")
    @ParameterizedTest
    @CsvSource({
        "200, UNKNOWN", "204, UNKNOWN", "302, UNKNOWN", "400, INTERNAL", "401, UNAUTHENTICATED",
        "403, PERMISSION_DENIED", "404, UNIMPLEMENTED", "429, UNAVAILABLE", "431, INTERNAL", "500, UNKNOWN",
        "502, UNAVAILABLE", "503, UNAVAILABLE", "504, UNAVAILABLE"
    })
    void answersThatAreNotGrpcAreTranslated(int status, GrpcStatus expected) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), false).data(message("ask"), true);
                Http2Headers html = new DefaultHttp2Headers(false)
                        .status(Integer.toString(status))
                        .add("content-type", "text/html; charset=utf-8")
                        .add("etag", "\"1\"")
                        .add("x-kept", "yes");
                RawH2Stream answering = upstream.take();
                if (status == 204) {
                    answering.headers(html, true);
                } else {
                    answering
                            .headers(html.add("content-length", "9"), false)
                            .data("<html/>\r\n".getBytes(US_ASCII), true);
                }
                H2Frame.Headers only = stream.nextHeaders();
                assertTrue(only.endStream(), only.toString());
                assertEquals(200, only.status());
                assertEquals("application/grpc", only.get("content-type"));
                assertEquals(expected.text(), only.get("grpc-status"));
                assertEquals(
                        "the answer is not gRPC: HTTP status " + status + ", content-type text/html; charset=utf-8",
                        only.get("grpc-message"));
                assertEquals("yes", only.get("x-kept"));
                assertEquals("0", only.get("content-length"), "of what is sent");
                assertNull(only.get("etag"));
                assertEquals(List.of(), stream.pending());
                assertTrue(client.isOpen());
            }
        }
    }

    @Row(value = "E3.1", over = "h2-h2")
    @Test
    void aStatusOfTheUpstreamWins() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), true);
                upstream.take()
                        .headers(
                                new DefaultHttp2Headers(false)
                                        .status("500")
                                        .add("content-type", "application/grpc")
                                        .add("grpc-status", "5"),
                                true);
                H2Frame.Headers only = stream.nextHeaders();
                assertTrue(only.endStream());
                assertEquals(500, only.status());
                assertEquals("5", only.get("grpc-status"));
                assertNull(only.get("grpc-message"));
            }
        }
    }

    /** An upstream of HTTP/1.1 and a client of HTTP/3 hear and tell the same. */
    @Row(
            value = {"E3.1", "E3.7"},
            over = {"h2-h1", "h3-h1"})
    @ParameterizedTest
    @EnumSource(
            value = Call.Protocol.class,
            names = {"H2", "H3"})
    void answersOfHttp1AreTranslated(Call.Protocol protocol) throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(GrpcAnswersTest::busy)) {
            TestGateway gateway = start(TestConfig.forwardingOnce(LEAF, Protocol.HTTP, upstream.port()));
            try (Call call = Call.open(protocol, gateway, "POST", "/", false, "content-type: application/grpc")) {
                call.end(Map.of());
                Call.Outcome outcome = call.outcome();
                assertEquals(200, outcome.status());
                assertEquals("14", outcome.header("grpc-status"));
                assertEquals("", outcome.body());
                assertTrue(outcome.complete());
            }
        }
    }

    /** Answers every request with the status that its path names. */
    public static final class Denying implements FilterFactory, HttpFilter {

        @Override
        public HttpFilter create(JsonObject config) {
            return this;
        }

        @Override
        public FilterAction onRequest(FilterContext exchange) {
            return exchange.reply(Integer.parseInt(exchange.path().substring(1)), Buffer.buffer("no"));
        }
    }

    @Row(value = "E3.2", over = "h2")
    @ParameterizedTest
    @CsvSource({"401, UNAUTHENTICATED", "403, PERMISSION_DENIED", "429, UNAVAILABLE"})
    void answersOfFiltersAreTranslated(int status, GrpcStatus expected) throws IOException {
        TestGateway gateway = start(TestConfig.create()
                .http("http")
                .grpcRoute(TestConfig.rule("/")
                        .filter(new Custom(TestConfig.key("denying"), Denying.class.getName(), new JsonObject())))
                .build());
        try (RawH2Client client = RawH2Client.connect(gateway.port())) {
            String message = assertTrailersOnly(client.open(call("/" + status), true), expected);
            assertEquals("the answer is not gRPC: HTTP status " + status + ", content-type missing", message);
        }
    }

    @Row(value = "E3.10", over = "h2-h2")
    @ParameterizedTest
    @CsvSource({
        "application/json, content-type application/json (expected: application/grpc)",
        "application/grpcx, content-type application/grpcx (expected: application/grpc)",
        ", content-type is missing (expected: application/grpc)"
    })
    void grpcRoutesServeNothingElse(String type, String detail) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(grpcRoute(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                Http2Headers request = RawH2Client.head("POST", "/a.Service/Call");
                RawH2Stream stream = client.open(type == null ? request : request.add("content-type", type), true);
                var response = stream.response();
                assertEquals(415, response.status());
                assertNull(response.header("grpc-status"));
                assertTrue(String.valueOf(response.header("proxy-status")).contains(detail));
                assertEquals(0, upstream.connections());
            }
        }
    }

    @Row(value = "E3.10", over = "h2-h2")
    @Test
    void httpRoutesServeEverything() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream =
                        client.open(RawH2Client.head("POST", "/").add("content-type", "application/json"), true);
                RawH2Stream answering = upstream.take();
                answering.headers(
                        new DefaultHttp2Headers(false).status("503").add("content-type", "application/json"), true);
                assertEquals(503, stream.nextHeaders().status());
                RawH2Stream get =
                        client.open(RawH2Client.head("GET", "/").add("content-type", "application/grpc"), true);
                upstream.take().headers(new DefaultHttp2Headers(false).status("404"), true);
                assertEquals(404, get.nextHeaders().status());
            }
        }
    }

    @Row(value = "E3.10", over = "h2-h2")
    @Test
    void callsArePosted() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(grpcRoute(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                Http2Headers get = RawH2Client.head("GET", "/a.Service/Call").add("content-type", "application/grpc");
                String message = assertTrailersOnly(client.open(get, true), GrpcStatus.UNIMPLEMENTED);
                assertEquals("method GET (expected: POST)", message);
                assertEquals(0, upstream.connections());

                Http2Headers preflight = RawH2Client.head("OPTIONS", "/a.Service/Call")
                        .add("origin", "https://example.com")
                        .add("access-control-request-method", "POST");
                RawH2Stream asked = client.open(preflight, true);
                upstream.take().headers(new DefaultHttp2Headers(false).status("204"), true);
                assertEquals(204, asked.nextHeaders().status(), "a browser's question is no call");
            }
        }
    }

    @Row(value = "E3.12", over = "h1-h2")
    @Test
    void grpcOverHttp1IsRefusedInBothLanguages() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(grpcRoute(Protocol.H2C, upstream.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("POST /a.Service/Call HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/grpc\r\n"
                        + "content-length: 5\r\n\r\n\0\0\0\0\0");
                RawResponse response = client.readResponse();
                assertEquals(505, response.status());
                assertEquals("14", response.header("grpc-status"));
                assertEquals("gRPC needs HTTP/2 or HTTP/3", response.header("grpc-message"));
                assertEquals("application/grpc", response.header("content-type"));
                assertEquals(0, upstream.connections());
            }
        }
    }

    /** On an HTTPRoute it is the upstream that knows what it makes of it. */
    @Row(value = "E3.12", over = "h1-h1")
    @Test
    void grpcOverHttp1PassesAnHttpRoute() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(GrpcAnswersTest::busy)) {
            TestGateway gateway = start(TestConfig.forwardingOnce(Protocol.HTTP, upstream.port()));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/grpc\r\n"
                        + "content-length: 0\r\n\r\n");
                RawResponse response = client.readResponse();
                assertEquals(503, response.status());
                assertNull(response.header("grpc-status"));
                assertEquals("busy", response.text());
            }
        }
    }

    @Row(value = "E3.6", over = "h2-h2")
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void missingStatusIsCounted(boolean withMessage) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(grpcRoute(Protocol.H2C, upstream.port()));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/a.Service/Call"), true);
                RawH2Stream answering = upstream.take().headers(head(), !withMessage);
                if (withMessage) {
                    answering.data(message("m"), true);
                }
                var response = stream.response();
                assertEquals(200, response.status());
                assertNull(response.header("grpc-status"));
                assertEquals(List.of(), response.trailers());
                assertTrue(response.complete());
            }
            gateway.awaitIdle();
            assertEquals(1.0, gateway.metric("gateway_grpc_missing_status_total"));
        }
    }
}
