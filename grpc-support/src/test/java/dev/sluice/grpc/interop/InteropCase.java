package dev.sluice.grpc.interop;

import com.google.common.base.Function;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.InternalNettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.testing.integration.AbstractInteropTest;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * grpc-java's interop cases, each between a client made for it and the server of its turn. All of
 * {@link AbstractInteropTest}, and of {@code TestServiceClient}'s others the compressed ones and the soaks, which are
 * short here. Those with credentials need Google's cloud, and {@code client_compressed_*} with a probe another server:
 * that of grpc-java does not look whether a message came compressed.
 */
final class InteropCase extends AbstractInteropTest {

    private static final int SOAK_CALLS = 20;
    private static final int SOAK_THREADS = 2;
    private static final int SOAK_REQUEST_BYTES = 271_828;
    private static final int SOAK_RESPONSE_BYTES = 314_159;
    private static final int SOAK_CALL_MILLIS = 10_000;
    private static final int SOAK_SECONDS = 30;

    private static final AtomicInteger count = new AtomicInteger();

    private final String name = "case-" + count.incrementAndGet();
    private final Supplier<NettyChannelBuilder> client;
    private final InteropServer server;

    private InteropCase(Supplier<NettyChannelBuilder> client, InteropServer server) {
        this.client = client;
        this.server = server;
    }

    /** One case. */
    @FunctionalInterface
    interface Body {
        void run(InteropCase on) throws Exception;
    }

    /** All cases by their names. */
    static Map<String, Body> all() {
        Map<String, Body> all = new TreeMap<>();
        for (Method method : AbstractInteropTest.class.getMethods()) {
            if (Arrays.stream(method.getAnnotations())
                    .anyMatch(each -> each.annotationType().equals(org.junit.Test.class))) {
                all.put(method.getName(), method::invoke);
            }
        }
        all.put("clientCompressedUnary", on -> on.clientCompressedUnary(false));
        all.put("clientCompressedStreaming", on -> on.clientCompressedStreaming(false));
        all.put("serverCompressedStreaming", AbstractInteropTest::serverCompressedStreaming);
        all.put("rpcSoak", on -> on.soak(shared -> shared));
        all.put(
                "channelSoak",
                on -> on.soak(old -> {
                    var unused = old.shutdownNow();
                    return on.createChannel();
                }));
        return all;
    }

    /** Runs one; what it throws is the case's failure. */
    static void run(Body body, Supplier<NettyChannelBuilder> client, InteropServer server) throws Throwable {
        InteropCase on = new InteropCase(client, server);
        on.setUp();
        try {
            body.run(on);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        } finally {
            on.tearDown();
        }
    }

    @Override
    protected ManagedChannelBuilder<?> createChannelBuilder() {
        NettyChannelBuilder builder =
                client.get().flowControlWindow(TEST_FLOW_CONTROL_WINDOW).maxInboundMessageSize(MAX_MESSAGE_SIZE);
        InternalNettyChannelBuilder.setStatsEnabled(builder, false); // the cases look at records of their own
        return builder.intercept(createCensusStatsClientInterceptor(), InteropServer.callsOf(name));
    }

    @Override
    protected ServerBuilder<?> getServerBuilder() {
        return server.turn(name).addStreamTracerFactory(createCustomCensusTracerFactory());
    }

    /** {@code rpc_soak} and {@code channel_soak}: one call after the other, none of which may fail. */
    private void soak(Function<ManagedChannel, ManagedChannel> nextChannel) throws ReflectiveOperationException {
        Method soak = Arrays.stream(
                        Class.forName("io.grpc.testing.integration.SoakClient").getDeclaredMethods())
                .filter(method -> method.getName().equals("performSoakTest"))
                .findFirst()
                .orElseThrow();
        soak.setAccessible(true); // a public method of a class that is not
        Object unused = soak.invoke(
                null,
                "soak",
                SOAK_CALLS,
                0,
                SOAK_CALL_MILLIS,
                0,
                SOAK_SECONDS,
                SOAK_REQUEST_BYTES,
                SOAK_RESPONSE_BYTES,
                SOAK_THREADS,
                createChannel(),
                nextChannel);
    }
}
