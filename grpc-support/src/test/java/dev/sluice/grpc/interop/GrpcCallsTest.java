package dev.sluice.grpc.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.UpstreamTerms.Policy;
import dev.sluice.grpc.GrpcMetrics;
import dev.sluice.grpc.GrpcReply;
import dev.sluice.grpc.protocol.GrpcProtocol;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.BlackHole;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.Terms;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamChange;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.grpc.testing.integration.EmptyProtos.Empty;
import io.grpc.testing.integration.Messages.SimpleRequest;
import io.grpc.testing.integration.Messages.StreamingInputCallRequest;
import io.grpc.testing.integration.Messages.StreamingInputCallResponse;
import io.grpc.testing.integration.Messages.StreamingOutputCallRequest;
import io.grpc.testing.integration.Messages.StreamingOutputCallResponse;
import io.grpc.testing.integration.TestServiceGrpc;
import io.grpc.testing.integration.TestServiceGrpc.TestServiceBlockingStub;
import io.grpc.testing.integration.TestServiceGrpc.TestServiceStub;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What grpc-java's clients rely on besides the interop cases: cancels, deadlines, connections that age, balancing. */
final class GrpcCallsTest {

    private static final SimpleRequest ASK = SimpleRequest.getDefaultInstance();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final List<ManagedChannel> channels = new ArrayList<>();

    @AfterEach
    void closeChannels() throws InterruptedException {
        for (ManagedChannel channel : channels) {
            assertTrue(channel.shutdownNow().awaitTermination(Eventually.DEADLINE.toSeconds(), TimeUnit.SECONDS));
        }
    }

    private TestGateway start(GatewayConfig config) {
        Extensions extensions = new Extensions(
                List.of(new GrpcReply()),
                List.of(),
                List.of(new GrpcProtocol(new GrpcMetrics())),
                List.of(),
                List.of());
        return gateways.start(TestGateway.bootstrap(1), config, extensions);
    }

    private ManagedChannel channel(int port) {
        ManagedChannel channel = GrpcClients.cleartext(port).build();
        channels.add(channel);
        return channel;
    }

    /** The server hears of the cancel before the call that the client makes next. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cancelReachesTheServer(boolean tls) throws IOException {
        try (CallsServer server = new CallsServer("app")) {
            TestGateway gateway = start(TestConfig.create()
                    .http("http")
                    .https("https", "leaf")
                    .certificate("leaf", TestCertificates.local())
                    .backend("app", Protocol.H2C, server.port())
                    .route("/", "app")
                    .build());
            ManagedChannel channel =
                    tls ? GrpcClients.tls(gateway.port("https")).build() : channel(gateway.port("http"));
            channels.add(channel);
            ClientStream<StreamingOutputCallRequest, StreamingOutputCallResponse> stream = new ClientStream<>(false);
            StreamObserver<StreamingOutputCallRequest> unused =
                    TestServiceGrpc.newStub(channel).fullDuplexCall(stream);
            assertEquals(StreamingOutputCallResponse.getDefaultInstance(), stream.awaitMessage());
            stream.cancel();
            assertEquals(
                    "app",
                    TestServiceGrpc.newBlockingStub(channel).unaryCall(ASK).getUsername());
            assertEquals(Status.Code.CANCELLED, stream.awaitStatus());
            assertEquals(List.of("begun", "cancelled", "unary"), List.copyOf(server.events));
        }
    }

    /** Each connection stays below the number of streams from which on a gateway judges cancels as a flood. */
    @Test
    void tenThousandCancelledCallsLeaveNothing() throws IOException {
        int connections = 25;
        int cancelled = 400;
        int early = 40;
        try (CallsServer server = new CallsServer("app")) {
            TestGateway gateway = start(TestConfig.forwarding(Protocol.H2C, server.port()));
            Map<Status.Code, Integer> statuses = new TreeMap<>();
            for (int c = 0; c < connections; c++) {
                TestServiceStub stub = TestServiceGrpc.newStub(channel(gateway.port()));
                List<ClientStream<?, ?>> streams = new ArrayList<>();
                for (int i = 0; i < cancelled; i++) {
                    var stream = new ClientStream<StreamingOutputCallRequest, StreamingOutputCallResponse>(i % 2 == 0);
                    StreamObserver<StreamingOutputCallRequest> requests = stub.fullDuplexCall(stream);
                    requests.onNext(StreamingOutputCallRequest.getDefaultInstance());
                    if (i % 2 == 1) {
                        stream.cancel();
                    }
                    streams.add(stream);
                }
                for (int i = 0; i < early; i++) {
                    var refused = new ClientStream<StreamingInputCallRequest, StreamingInputCallResponse>(false);
                    var unusedRefused = stub.streamingInputCall(refused);
                    streams.add(refused);
                    var ended = new ClientStream<StreamingOutputCallRequest, StreamingOutputCallResponse>(false);
                    var unusedEnded = stub.halfDuplexCall(ended);
                    streams.add(ended);
                }
                streams.forEach(stream -> statuses.merge(stream.awaitStatus(), 1, Integer::sum));
            }
            assertEquals(
                    Map.of(
                            Status.Code.CANCELLED, connections * cancelled,
                            Status.Code.ABORTED, connections * early,
                            Status.Code.OK, connections * early),
                    statuses);
            Eventually.holds("no call is open at the server", () -> server.open.get() == 0);
            gateway.awaitIdle();
            long begun = server.events.stream().filter("begun"::equals).count();
            assertTrue(
                    begun >= connections * cancelled / 2,
                    begun + " (expected: at least those that waited for a message)");
            assertEquals(0.0, gateway.metric("gateway_bugs_total"));
            TestServiceBlockingStub after = TestServiceGrpc.newBlockingStub(channel(gateway.port()));
            assertEquals("app", after.unaryCall(ASK).getUsername());
        }
    }

    /** One try is spent on an endpoint that does not answer; what that took, the next endpoint is not promised. */
    @Test
    void serverSeesTheReducedDeadline() throws IOException {
        Duration wait = Duration.ofMillis(400);
        try (BlackHole hole = new BlackHole();
                CallsServer server = new CallsServer("app")) {
            TestGateway gateway = start(TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.H2C, hole.port(), server.port())
                    .upstreamTerms("app", UpstreamChange.connect(wait, Duration.ZERO))
                    .upstreamTerms("app", UpstreamChange.policy(Policy.ROUND_ROBIN))
                    .route("/", "app")
                    .build());
            TestServiceBlockingStub stub = TestServiceGrpc.newBlockingStub(channel(gateway.port()));
            for (int i = 0; i < 2; i++) {
                assertEquals(
                        Empty.getDefaultInstance(),
                        stub.withDeadlineAfter(10, TimeUnit.SECONDS).emptyCall(Empty.getDefaultInstance()));
            }
            long least = Math.min(remaining(server), remaining(server));
            long tick = 20; // by so much may the loop's timer give up the connect early
            assertTrue(least > 0 && least <= 10_000 - wait.toMillis() + tick, least + " ms left");
        }
    }

    private static long remaining(CallsServer server) {
        return Long.parseLong(Eventually.take("a deadline", server.events));
    }

    /** Connections are told to go while calls come and one stays (gRFC A9): none of them notices. */
    @Test
    void callsOutliveTheirConnections() throws IOException {
        try (CallsServer server = new CallsServer("app")) {
            TestGateway gateway = start(TestConfig.create()
                    .http("http")
                    .terms(Terms.maxAge(Duration.ofMillis(200)))
                    .backend("app", Protocol.H2C, server.port())
                    .route("/", "app")
                    .build());
            ManagedChannel channel = channel(gateway.port());
            ClientStream<StreamingOutputCallRequest, StreamingOutputCallResponse> stays = new ClientStream<>(false);
            StreamObserver<StreamingOutputCallRequest> requests =
                    TestServiceGrpc.newStub(channel).fullDuplexCall(stays);
            assertEquals(StreamingOutputCallResponse.getDefaultInstance(), stays.awaitMessage());
            TestServiceBlockingStub stub = TestServiceGrpc.newBlockingStub(channel);
            Eventually.holds("four connections", () -> {
                for (int i = 0; i < 20; i++) {
                    assertEquals("app", stub.unaryCall(ASK).getUsername());
                }
                Double connections = gateway.metric("gateway_downstream_connections_total");
                return connections != null && connections >= 4;
            });
            requests.onNext(StreamingOutputCallRequest.getDefaultInstance());
            requests.onCompleted();
            assertEquals(Status.Code.OK, stays.awaitStatus());
        }
    }

    /** The calls of one connection go to all endpoints. */
    @Test
    void balancesCalls() throws IOException {
        try (CallsServer one = new CallsServer("one");
                CallsServer two = new CallsServer("two")) {
            TestGateway gateway = start(TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.H2C, one.port(), two.port())
                    .upstreamTerms("app", UpstreamChange.policy(Policy.ROUND_ROBIN))
                    .route("/", "app")
                    .build());
            TestServiceBlockingStub stub = TestServiceGrpc.newBlockingStub(channel(gateway.port()));
            String before = stub.unaryCall(ASK).getUsername();
            for (int i = 0; i < 10; i++) {
                String next = stub.unaryCall(ASK).getUsername();
                assertNotEquals(before, next);
                before = next;
            }
        }
    }
}
