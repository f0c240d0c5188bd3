package dev.sluice.grpc.interop;

import dev.sluice.testkit.TestCertificates;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingServerBuilder;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.InternalNettyServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.MetadataUtils;
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
 * Each case wants a server of its own, to look at what that has seen; a gateway wants its upstream where it was. Some
 * cases leave a call behind, which may come here when the next one has its turn: calls say whose they are.
 */
final class InteropServer implements AutoCloseable {

    private static final Metadata.Key<String> CASE = Metadata.Key.of("interop-case", Metadata.ASCII_STRING_MARSHALLER);

    private final MutableHandlerRegistry services = new MutableHandlerRegistry();
    private final Server server;
    private volatile Tracers tracers = new Tracers("", List.of());

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

    /** Marks a client's calls as those of a case. */
    static ClientInterceptor callsOf(String name) {
        Metadata mark = new Metadata();
        mark.put(CASE, name);
        return MetadataUtils.newAttachHeadersInterceptor(mark);
    }

    /** Builds what a case takes for a server of its own. */
    ServerBuilder<?> turn(String name) {
        return new Turn(name);
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
                Tracers current = tracers;
                return current.name.equals(headers.get(CASE)) && index < current.factories.size()
                        ? current.factories.get(index).newServerStreamTracer(method, headers)
                        : new ServerStreamTracer() {};
            }
        };
    }

    /** What looks at the calls of the case whose turn it is. */
    private record Tracers(String name, List<ServerStreamTracer.Factory> factories) {}

    private final class Turn extends ForwardingServerBuilder<Turn> {

        private final String name;
        private final List<ServerServiceDefinition> added = new ArrayList<>();
        private final List<ServerStreamTracer.Factory> factories = new ArrayList<>();

        Turn(String name) {
            this.name = name;
        }

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
            return new TurnServer(added, new Tracers(name, List.copyOf(factories)));
        }
    }

    /** Starts by taking the port's calls, and ends by taking no more. */
    private final class TurnServer extends Server {

        private final List<ServerServiceDefinition> added;
        private final Tracers own;

        TurnServer(List<ServerServiceDefinition> added, Tracers own) {
            this.added = List.copyOf(added);
            this.own = own;
        }

        @Override
        public Server start() {
            tracers = own;
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
            tracers = new Tracers("", List.of());
            for (ServerServiceDefinition service : added) {
                boolean unused = services.removeService(service);
            }
            return this;
        }

        @Override
        public boolean isShutdown() {
            return !tracers.equals(own);
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
