package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import java.util.concurrent.TimeUnit;

/** Ways to close a client's connection over TCP that Vert.x does not know. */
public final class ClientClose {

    private ClientClose() {}

    /**
     * Resets an HTTP/1 connection, so that nobody can take what was sent for all of it: the end of a response without a length
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
     * Ends an HTTP/1 connection behind what was written to it, and throws away what the client still sends until it has read
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

    /**
     * Makes the close of an HTTP/2 connection, whoever asks for it, a FIN behind which is read and thrown away what the
     * client still sends, until it closes too. A client that writes before it has read the last GOAWAY would meet a reset
     * otherwise, lose that GOAWAY, and not know that its request is safe to repeat (RFC 9113 section 6.8).
     *
     * @param millis the longest wait
     */
    public static void lingerAtClose(HttpConnection connection, long millis) {
        ChannelHandlerContext context = Connections.contextOf(connection);
        if (context != null
                && context.channel().isActive()
                && context.pipeline().get(LingerAtClose.NAME) == null) {
            context.pipeline().addFirst(LingerAtClose.NAME, new LingerAtClose(millis));
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

    /** Next to the socket: what comes down here is behind TLS's close_notify, and behind {@link CloseAfterFlush}. */
    private static final class LingerAtClose extends ChannelOutboundHandlerAdapter {

        static final String NAME = "sluice-linger-at-close";

        private final long millis;

        LingerAtClose(long millis) {
            this.millis = millis;
        }

        @Override
        public void close(ChannelHandlerContext ctx, ChannelPromise promise) {

            if (!(ctx.channel() instanceof DuplexChannel channel) || !mayLinger(channel)) {
                var unused = ctx.close(promise);
                return;
            }
            channel.pipeline().addFirst(Drain.NAME, new Drain(millis, ClientTerms.UNLIMITED));
            var unusedClosed = channel.closeFuture().addListener(closed -> promise.trySuccess());
            var unused = channel.shutdownOutput();
        }

        /** Not the second time, nor for a client that has not taken what was written, or that floods. */
        private static boolean mayLinger(DuplexChannel channel) {
            ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
            return channel.isActive()
                    && pending != null
                    && pending.isEmpty() // CloseAfterFlush comes while what it waited for is still being counted off
                    && channel.pipeline().get(Drain.NAME) == null
                    && channel.pipeline().get(FloodCut.NAME) == null;
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
