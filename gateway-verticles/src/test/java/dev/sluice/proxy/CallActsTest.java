package dev.sluice.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.GrpcTerms;
import dev.sluice.failure.Failure;
import dev.sluice.spi.Call;
import dev.sluice.spi.CallExchange;
import dev.sluice.spi.CallProtocol;
import dev.sluice.spi.Extensions;
import dev.sluice.spi.LocalService;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls of a protocol that makes mistakes, or that has an answer's head wait, in a running gateway. */
final class CallActsTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private TestGateway start(RawH2Upstream upstream, Function<CallExchange, @Nullable Call> begin) {
        CallProtocol protocol = new CallProtocol() {
            @Override
            public Rule rule(boolean grpcRoute, GrpcTerms terms) {
                return begin::apply;
            }
        };
        return gateways.start(
                TestGateway.bootstrap(1),
                TestConfig.create()
                        .http("http")
                        .backend("app", Protocol.H2C, upstream.port())
                        .route("/", "app")
                        .build(),
                new Extensions(List.of(), List.of(), List.of(protocol), List.of(), List.of()));
    }

    private enum Step {
        REQUEST_DATA,
        REQUEST_END,
        UPSTREAM_HEAD,
        STATUS_OF,
        RESPONSE_HEAD,
        RESPONSE_DATA,
        RESPONSE_END,
        BREAK_OFF,
        ENDED
    }

    /** Lets all pass until it throws. */
    private record Faulty(Step fault) implements Call {

        private void at(Step step) {
            if (step == fault) {
                throw new IllegalArgumentException("a mistake");
            }
        }

        @Override
        public boolean rewritesRequest() {
            return true;
        }

        @Override
        public @Nullable Buffer requestData(Buffer chunk) {
            at(Step.REQUEST_DATA);
            return chunk;
        }

        @Override
        public @Nullable Buffer requestEnd() {
            at(Step.REQUEST_END);
            return null;
        }

        @Override
        public void upstreamHead(MultiMap headers) {
            at(Step.UPSTREAM_HEAD);
        }

        @Override
        public int statusOf(int status, Function<String, @Nullable String> fields) {
            at(Step.STATUS_OF);
            return status;
        }

        @Override
        public Answer responseHead() {
            at(Step.RESPONSE_HEAD);
            return Answer.PASS;
        }

        @Override
        public @Nullable Buffer responseData(Buffer chunk) {
            at(Step.RESPONSE_DATA);
            if (fault == Step.BREAK_OFF) {
                throw new StackOverflowError();
            }
            return chunk;
        }

        @Override
        public @Nullable Buffer responseEnd(MultiMap trailers) {
            at(Step.RESPONSE_END);
            return null;
        }

        @Override
        public @Nullable Ending breakOff(Failure failure, String detail) {
            at(Step.BREAK_OFF);
            return new Ending(null, MultiMap.caseInsensitiveMultiMap().set("x-end", "broken"));
        }

        @Override
        public void ended(@Nullable Failure failure) {
            at(Step.ENDED);
        }
    }

    /** The exchange ends, a bug is counted, and what was lent is given back. */
    @ParameterizedTest
    @EnumSource(Step.class)
    void aCallThatThrows(Step step) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream, exchange -> new Faulty(step));
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                RawH2Stream stream = client.open(RawH2Client.head("POST", "/"), false);
                stream.data(new byte[2000], true);
                if (step.compareTo(Step.STATUS_OF) >= 0) {
                    RawH2Stream answering = upstream.take().respond(200, false);
                    if (step.compareTo(Step.RESPONSE_DATA) >= 0) {
                        assertEquals(200, stream.nextHeaders().status());
                        answering.data(new byte[2000], false).data(new byte[2000], true);
                    }
                }
                if (step.compareTo(Step.RESPONSE_DATA) < 0) {
                    H2Response response = stream.response();
                    assertEquals(500, response.status());
                    assertTrue(response.complete());
                    assertTrue(String.valueOf(response.header("proxy-status")).contains("proxy_internal_error"));
                } else if (step.compareTo(Step.ENDED) < 0) {
                    H2Frame frame = stream.next();
                    while (frame instanceof H2Frame.Data data && !data.endStream()) {
                        frame = stream.next();
                    }
                    assertTrue(frame instanceof H2Frame.Reset reset && reset.code() == 2, frame.toString());
                } else {
                    assertEquals(
                            4000,
                            stream.nextData().bytes().length + stream.nextData().bytes().length);
                }
                assertTrue(client.isOpen());
                gateway.awaitIdle();
                Eventually.holds("gateway_bugs_total has grown", () -> {
                    Double bugs = gateway.metric("gateway_bugs_total");
                    return bugs != null && bugs >= 1;
                });
            }
        }
    }

    /** Has another body than the upstream's, and knows its head when that has ended. */
    private static final class Held implements Call {

        private boolean open;

        @Override
        public Answer responseHead() {
            return Answer.HOLD;
        }

        @Override
        public boolean holdsHead() {
            return !open;
        }

        @Override
        public boolean rewritesResponse() {
            return true;
        }

        @Override
        public @Nullable Buffer responseData(Buffer chunk) {
            return null;
        }

        @Override
        public Buffer responseEnd(MultiMap trailers) {
            open = true;
            return Buffer.buffer("other");
        }
    }

    @Test
    void aHeadThatWaitsAndNoBodyForHead() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream, exchange -> new Held());
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                RawH2Stream get = client.open(RawH2Client.head("GET", "/"), true);
                upstream.take().respond(200, false).data("text".getBytes(UTF_8), true);
                assertEquals("other", get.response().text());
                RawH2Stream head = client.open(RawH2Client.head("HEAD", "/"), true);
                upstream.take().respond(200, true);
                H2Frame.Headers only = head.nextHeaders();
                assertEquals(200, only.status());
                assertTrue(only.endStream(), "a response to HEAD has no body");
            }
        }
    }

    /** What comes between the deadline and the word of it is no reason to ask anybody. */
    @Test
    void aRequestWhoseEndComesBehindItsDeadline() throws IOException {
        CompletableFuture<Boolean> passed = new CompletableFuture<>();
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream, exchange -> {
                exchange.deadline(20_000_000);
                Vertx vertx = Vertx.currentContext().owner();
                long unusedTimer = vertx.setTimer(60, id -> passed.complete(exchange.remainingNanos() < 0));
                return new Call() {};
            });
            try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
                RawH2Stream stream = client.open(RawH2Client.head("GET", "/"), false);
                assertTrue(Eventually.get(passed));
                stream.data(new byte[0], true);
                assertEquals(504, stream.response().status());
                gateway.awaitIdle();
                assertEquals(0, upstream.connections());
            }
        }
    }

    /** Answers none of its requests, for it cannot begin. */
    private static final class FaultyService implements LocalService {
        @Override
        public Set<String> paths() {
            return Set.of("/own");
        }

        @Override
        public boolean offered(ClientTerms terms, boolean grpcRoutes) {
            return true;
        }

        @Override
        public Stream open(Exchange exchange) {
            throw new IllegalStateException("a mistake");
        }
    }

    @Test
    void aServiceThatThrows() throws IOException {
        TestGateway gateway = gateways.start(
                TestGateway.bootstrap(1),
                TestConfig.create().http("http").build(),
                new Extensions(List.of(), List.of(), List.of(), List.of(new FaultyService()), List.of()));
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"))) {
            RawH2Stream stream =
                    client.open(RawH2Client.head("POST", "/own").add("content-type", "application/grpc"), false);
            stream.data(new byte[2000], true);
            assertEquals(500, stream.response().status());
            gateway.awaitIdle();
            assertEquals(1.0, gateway.metric("gateway_bugs_total"));
        }
    }
}
