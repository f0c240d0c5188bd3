package dev.sluice.grpc.interop;

import dev.sluice.testkit.TestCertificates;
import io.grpc.ForwardingServerBuilder;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.InternalNettyServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.testing.integration.AbstractInteropTest;
import io.grpc.util.MutableHandlerRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * grpc-java's server on a port that stays, whose services and tracers are those of one interop case after the other.
 * Each case wants a server of its own, to look at what that has seen; a gateway wants its upstream where it was.
 */
final class InteropServer implements AutoCloseable {

    private final MutableHandlerRegistry services = new MutableHandlerRegistry();
    private final Server server;
    private volatile List<ServerStreamTracer.Factory> tracers = List.of();

    private InteropServer(NettyServerBuilder builder) throws IOException {
        InternalNettyServerBuilder.setStatsEnabled(builder, false); // a case brings a factory of its own
        server = builder.flowControlWindow(AbstractInteropTest.TEST_FLOW_CONTROL_WINDOW)
                .maxInboundMessageSize(AbstractInteropTest.MAX_MESSAGE_SIZE)
                .fallbackHandlerRegistry(services)
                .addStreamTracerFactory(tracer(0))
                .addStreamTracerFactory(tracer(1))
                .build()
                .start();
    }

    static InteropServer cleartext() throws IOException {
        return new InteropServer(NettyServerBuilder.forAddress(loopback()));
    }

    static InteropServer tls(TestCertificates.Leaf leaf) throws IOException {
        return new InteropServer(NettyServerBuilder.forAddress(loopback())
                .sslContext(GrpcSslContexts.forServer(
                                leaf.certFile().toFile(), leaf.keyFile().toFile())
                        .build()));
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    int port() {
        return server.getPort();
    }

    /** Builds what a case takes for a server of its own. */
    ServerBuilder<?> turn() {
        return new Turn();
    }

    @Override
    public void close() {
        var unused = server.shutdownNow();
    }

    /** The case's nth factory. */
    private ServerStreamTracer.Factory tracer(int index) {
        return new ServerStreamTracer.Factory() {
            @Override
            public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
                List<ServerStreamTracer.Factory> current = tracers;
                return index < current.size()
                        ? current.get(index).newServerStreamTracer(method, headers)
                        : new ServerStreamTracer() {};
            }
        };
    }

    private final class Turn extends ForwardingServerBuilder<Turn> {

        private final List<ServerServiceDefinition> added = new ArrayList<>();
        private final List<ServerStreamTracer.Factory> factories = new ArrayList<>();

        @Override
        protected ServerBuilder<?> delegate() {
            throw new UnsupportedOperationException("not a setting of one case");
        }

        @Override
        public Turn addService(ServerServiceDefinition service) {
            added.add(service);
            return this;
        }

        @Override
        public Turn addStreamTracerFactory(ServerStreamTracer.Factory factory) {
            factories.add(factory);
            return this;
        }

        @Override
        public Server build() {
            return new TurnServer(added, factories);
        }
    }

    /** Starts by taking the port's calls, and ends by taking no more. */
    private final class TurnServer extends Server {

        private final List<ServerServiceDefinition> added;
        private final List<ServerStreamTracer.Factory> factories;

        TurnServer(List<ServerServiceDefinition> added, List<ServerStreamTracer.Factory> factories) {
            this.added = List.copyOf(added);
            this.factories = List.copyOf(factories);
        }

        @Override
        public Server start() {
            tracers = factories;
            for (ServerServiceDefinition service : added) {
                var unused = services.addService(service);
            }
            return this;
        }

        @Override
        public Server shutdown() {
            return shutdownNow();
        }

        @Override
        public Server shutdownNow() {
            tracers = List.of();
            for (ServerServiceDefinition service : added) {
                boolean unused = services.removeService(service);
            }
            return this;
        }

        @Override
        public boolean isShutdown() {
            return tracers.isEmpty();
        }

        @Override
        public boolean isTerminated() {
            return isShutdown();
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return isTerminated();
        }

        @Override
        public void awaitTermination() {}
    }
}
