package dev.sluice.grpc.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.Defaults;
import dev.sluice.grpc.GrpcMetrics;
import dev.sluice.grpc.GrpcReply;
import dev.sluice.grpc.protocol.GrpcProtocol;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code grpc.health.v1}, as grpc-java's clients see it. */
final class HealthServiceTest {

    private static final String CHECK = "grpc.health.v1.Health/Check";
    private static final Extensions EXTENSIONS = new Extensions(
            List.of(new GrpcReply()),
            List.of(),
            List.of(new GrpcProtocol(new GrpcMetrics())),
            List.of(HealthService.create()),
            List.of());
    private static final TestCertificates.Leaf LEAF = TestCertificates.local();

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private static TestConfig config() {
        // No endpoint of these is ever asked: health tells of what the gateway knows.
        return TestConfig.create()
                .http("http")
                .https("https", "leaf")
                .certificate("leaf", LEAF)
                .backend("app", Protocol.H2C, 1)
                .backend("none", Protocol.H2C)
                .route(GrpcRoutes.of("test.Up", "app"))
                .route(GrpcRoutes.of("test.Down", "none"));
    }

    private TestGateway gateway(Duration lameDuck) {
        Bootstrap base = TestGateway.bootstrap(TestGateway.LOOPS);
        Bootstrap bootstrap = new Bootstrap(
                base.adminHost(),
                base.adminPort(),
                base.eventLoops(),
                base.transport(),
                lameDuck,
                base.drainDeadline(),
                base.accessLog(),
                base.maxConnections());
        TestGateway gateway = TestGateway.start(bootstrap, config().build(), EXTENSIONS);
        open.add(gateway);
        return gateway;
    }

    private ManagedChannel channel(TestGateway gateway) {
        return opened(NettyChannelBuilder.forAddress("127.0.0.1", gateway.port("http"))
                .usePlaintext()
                .build());
    }

    private ManagedChannel opened(ManagedChannel channel) {
        open.add(channel::shutdownNow);
        return channel;
    }

    private static HealthCheckRequest of(String service) {
        return HealthCheckRequest.newBuilder().setService(service).build();
    }

    private static ServingStatus check(ManagedChannel channel, String service) {
        return HealthGrpc.newBlockingStub(channel).check(of(service)).getStatus();
    }

    private static Status refused(ManagedChannel channel, String service) {
        return assertThrows(StatusRuntimeException.class, () -> check(channel, service))
                .getStatus();
    }

    /** What a watcher hears, in order: statuses, and at last the call's own. */
    private static BlockingQueue<Object> watch(ManagedChannel channel, String service) {
        BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
        HealthGrpc.newStub(channel).watch(of(service), new StreamObserver<>() {
            @Override
            public void onNext(HealthCheckResponse response) {
                heard.add(response.getStatus());
            }

            @Override
            public void onError(Throwable failure) {
                heard.add(Status.fromThrowable(failure).getCode());
            }

            @Override
            public void onCompleted() {
                heard.add(Status.Code.OK);
            }
        });
        return heard;
    }

    @Test
    void checkTellsOfTheGatewayAndOfRoutedServices() {
        ManagedChannel channel = channel(gateway(Duration.ZERO));
        assertEquals(ServingStatus.SERVING, check(channel, ""));
        assertEquals(ServingStatus.SERVING, check(channel, "grpc.health.v1.Health"));
        assertEquals(ServingStatus.SERVING, check(channel, "test.Up"));
        assertEquals(ServingStatus.NOT_SERVING, check(channel, "test.Down"));
        Status unknown = refused(channel, "test.Unknown");
        assertEquals(Status.Code.NOT_FOUND, unknown.getCode());
        assertEquals("no route for service test.Unknown", unknown.getDescription());
    }

    @Test
    void checkAnswersOverTls() throws Exception {
        TestGateway gateway = gateway(Duration.ZERO);
        ManagedChannel channel = opened(NettyChannelBuilder.forAddress("localhost", gateway.port("https"))
                .sslContext(GrpcSslContexts.forClient()
                        .trustManager(LEAF.certificate())
                        .build())
                .build());
        assertEquals(ServingStatus.SERVING, check(channel, "test.Up"));
    }

    @Test
    void oneMessageIsAskedForAndIsReadInFull() {
        ManagedChannel channel = channel(gateway(Duration.ZERO));
        byte[] request = of("test.Up").toByteArray();
        CallOptions plain = CallOptions.DEFAULT;
        assertEquals(
                Status.Code.OK,
                RawCalls.call(channel, CHECK, plain, request).status().getCode());
        assertEquals(
                Status.Code.UNIMPLEMENTED,
                RawCalls.call(channel, CHECK, plain, request, request).status().getCode());
        assertEquals(
                Status.Code.UNIMPLEMENTED,
                RawCalls.call(channel, CHECK, plain).status().getCode());
        // Field 1 of five bytes, of which two come.
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                RawCalls.call(channel, CHECK, plain, new byte[] {0x0a, 5, 'a', 'b'})
                        .status()
                        .getCode());
        RawCalls.Outcome compressed = RawCalls.call(channel, CHECK, plain.withCompression("gzip"), request);
        assertEquals(Status.Code.UNIMPLEMENTED, compressed.status().getCode());
        assertEquals(
                "compressed messages are not understood (expected: identity)",
                compressed.status().getDescription());
        RawCalls.Outcome tooLong = RawCalls.call(channel, CHECK, plain, new byte[Defaults.LOCAL_REQUEST_BYTES + 1]);
        assertEquals(Status.Code.RESOURCE_EXHAUSTED, tooLong.status().getCode());
    }

    @Test
    void watchTellsEachChangeOnce() throws Exception {
        TestGateway gateway = gateway(Duration.ZERO);
        BlockingQueue<Object> heard = watch(channel(gateway), "test.Late");
        assertEquals(ServingStatus.SERVICE_UNKNOWN, heard.take());
        gateway.reload(config().route(GrpcRoutes.of("test.Late", "none")).build());
        assertEquals(ServingStatus.NOT_SERVING, heard.take());
        gateway.reload(config().route(GrpcRoutes.of("test.Late", "app")).build());
        assertEquals(ServingStatus.SERVING, heard.take());
        gateway.reload(config().build());
        assertEquals(ServingStatus.SERVICE_UNKNOWN, heard.take());
        assertEquals(0, heard.size());
    }

    @Test
    @Row("E3.15")
    void nothingServesWhileTheGatewayDrains() throws Exception {
        TestGateway gateway = gateway(Duration.ofSeconds(2));
        ManagedChannel channel = channel(gateway);
        BlockingQueue<Object> all = watch(channel, "");
        BlockingQueue<Object> one = watch(channel, "test.Up");
        assertEquals(ServingStatus.SERVING, all.take());
        assertEquals(ServingStatus.SERVING, one.take());
        Future<?> drained = gateway.runtime().drain();
        assertEquals(ServingStatus.NOT_SERVING, all.take());
        assertEquals(ServingStatus.NOT_SERVING, one.take());
        assertEquals(ServingStatus.NOT_SERVING, check(channel, ""));
        assertEquals(ServingStatus.NOT_SERVING, check(channel, "test.Up"));
        Eventually.get(drained);
        // The drain did not wait for them: nothing else could have ended them.
        assertEquals(Status.Code.UNAVAILABLE, all.take());
        assertEquals(Status.Code.UNAVAILABLE, one.take());
    }

    @Test
    void aWatcherThatGoesAwayIsForgotten() throws Exception {
        TestGateway gateway = gateway(Duration.ZERO);
        ManagedChannel channel = channel(gateway);
        CancellableContext context = Context.current().withCancellation();
        BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
        context.run(() -> watch(channel, "").drainTo(heard));
        Eventually.holds("the call has begun", () -> Double.valueOf(1)
                .equals(gateway.metric("gateway_downstream_requests_active")));
        context.cancel(null);
        gateway.awaitIdle();
    }
}
