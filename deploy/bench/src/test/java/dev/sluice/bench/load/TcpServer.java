package dev.sluice.bench.load;

import dev.sluice.bench.wire.Sockets;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A server on one event loop that counts its connections. */
final class TcpServer implements AutoCloseable {

    private final EventLoopGroup loop = Sockets.loops(1, "test-server");
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final Channel listening;

    /** @param handlers makes the handlers of one connection */
    TcpServer(@Nullable SslContext tls, Supplier<List<ChannelHandler>> handlers) {
        listening = new ServerBootstrap()
                .group(loop)
                .channel(Sockets.tcpServer())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accepted.incrementAndGet();
                        open.incrementAndGet();
                        channel.closeFuture().addListener(closed -> open.decrementAndGet());
                        if (tls != null) {
                            channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                        }
                        handlers.get().forEach(handler -> channel.pipeline().addLast(handler));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listening.localAddress();
    }

    /** @return connections accepted so far */
    int accepted() {
        return accepted.get();
    }

    /** @return connections not closed yet */
    int open() {
        return open.get();
    }

    @Override
    public void close() {
        listening.close().syncUninterruptibly();
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
