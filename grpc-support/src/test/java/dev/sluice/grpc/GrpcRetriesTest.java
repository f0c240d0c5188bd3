package dev.sluice.grpc;

import static dev.sluice.grpc.GrpcWire.call;
import static dev.sluice.grpc.GrpcWire.head;
import static dev.sluice.grpc.GrpcWire.message;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.RetryTerms;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.Retries;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Retries of calls as gRFC A6 has them, with a policy that names UNAVAILABLE. */
final class GrpcRetriesTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private TestGateway start(RawH2Upstream upstream, RetryTerms retry) {
        return gateways.start(
                TestGateway.bootstrap(1),
                TestConfig.create()
                        .http("http")
                        .backend("app", Protocol.H2C, upstream.port())
                        .grpcRoute(TestConfig.rule("/").retry(retry).to("app"))
                        .build(),
                GrpcWire.extensions());
    }

    private static void assertAnswered(RawH2Stream stream, String status) {
        H2Frame.Headers only = stream.nextHeaders();
        assertTrue(only.endStream(), only.toString());
        assertEquals(status, only.get("grpc-status"));
        assertEquals(List.of(), stream.pending());
    }

    @Row(
            value = {"E3.14", "E7.R10"},
            over = "h2-h2")
    @Test
    void statusesThatThePolicyNamesAreTriedAgain() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream, Retries.grpc(3, 14));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(
                                call("/a.Service/Call")
                                        .add("grpc-timeout", "20S")
                                        .add("x-meta-bin", "AAEC"),
                                false)
                        .data(message("ask"), true);
                long left = 20_000_000_000L;
                for (int attempt = 1; attempt <= 3; attempt++) {
                    RawH2Stream answering = upstream.take();
                    H2Frame.Headers asked = answering.nextHeaders();
                    assertEquals("AAEC", asked.get("x-meta-bin"));
                    String attempts = asked.get("grpc-previous-rpc-attempts");
                    assertEquals(attempt == 1 ? null : Integer.toString(attempt - 1), attempts);
                    long told = GrpcTimeout.parse(String.valueOf(asked.get("grpc-timeout")));
                    assertTrue(told > 0 && told < left, told + " of " + left);
                    left = told;
                    assertArrayEquals(message("ask"), answering.nextData().bytes());
                    answering.headers(head().add("grpc-status", attempt == 3 ? "0" : "14"), true);
                }
                assertAnswered(stream, "0");
            }
        }
    }

    @Row(value = "E7.R10", over = "h2-h2")
    @Test
    void noMoreThanThePolicyAllows() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream, Retries.grpc(2, 14));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), true);
                upstream.take().headers(head().add("grpc-status", "14").add("x-try", "1"), true);
                upstream.take().headers(head().add("grpc-status", "14").add("x-try", "2"), true);
                H2Frame.Headers only = stream.nextHeaders();
                assertEquals("14", only.get("grpc-status"));
                assertEquals("2", only.get("x-try"));
            }
        }
    }

    @Row(value = "E7.R10", over = "h2-h2")
    @ParameterizedTest
    @ValueSource(strings = {"0", "4", "8", "13", "15"})
    void otherStatusesArePassedOn(String status) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream, Retries.grpc(3, 14));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), true);
                upstream.take().headers(head().add("grpc-status", status), true);
                assertAnswered(stream, status);
            }
        }
    }

    @Row(value = "E7.R10", over = "h2-h2")
    @Test
    void anAnswerThatHasBegunIsPassedOn() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream, Retries.grpc(3, 14));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), true);
                upstream.take().headers(head(), false).trailers(Map.of("grpc-status", "14"));
                var response = stream.response();
                assertNull(response.header("grpc-status"));
                assertEquals("14", response.trailer("grpc-status"));
            }
        }
    }

    @Row(value = "E3.14", over = "h2-h2")
    @ParameterizedTest
    @ValueSource(strings = {"-1", "soon", "86400000"})
    void pushbackMayForbidIt(String pushback) throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream, Retries.grpc(3, 14));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), true);
                upstream.take().headers(head().add("grpc-status", "14").add("grpc-retry-pushback-ms", pushback), true);
                assertAnswered(stream, "14");
            }
        }
    }

    @Row(value = "E3.14", over = "h2-h2")
    @Test
    void pushbackMayAskToWait() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream, Retries.grpc(3, 14));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), true);
                RawH2Stream first = upstream.take();
                long begun = System.nanoTime();
                first.headers(head().add("grpc-status", "14").add("grpc-retry-pushback-ms", "60"), true);
                RawH2Stream second = upstream.take();
                assertTrue(System.nanoTime() - begun >= 60_000_000L);
                second.headers(head().add("grpc-status", "0"), true);
                assertAnswered(stream, "0");
            }
        }
    }

    /** A refused stream has not been seen by its server, whatever the policy. */
    @Row(value = "E3.14", over = "h2-h2")
    @Test
    void refusedStreamsAreTriedAgainWithoutAPolicy() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream, RetryTerms.DEFAULT);
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), false).data(message("ask"), true);
                upstream.take().reset(7);
                RawH2Stream second = upstream.take();
                var unusedHead = second.nextHeaders();
                assertArrayEquals(message("ask"), second.nextData().bytes());
                second.headers(head().add("grpc-status", "0"), true);
                assertAnswered(stream, "0");
            }
        }
    }

    /** A client reads it as UNAVAILABLE, so that the policy means it too. */
    @Row(value = "E7.R10", over = "h2-h2")
    @Test
    void answersThatComeToTheStatusAreTriedAgain() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = start(upstream, Retries.grpc(2, 14));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(call("/"), true);
                upstream.take()
                        .headers(new DefaultHttp2Headers(false).status("503").add("content-type", "text/html"), true);
                upstream.take().headers(head().add("grpc-status", "0"), true);
                assertAnswered(stream, "0");
            }
        }
    }
}
