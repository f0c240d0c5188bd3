package dev.sluice.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.FilterSpec.Custom;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.FilterContext;
import dev.sluice.filter.FilterFactory;
import dev.sluice.filter.HttpFilter;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a filter may do beyond headers: trailers, limits, resets and aborts. */
final class FilterActsTest {

    private static final String OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    /** Does what the request's path says. */
    public static final class Acting implements FilterFactory, HttpFilter {

        @Override
        public HttpFilter create(JsonObject config) {
            return this;
        }

        @Override
        public FilterAction onRequest(FilterContext exchange) {
            return switch (exchange.path()) {
                case "/reset" -> exchange.reset(11);
                case "/abort" -> exchange.abort("no reason");
                case "/close" -> {
                    exchange.completeAndAbort();
                    yield FilterAction.CONTINUE;
                }
                case "/large" -> {
                    exchange.bodyLimit().set(40_000_000);
                    yield FilterAction.CONTINUE;
                }
                case "/small" -> {
                    exchange.bodyLimit().set(3);
                    yield FilterAction.CONTINUE;
                }
                case "/reply" -> {
                    exchange.trailers().append("x-made", "here");
                    yield exchange.reply(200, Buffer.buffer("hi"));
                }
                default -> FilterAction.CONTINUE;
            };
        }

        @Override
        public void onRequestTrailers(FilterContext exchange, MultiMap trailers) {
            trailers.remove("x-secret").add("x-seen", trailers.get("x-checksum"));
        }

        @Override
        public void onResponse(FilterContext exchange) {
            exchange.responseHeaders()
                    .set("x-read-only", String.valueOf(exchange.bodyLimit().isReadOnly()));
            switch (exchange.path()) {
                case "/declare" -> exchange.trailers().declare("x-added");
                case "/append" -> exchange.trailers().append("x-added", "1");
                case "/late" -> exchange.bodyLimit().set(1);
                case "/forbidden" -> exchange.trailers().declare("content-length");
                case "/midway" -> exchange.reset(8);
                default -> {}
            }
        }

        @Override
        public void onTrailers(FilterContext exchange, MultiMap trailers) {
            trailers.set("x-seen", String.join("+", trailers.names()));
        }
    }

    @Test
    void trailersAreAddedToAResponseWithALength() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(OK)) {
            TestGateway gateway = start(upstream);
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                RawResponse appended = client.get("/append");
                assertEquals("chunked", appended.header("transfer-encoding"));
                assertNull(appended.header("content-length"));
                assertEquals("ok", appended.text());
                assertEquals(List.of(Map.entry("x-added", "1"), Map.entry("x-seen", "x-added")), appended.trailers());

                RawResponse declared = client.get("/declare");
                assertEquals("x-added", declared.header("trailer"));
                assertEquals("chunked", declared.header("transfer-encoding"));

                H2Response framed = h2.get("/append");
                assertEquals("2", framed.header("content-length"));
                assertEquals(List.of(Map.entry("x-added", "1"), Map.entry("x-seen", "x-added")), framed.trailers());

                RawResponse made = client.get("/reply");
                assertEquals("hi", made.text());
                assertEquals("here", made.trailer("x-made"));
                assertEquals("here", h2.get("/reply").trailer("x-made"));

                client.send("GET /append HTTP/1.0\r\nhost: a\r\n\r\n");
                assertEquals(
                        500, client.readResponse().status(), "HTTP/1.0 has no trailers: the filter must ask first");
            }
        }
    }

    @Test
    void requestTrailersAreSeenAndChanged() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(OK)) {
            TestGateway gateway = start(upstream);
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("POST /up HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
                        + "1\r\nx\r\n0\r\nX-Checksum: abc\r\nX-Secret: 1\r\n\r\n");
                assertEquals(200, client.readResponse().status());
                assertEquals(
                        List.of(Map.entry("X-Checksum", "abc"), Map.entry("x-seen", "abc")),
                        upstream.take().trailers());
            }
        }
    }

    @Test
    void theBodyLimitIsChangedUntilTheBodyIsRead() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(OK)) {
            TestGateway gateway = start(upstream);
            try (RawHttp1 client = RawHttp1.connect(gateway.port());
                    RawHttp1 second = RawHttp1.connect(gateway.port())) {
                client.sendHead("POST /large HTTP/1.1", "host: a", "content-length: 35000000")
                        .send(new byte[35_000_000]);
                RawResponse large = client.readFinal();
                assertEquals(200, large.status());
                assertEquals("true", large.header("x-read-only"));
                client.sendHead("POST /late HTTP/1.1", "host: a", "content-length: 1")
                        .send("x");
                assertEquals(500, client.readFinal().status(), "too late is an error of the filter");
                second.sendHead("POST /small HTTP/1.1", "host: a", "content-length: 4");
                assertEquals(413, second.readResponse().status());
            }
        }
    }

    @Test
    void resetsAndAborts() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(OK)) {
            TestGateway gateway = start(upstream);
            try (RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                assertEquals(
                        11, h2.open(RawH2Client.head("GET", "/reset"), true).nextReset());
                assertEquals(2, h2.open(RawH2Client.head("GET", "/abort"), true).nextReset(), "INTERNAL_ERROR");
                assertEquals(
                        8, h2.open(RawH2Client.head("GET", "/midway"), true).nextReset(), "behind the head");
                assertEquals("ok", h2.get("/").text());
            }
            for (String path : List.of("/reset", "/abort")) {
                try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                    client.sendHead("GET " + path + " HTTP/1.1", "host: a");
                    client.awaitClosed();
                }
            }
        }
    }

    @Test
    void completeAndAbort() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(OK)) {
            TestGateway gateway = start(upstream);
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("GET /close HTTP/1.1\r\nhost: a\r\n\r\nGET /next HTTP/1.1\r\nhost: a\r\n\r\n");
                RawResponse response = client.readResponse();
                assertEquals("ok", response.text());
                assertEquals("close", response.header("connection"));
                assertEquals("", client.readToEof());
            }
            assertEquals("GET /close HTTP/1.1", upstream.take().requestLine());
            assertEquals(1, upstream.connections());
        }
    }

    @Test
    void forbiddenTrailersAreABug() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(OK)) {
            TestGateway gateway = start(upstream);
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                RawResponse response = client.get("/forbidden");
                assertEquals(500, response.status());
                assertTrue(new String(response.body(), UTF_8).contains("proxy_internal_error"));
            }
        }
    }

    private TestGateway start(RawUpstream upstream) {
        return gateways.start(TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, upstream.port())
                .route(TestConfig.rule("/")
                        .filter(new Custom(TestConfig.key("acting"), Acting.class.getName(), new JsonObject()))
                        .to("app"))
                .build());
    }
}
