package dev.sluice.bench.backend;

import dev.sluice.bench.wire.Sockets;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A listening backend, on loopback: HTTP/1.1 on one port, HTTP/2 with prior knowledge on another. */
public final class Backend implements AutoCloseable {

    private static final int BACKLOG = 16 * 1024;
    private static final int MOST_READ_AT_ONCE = 256 * 1024;

    private final Answers answers = new Answers();
    private final EventLoopGroup loops;
    private final Channel http1;
    private final Channel h2c;

    /**
     * Binds both ports.
     *
     * @param http1 port, 0 for any that is free
     * @param h2c port, 0 for any that is free
     * @param threads event loops
     */
    public Backend(int http1, int h2c, int threads) {
        loops = Sockets.loops(threads, "backend");
        this.http1 = bind(http1, () -> new Http1Backend(answers));
        this.h2c = bind(h2c, () -> new Http2Backend(answers).handler());
    }

    /** @return the port that speaks HTTP/1.1 */
    public int http1Port() {
        return port(http1);
    }

    /** @return the port that speaks HTTP/2 */
    public int h2cPort() {
        return port(h2c);
    }

    private static int port(Channel listening) {
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    private Channel bind(int port, Supplier<ChannelHandler> handler) {
        return new ServerBootstrap()
                .group(loops)
                .channel(Sockets.tcpServer())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 2048, MOST_READ_AT_ONCE))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(handler.get());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), port)
                .syncUninterruptibly()
                .channel();
    }

    @Override
    public void close() {
        http1.close().syncUninterruptibly();
        h2c.close().syncUninterruptibly();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        answers.close();
    }
}
