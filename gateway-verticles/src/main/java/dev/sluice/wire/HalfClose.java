package dev.sluice.wire;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;

/** The two ends of a connection's two directions, each by itself; Vert.x only knows both at once. */
final class HalfClose {

    private HalfClose() {}

    /** From now on the peer's FIN closes nothing but is told as an event, see {@link #isEnd}. */
    static void allow(ChannelHandlerContext ctx) {
        var unused = ctx.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }

    /** Whether a user event says that the peer will send no more. */
    static boolean isEnd(Object event) {
        return event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent;
    }

    /** Says that nothing more will be sent, behind what was written: FIN, or TLS close_notify. */
    static void shutdownOutput(ChannelHandlerContext ctx) {
        var unused = ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> {
            SslHandler tls = ctx.pipeline().get(SslHandler.class);
            if (tls != null) {
                var unusedNotify = tls.closeOutbound();
            } else if (ctx.channel() instanceof DuplexChannel duplex && duplex.isActive()) {
                var unusedFin = duplex.shutdownOutput();
            }
        });
    }
}
