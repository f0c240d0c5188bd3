package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Call;
import dev.sluice.testkit.Call.Outcome;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Retries;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamExchange;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** gRPC-Web in base64 over every version of HTTP, byte by byte. */
final class GrpcWebTest {

    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    private static final String PATH = "/a.Service/Call";
    private static final String[] FIELDS = {
        "content-type: application/grpc-web-text", "accept: application/grpc-web-text", "x-grpc-web: 1"
    };

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private TestGateway start(UpstreamServer upstream) {
        return gateways.start(
                TestGateway.bootstrap(1),
                TestConfig.everyClient(LEAF)
                        .backend("app", Protocol.H2C, upstream.port())
                        .route(TestConfig.rule("/")
                                .terms(GrpcWebClientsTest.web(Retries.ONCE))
                                .to("app"))
                        .build(),
                Wiring.extensions());
    }

    private static Buffer frame(int flags, String text) {
        return Buffer.buffer().appendByte((byte) flags).appendInt(text.length()).appendString(text);
    }

    private static String base64(Buffer... frames) {
        StringBuilder text = new StringBuilder();
        for (Buffer frame : frames) {
            text.append(Base64.getEncoder().encodeToString(frame.getBytes()));
        }
        return text.toString();
    }

    private static void head(UpstreamExchange exchange) {
        var unused = exchange.response().putHeader("content-type", "application/grpc");
    }

    private static Outcome call(Call.Protocol protocol, TestGateway gateway, String body) throws IOException {
        try (Call call = Call.open(protocol, gateway, "POST", PATH, false, FIELDS)) {
            call.data(body);
            call.end(Map.of());
            return call.outcome();
        }
    }

    @ParameterizedTest
    @EnumSource
    void messagesAndTrailersAreTheBody(Call.Protocol protocol) throws IOException {
        try (UpstreamServer upstream = UpstreamServer.h2c(exchange -> {
            head(exchange);
            exchange.onChunk(chunk -> {
                var unused = exchange.response().write(chunk);
            });
            exchange.onEnd(() -> {
                exchange.response().putTrailer("grpc-status", "0").putTrailer("x-count", "1");
                var unused = exchange.response().end();
            });
        })) {
            TestGateway gateway = start(upstream);
            Outcome outcome = call(protocol, gateway, base64(frame(0, "hello!"), frame(0, "more")));
            assertEquals(200, outcome.status());
            assertEquals("application/grpc-web-text", outcome.header("content-type"));
            assertNull(outcome.header("content-length"));
            String trailers = base64(frame(0x80, "grpc-status: 0\r\nx-count: 1\r\n"));
            Buffer messages = frame(0, "hello!").appendBuffer(frame(0, "more"));
            assertEquals(base64(messages) + trailers, outcome.body());
            assertEquals(List.of(), outcome.trailers());
            assertTrue(outcome.complete());

            ReceivedRequest seen = upstream.take();
            assertEquals("application/grpc", seen.header("content-type"));
            assertEquals("trailers", seen.header("te"));
            assertNull(seen.header("accept"));
            assertNull(seen.header("x-grpc-web"));
            assertEquals(ReceivedRequest.sha256(messages.getBytes()), seen.awaitBodySha256());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerThatIsAHeadStaysOne(Call.Protocol protocol) throws IOException {
        try (UpstreamServer upstream = UpstreamServer.h2c(exchange -> {
            head(exchange);
            exchange.response().putHeader("grpc-status", "5").putHeader("grpc-message", "gone");
            var unused = exchange.response().end();
        })) {
            Outcome outcome = call(protocol, start(upstream), base64(frame(0, "hello")));
            assertEquals(200, outcome.status());
            assertEquals("application/grpc-web-text", outcome.header("content-type"));
            assertEquals("5", outcome.header("grpc-status"));
            assertEquals("gone", outcome.header("grpc-message"));
            assertEquals("", outcome.body());
            assertTrue(outcome.complete());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStreamThatBreaksBetweenMessagesEndsWithItsStatus(Call.Protocol protocol) throws IOException {
        try (UpstreamServer upstream = UpstreamServer.h2c(exchange -> {
            head(exchange);
            var unused = exchange.response().write(frame(0, "hello")).onSuccess(written -> exchange.response()
                    .reset(8));
        })) {
            Outcome outcome = call(protocol, start(upstream), base64(frame(0, "hello")));
            String trailers = base64(frame(0x80, "grpc-status: 1\r\ngrpc-message: The backend reset the stream\r\n"));
            assertEquals(base64(frame(0, "hello")) + trailers, outcome.body());
            assertTrue(outcome.complete());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStreamThatBreaksWithinAMessageIsNotWhole(Call.Protocol protocol) throws IOException {
        try (UpstreamServer upstream = UpstreamServer.h2c(exchange -> {
            head(exchange);
            var unused = exchange.response()
                    .write(frame(0, "hello").slice(0, 9))
                    .onSuccess(written -> exchange.response().reset(8));
        })) {
            Outcome outcome = call(protocol, start(upstream), base64(frame(0, "hello")));
            assertFalse(outcome.complete());
            assertEquals(base64(frame(0, "hello").slice(0, 9)), outcome.body());
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNoBase64IsRefusedInTheClientsWords(Call.Protocol protocol) throws IOException {
        try (UpstreamServer upstream = UpstreamServer.h2c(exchange -> {})) {
            Outcome outcome = call(protocol, start(upstream), "AAAA*AAA");
            assertEquals(200, outcome.status());
            assertEquals("application/grpc-web-text", outcome.header("content-type"));
            assertEquals("13", outcome.header("grpc-status"));
            assertEquals("The request's body is not base64", outcome.header("grpc-message"));
            assertEquals("", outcome.body());
        }
    }
}
