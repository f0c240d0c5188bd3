package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.FilterSpec.Custom;
import dev.sluice.config.GatewayConfig;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.FilterContext;
import dev.sluice.filter.FilterFactory;
import dev.sluice.filter.HttpFilter;
import dev.sluice.filter.RequestTiming;
import dev.sluice.filter.RequestTiming.Point;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When an exchange reached which point, as filters and {@code Server-Timing} tell it. */
final class RequestTimingTest {

    private static final BlockingQueue<RequestTiming> TIMINGS = new LinkedBlockingQueue<>();
    private static final BlockingQueue<Set<Point>> REACHED = new LinkedBlockingQueue<>();

    /** What {@code pause} waits for, in milliseconds. */
    private static final long PAUSE_MILLIS = 30;

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @BeforeEach
    void forget() {
        TIMINGS.clear();
        REACHED.clear();
    }

    /** Notes what is reached in onRequest and onResponse; answers, or waits a while, where told so. */
    public static final class Noting implements FilterFactory {
        @Override
        public HttpFilter create(JsonObject config) {
            return new HttpFilter() {
                @Override
                public FilterAction onRequest(FilterContext exchange) {
                    TIMINGS.add(exchange.timing());
                    REACHED.add(reached(exchange.timing()));
                    if (exchange.path().equals("/reply")) {
                        return exchange.reply(200, Buffer.buffer("here"));
                    }
                    if (exchange.path().equals("/pause")) {
                        long unused = Vertx.currentContext().owner().setTimer(PAUSE_MILLIS, id -> exchange.resume());
                        return FilterAction.PAUSED;
                    }
                    return FilterAction.CONTINUE;
                }

                @Override
                public void onResponse(FilterContext exchange) {
                    REACHED.add(reached(exchange.timing()));
                }
            };
        }
    }

    private static Set<Point> reached(RequestTiming timing) {
        Set<Point> reached = EnumSet.noneOf(Point.class);
        for (Point point : Point.values()) {
            if (timing.at(point).isPresent()) {
                reached.add(point);
            }
        }
        return reached;
    }

    private TestGateway start(int upstreamPort, boolean serverTiming) {
        GatewayConfig config = TestConfig.create()
                .http("http")
                .terms(terms -> serverTiming ? withServerTiming(terms) : terms)
                .backend("app", Protocol.HTTP, upstreamPort)
                .route(TestConfig.rule("/")
                        .filter(new Custom(TestConfig.key("noting"), Noting.class.getName(), new JsonObject()))
                        .to("app"))
                .build();
        return gateways.start(config);
    }

    private static ClientTerms withServerTiming(ClientTerms terms) {
        return new ClientTerms(
                terms.trustedProxies(),
                terms.http3(),
                terms.head(),
                terms.body(),
                terms.connections(),
                terms.upgrades(),
                terms.proxyProtocol(),
                terms.overload(),
                true,
                terms.grpc());
    }

    private static Set<Point> next() {
        return Eventually.take("points", REACHED);
    }

    @Test
    void aPlainExchangeReachesEveryPointInOrder() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("hello"))) {
            TestGateway gateway = start(upstream.port(), false);
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                assertEquals("hello", client.get("/").text());
            }
            assertEquals(EnumSet.range(Point.CONNECTION_OPENED, Point.ROUTED), next());
            // A GET's end is read right after its head, by the time the upstream has answered in any case.
            assertEquals(EnumSet.range(Point.CONNECTION_OPENED, Point.UPSTREAM_RESPONSE_HEAD), next());
            RequestTiming timing = Eventually.take("a timing", TIMINGS);
            Eventually.holds(
                    "the exchange is over", () -> timing.at(Point.ENDED).isPresent());
            assertEquals(EnumSet.allOf(Point.class), reached(timing));
            List<Point> ordered = List.of(
                    Point.CONNECTION_OPENED,
                    Point.REQUEST_HEAD,
                    Point.ROUTED,
                    Point.FILTERED,
                    Point.UPSTREAM_ACQUIRED,
                    Point.UPSTREAM_REQUEST_HEAD,
                    Point.UPSTREAM_REQUEST_END,
                    Point.UPSTREAM_RESPONSE_HEAD,
                    Point.RESPONSE_COMMITTED,
                    Point.UPSTREAM_RESPONSE_END,
                    Point.ENDED);
            for (int i = 1; i < ordered.size(); i++) {
                Point from = ordered.get(i - 1);
                Point to = ordered.get(i);
                long nanos = timing.elapsed(from, to).orElseThrow();
                assertTrue(nanos >= 0, () -> from + " to " + to + ": " + nanos);
                assertEquals(OptionalLong.of(-nanos), timing.elapsed(to, from));
            }
        }
    }

    @Test
    void aFiltersPauseIsTheFilters() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("hello"))) {
            TestGateway gateway = start(upstream.port(), false);
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                assertEquals("hello", client.get("/pause").text());
            }
            RequestTiming timing = Eventually.take("a timing", TIMINGS);
            long filters = timing.elapsed(Point.ROUTED, Point.FILTERED).orElseThrow();
            assertTrue(filters >= (PAUSE_MILLIS - 1) * 1_000_000, () -> filters + " ns");
        }
    }

    @Test
    void aReplyReachesNoUpstream() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("hello"))) {
            TestGateway gateway = start(upstream.port(), true);
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                RawResponse reply = client.get("/reply");
                assertEquals("here", reply.text());
                String told = String.valueOf(reply.header("server-timing"));
                assertTrue(told.matches("gateway;dur=\\d+\\.\\d{3}"), told);
            }
            RequestTiming timing = Eventually.take("a timing", TIMINGS);
            Eventually.holds(
                    "the exchange is over", () -> timing.at(Point.ENDED).isPresent());
            Set<Point> reached = reached(timing);
            reached.remove(Point.REQUEST_END); // read behind the answer or not at all
            assertEquals(
                    EnumSet.of(
                            Point.CONNECTION_OPENED,
                            Point.REQUEST_HEAD,
                            Point.ROUTED,
                            Point.RESPONSE_COMMITTED,
                            Point.ENDED),
                    reached);
            assertEquals(OptionalLong.empty(), timing.elapsed(Point.ROUTED, Point.FILTERED));
            assertEquals(OptionalLong.empty(), timing.elapsed(Point.FILTERED, Point.ENDED));
        }
    }

    @Test
    void aStreamedRequestEndsAfterItsResponseBegan() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.h2c(Scripts.echo())) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.H2C, upstream.port())
                    .route(TestConfig.rule("/")
                            .filter(new Custom(TestConfig.key("noting"), Noting.class.getName(), new JsonObject()))
                            .to("app"))
                    .build());
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(RawH2Client.head("POST", "/"), false);
                stream.data(new byte[] {'a'}, false);
                assertEquals(200, stream.nextHeaders().status());
                assertEquals("a", stream.nextData().text());
                stream.data(new byte[] {'b'}, true);
                assertEquals("b", stream.nextData().text());
                gateway.awaitIdle();
            }
            RequestTiming timing = Eventually.take("a timing", TIMINGS);
            assertTrue(
                    timing.elapsed(Point.RESPONSE_COMMITTED, Point.REQUEST_END).orElseThrow() > 0);
            assertEquals(timing.at(Point.REQUEST_END), timing.at(Point.UPSTREAM_REQUEST_END));
        }
    }

    @Test
    void aHeadThatGoesAloneIsTheCommit() throws IOException {
        Gate gate = new Gate();
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.gated(List.of(gate), List.of("late")))) {
            TestGateway gateway = start(upstream.port(), false);
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.1", "host: a");
                String head = client.readHead();
                assertTrue(head.startsWith("HTTP/1.1 200"), head);
                RequestTiming timing = Eventually.take("a timing", TIMINGS);
                assertTrue(timing.at(Point.RESPONSE_COMMITTED).isPresent());
                assertTrue(timing.at(Point.ENDED).isEmpty());
                gate.open();
                assertEquals("4\r\nlate\r\n0\r\n\r\n", client.readSome(14));
            }
        }
    }

    @Test
    void serverTimingStandsBehindTheUpstreamsOwn() throws IOException {
        Gate gate = new Gate();
        try (UpstreamServer upstream = UpstreamServer.http1(
                Scripts.after(gate, Scripts.respond(200, Map.of("server-timing", "db;dur=53"), "hello")))) {
            TestGateway gateway = start(upstream.port(), true);
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.sendHead("GET / HTTP/1.1", "host: a");
                gate.awaitReached();
                gate.open();
                String told = String.valueOf(client.readResponse().header("server-timing"));
                assertTrue(
                        told.matches("db;dur=53, gateway;dur=\\d+\\.\\d{3}, connect;dur=\\d+\\.\\d{3},"
                                + " upstream;dur=\\d+\\.\\d{3}"),
                        told);
            }
        }
    }

    @Test
    void serverTimingIsOffUnlessAskedFor() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")) {
            TestGateway gateway = start(upstream.port(), false);
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                RawResponse response = client.get("/");
                assertEquals(200, response.status());
                assertNull(response.header("server-timing"));
            }
        }
    }
}
