package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.FilterSpec.Custom;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.FilterContext;
import dev.sluice.filter.FilterFactory;
import dev.sluice.filter.HttpFilter;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Filters that users write, in a running gateway. */
final class FilterSpiTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.echo());

    @AfterEach
    void closeUpstream() {
        upstream.close();
    }

    /** Answers instead of an upstream. */
    public static final class Teapot implements FilterFactory {
        @Override
        public HttpFilter create(JsonObject config) {
            return new HttpFilter() {
                @Override
                public FilterAction onRequest(FilterContext exchange) {
                    exchange.responseHeaders().set("x-pot", config.getString("pot"));
                    return exchange.reply(418, Buffer.buffer("short and stout"));
                }
            };
        }
    }

    /** Goes on after another thread says so. */
    public static final class Pause implements FilterFactory {
        @Override
        public HttpFilter create(JsonObject config) {
            return new HttpFilter() {
                @Override
                public FilterAction onRequest(FilterContext exchange) {
                    exchange.requestHeaders().set("x-paused", "yes");
                    Thread thread = new Thread(exchange::resume, "resumes");
                    thread.setDaemon(true);
                    thread.start();
                    return FilterAction.PAUSED;
                }
            };
        }
    }

    /** Has a bug, on the request or the response. */
    public static final class Throwing implements FilterFactory {
        @Override
        public HttpFilter create(JsonObject config) {
            boolean onRequest = config.getBoolean("onRequest");
            return new HttpFilter() {
                @Override
                public FilterAction onRequest(FilterContext exchange) {
                    if (onRequest) {
                        throw new IllegalStateException("a bug");
                    }
                    return FilterAction.CONTINUE;
                }

                @Override
                public void onResponse(FilterContext exchange) {
                    throw new IllegalStateException("a bug");
                }
            };
        }
    }

    @Test
    void filterReplies() throws IOException {
        TestGateway gateway = start(Teapot.class, new JsonObject().put("pot", "tea"));
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            for (int i = 0; i < 2; i++) {
                RawResponse response = client.get("/");
                assertEquals(418, response.status());
                assertEquals("tea", response.header("x-pot"));
                assertEquals("short and stout", response.text());
            }
            client.sendHead("HEAD / HTTP/1.1", "host: a");
            RawResponse head = client.readResponse(true);
            assertEquals(418, head.status());
            assertEquals(418, client.get("/").status(), "no body was sent to HEAD");
        }
        assertEquals(0, upstream.received().size());
    }

    @Test
    void filterPausesAndResumesFromAnotherThread() throws IOException {
        TestGateway gateway = start(Pause.class, new JsonObject());
        byte[] body = new byte[200_000];
        try (RawHttp1 client = RawHttp1.connect(gateway.port());
                RawH2Client h2 = RawH2Client.connect(gateway.port())) {
            assertEquals(200, client.get("/").status());
            assertEquals("yes", upstream.take().header("x-paused"));
            client.sendHead("POST / HTTP/1.1", "host: a", "content-length: " + body.length)
                    .send(body);
            assertEquals(body.length, client.readFinal().body().length);
            assertEquals(
                    body.length, h2.send(RawH2Client.head("POST", "/"), body).body().length);
        }
    }

    @Test
    void filterThatThrowsIsABugAndReachesNoUpstream() throws IOException {
        TestGateway gateway = start(Throwing.class, new JsonObject().put("onRequest", true));
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            RawResponse response = client.get("/");
            assertEquals(500, response.status());
            assertTrue(String.valueOf(response.header("proxy-status")).contains("error=proxy_internal_error"));
        }
        assertBugs(gateway);
        assertEquals(0, upstream.received().size());
    }

    @Test
    void filterThatThrowsOnTheResponseIsABug() throws IOException {
        TestGateway gateway = start(Throwing.class, new JsonObject().put("onRequest", false));
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals(500, client.get("/").status());
        }
        assertBugs(gateway);
    }

    private static void assertBugs(TestGateway gateway) {
        Eventually.holds("gateway_bugs_total is 1", () -> {
            Double bugs = gateway.metric("gateway_bugs_total");
            return bugs != null && bugs == 1;
        });
    }

    private TestGateway start(Class<? extends FilterFactory> filter, JsonObject config) {
        return gateways.start(TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, upstream.port())
                .route(TestConfig.rule("/")
                        .filter(new Custom(TestConfig.key("custom"), filter.getName(), config))
                        .to("app"))
                .build());
    }
}
