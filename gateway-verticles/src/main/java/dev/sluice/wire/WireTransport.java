package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.observe.RefusedConnections;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.vertx.core.Vertx;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.TcpConfig;
import io.vertx.core.transport.Transport;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A Vert.x transport that lets Sluice see every TCP connection, accepted or opened, before Vert.x has put a handler on
 * it. Vert.x calls a {@code connectionHandler} only once it knows the protocol, which is too late to guard that decision.
 */
public final class WireTransport implements Transport {

    private final Transport delegate;
    private final HookedTransport implementation;

    /**
     * Decorates one of {@link Transport}'s own, which must be available.
     *
     * @param maxConnections open at all listeners together; {@link ClientTerms#UNLIMITED}
     */
    public WireTransport(Transport delegate, long maxConnections) {
        this.delegate = delegate;
        this.implementation = new HookedTransport(delegate.implementation(), new Admission(maxConnections));
    }

    /** What a Vert.x turned away so far; none where it runs on another transport. */
    public static Optional<RefusedConnections> refused(Vertx vertx) {
        return ((VertxInternal) vertx).transport() instanceof HookedTransport hooked
                ? Optional.of(hooked.admission().refused())
                : Optional.empty();
    }

    @Override
    public String name() {
        return delegate.name();
    }

    @Override
    public boolean available() {
        return delegate.available();
    }

    @Override
    public @Nullable Throwable unavailabilityCause() {
        return delegate.unavailabilityCause();
    }

    @Override
    public io.vertx.core.spi.transport.Transport implementation() {
        return implementation;
    }

    /** Puts Sluice's handlers first on each accepted connection. */
    @ChannelHandler.Sharable
    private static final class AcceptHook extends ChannelInboundHandlerAdapter {

        static final AcceptHook INSTANCE = new AcceptHook();

        private static final CloseAfterFlush CLOSE_AFTER_FLUSH = new CloseAfterFlush(Defaults.CLOSE_LINGER.toMillis());

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Channel accepted) {
                WireAllocator.readLarge(accepted.config());
                HeadDeadline.on(accepted, ListenerTerms.of(ctx.channel().localAddress()));
                accepted.pipeline()
                        .addFirst(StreamWakeUp.NAME, StreamWakeUp.INSTANCE)
                        .addFirst(KeptOpen.NAME, KeptOpen.INSTANCE)
                        .addFirst(CleartextGuard.NAME, new CleartextGuard())
                        .addFirst(CloseAfterFlush.NAME, CLOSE_AFTER_FLUSH);
            }
            ctx.fireChannelRead(message);
        }
    }

    private record HookedTransport(io.vertx.core.spi.transport.Transport delegate, Admission admission)
            implements io.vertx.core.spi.transport.Transport {

        @Override
        public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
            ChannelFactory<? extends ServerChannel> factory = delegate.serverChannelFactory(domainSocket);
            return () -> {
                ServerChannel channel = factory.newChannel();
                channel.pipeline().addFirst(AcceptHook.INSTANCE, new AcceptGate(admission));
                return channel;
            };
        }

        @Override
        public boolean supportsDomainSockets() {
            return delegate.supportsDomainSockets();
        }

        @Override
        public boolean supportFileRegion() {
            return delegate.supportFileRegion();
        }

        @Override
        public boolean isAvailable() {
            return delegate.isAvailable();
        }

        @Override
        public @Nullable Throwable unavailabilityCause() {
            return delegate.unavailabilityCause();
        }

        @Override
        public java.net.SocketAddress convert(SocketAddress address) {
            return delegate.convert(address);
        }

        @Override
        public @Nullable SocketAddress convert(java.net.SocketAddress address) {
            return delegate.convert(address);
        }

        @Override
        public IoHandlerFactory ioHandlerFactory() {
            return HangUpDrain.under(delegate.ioHandlerFactory());
        }

        @Override
        @SuppressWarnings("deprecation") // the SPI's own signature
        public DatagramChannel datagramChannel(InternetProtocolFamily family) {
            return delegate.datagramChannel(family);
        }

        @Override
        public ChannelFactory<? extends DatagramChannel> datagramChannelFactory() {
            return delegate.datagramChannelFactory();
        }

        @Override
        public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
            ChannelFactory<? extends Channel> factory = delegate.channelFactory(domainSocket);
            return () -> {
                Channel channel = factory.newChannel();
                ConnectingChannel.made(channel);
                return channel;
            };
        }

        @Override
        public void configure(DatagramChannel channel, DatagramSocketOptions options) {
            delegate.configure(channel, options);
        }

        @Override
        public void configure(TcpConfig config, boolean domainSocket, Bootstrap bootstrap) {
            delegate.configure(config, domainSocket, bootstrap);
        }

        @Override
        public void configure(TcpConfig config, boolean domainSocket, ServerBootstrap bootstrap) {
            delegate.configure(config, domainSocket, bootstrap);
        }
    }
}
