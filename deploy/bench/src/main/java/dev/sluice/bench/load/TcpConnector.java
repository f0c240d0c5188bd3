package dev.sluice.bench.load;

import dev.sluice.bench.wire.Sockets;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Opens TCP connections, with TLS or without. */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a channel is heard of through its closeFuture
final class TcpConnector implements Connector {

    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
    private static final int MOST_READ_AT_ONCE = 256 * 1024;
    /** Bytes waiting to be sent below and above which a channel is and is not writable: a few parts of a body. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 256 * 1024);

    /** What is said on the connections. */
    interface Speech extends AutoCloseable {

        TcpConnection connection(Channel channel, Connection.Listener listener);

        @Override
        void close();
    }

    private final EventLoop loop;
    private final InetSocketAddress target;
    private final @Nullable ClientTls tls;
    private final Speech speech;

    TcpConnector(EventLoop loop, InetSocketAddress target, @Nullable ClientTls tls, Speech speech) {
        this.loop = loop;
        this.target = target;
        this.tls = tls;
        this.speech = speech;
    }

    @Override
    public Connection open(Connection.Listener listener) {
        SocketChannel channel = Sockets.tcp();
        channel.config()
                .setTcpNoDelay(true)
                .setConnectTimeoutMillis(CONNECT_TIMEOUT_MILLIS)
                .setWriteBufferWaterMark(WATER_MARK)
                .setRecvByteBufAllocator(new AdaptiveRecvByteBufAllocator(512, 2048, MOST_READ_AT_ONCE));
        TcpConnection connection = speech.connection(channel, listener);
        Failures failures = new Failures();
        loop.register(channel);
        SslHandler ssl = tls == null ? null : tls.handler(channel);
        if (ssl != null) {
            channel.pipeline().addLast(ssl);
        }
        channel.pipeline().addLast(connection.handler(), failures);
        channel.closeFuture().addListener(closed -> connection.lost(failures.first));
        // Loopback may connect at once; nobody shall hear of it before this method is done.
        loop.execute(() -> connect(channel, connection, failures, ssl));
        return connection;
    }

    private void connect(Channel channel, TcpConnection connection, Failures failures, @Nullable SslHandler ssl) {
        channel.connect(target).addListener(connected -> {
            if (!connected.isSuccess()) {
                failures.add(channel, connected.cause().toString());
            } else if (ssl == null) {
                connection.ready();
            }
        });
        if (ssl != null) {
            ssl.handshakeFuture().addListener(shaken -> {
                String failure = shaken.isSuccess()
                        ? ClientTls.mismatch(ssl)
                        : shaken.cause().toString();
                if (failure == null) {
                    connection.ready();
                } else {
                    failures.add(channel, failure);
                }
            });
        }
    }

    @Override
    public void close() {
        speech.close();
        if (tls != null) {
            tls.close();
        }
    }

    /** The end of a pipeline: closes the channel at the first failure and remembers that. */
    private static final class Failures extends ChannelInboundHandlerAdapter {

        private @Nullable String first;

        void add(Channel channel, String failure) {
            if (first == null) {
                first = failure;
            }
            channel.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            add(ctx.channel(), cause.toString());
        }
    }
}
