package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import java.util.concurrent.TimeUnit;

/** Ways to close a client's HTTP/1 connection that Vert.x does not know. */
public final class ClientClose {

    private ClientClose() {}

    /**
     * Resets the connection, so that nobody can take what was sent for all of it: the end of a response without a length
     * is the connection's.
     */
    public static void reset(HttpConnection connection) {
        ChannelHandlerContext context = Connections.contextOf(connection);
        if (context == null) {
            var unused = connection.close();
            return;
        }
        ConnectionEnd.reset(context.channel());
    }

    /**
     * Ends the connection behind what was written to it, and throws away what the client still sends until it has read
     * that and closes too: to close at once, with bytes unread, would reset the connection and so cost the client the
     * answer (RFC 9112 section 9.6).
     *
     * @param millis the longest wait
     * @param maxBytes the most that is thrown away; negative for any
     */
    public static void linger(HttpConnection connection, long millis, long maxBytes) {
        ChannelHandlerContext context = Connections.contextOf(connection);
        if (context == null || !(context.channel() instanceof DuplexChannel channel) || !channel.isActive()) {
            var unused = connection.close();
            return;
        }
        if (channel.pipeline().get(Drain.NAME) == null) {
            channel.pipeline().addFirst(Drain.NAME, new Drain(millis, maxBytes));
            Http1RequestDecoder decoder = channel.pipeline().get(Http1RequestDecoder.class);
            if (decoder != null) {
                decoder.closing(); // the same read may have brought the next request
            }
            // A close_notify at once would overtake what the TLS handler has not encrypted yet, and lose it.
            var unused = context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> endOutput(channel));
        }
    }

    private static void endOutput(DuplexChannel channel) {
        if (channel.isActive()) {
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (tls == null) {
                var unused = channel.shutdownOutput();
            } else {
                var unused = tls.closeOutbound().addListener(told -> {
                    var unusedShutdown = channel.shutdownOutput();
                });
            }
        }
    }

    /** First in the pipeline: nothing that is read goes further. */
    private static final class Drain extends ChannelInboundHandlerAdapter {

        static final String NAME = "sluice-drain";

        private final long millis;
        private final long maxBytes;
        private long bytes;

        Drain(long millis, long maxBytes) {
            this.millis = millis;
            this.maxBytes = maxBytes;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            var unused = ctx.channel().config().setAutoRead(true);
            var timeout = ctx.executor().schedule(() -> close(ctx), millis, TimeUnit.MILLISECONDS);
            var unusedCancel = ctx.channel().closeFuture().addListener(closed -> timeout.cancel(false));
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            bytes += ((ByteBuf) message).readableBytes();
            var unused = ReferenceCountUtil.release(message);
            if (maxBytes >= 0 && bytes > maxBytes) {
                close(ctx);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            // nobody behind this has got anything
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownReadComplete.INSTANCE) {
                close(ctx);
            } else {
                ctx.fireUserEventTriggered(event);
            }
        }

        private static void close(ChannelHandlerContext ctx) {
            var unused = ctx.close();
        }
    }
}
