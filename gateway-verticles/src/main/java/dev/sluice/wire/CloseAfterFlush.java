package dev.sluice.wire;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Lets a close wait for the bytes that were written before it. Vert.x closes a connection that is being shut down
 * without waiting, which cuts off the end of a response whenever the socket could not take it at once. The wait is
 * bounded, and a second close does not wait. One serves all connections, and leaves the one that it makes wait.
 */
@ChannelHandler.Sharable
final class CloseAfterFlush extends ChannelOutboundHandlerAdapter {

    static final String NAME = "sluice-close-after-flush";

    private final long lingerMillis;

    /** @param lingerMillis how long a client may take for the last bytes */
    CloseAfterFlush(long lingerMillis) {
        this.lingerMillis = lingerMillis;
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        ChannelOutboundBuffer pending = ctx.channel().unsafe().outboundBuffer();
        if (pending == null || pending.totalPendingWriteBytes() == 0) {
            var unused = ctx.close(promise);
            return;
        }
        // Its context still leads to the transport, while the next close does not come here.
        ctx.pipeline().remove(this);
        Future<?> deadline = ctx.executor().schedule(() -> closeNow(ctx), lingerMillis, TimeUnit.MILLISECONDS);
        var unused = ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> {
            boolean unusedCancel = deadline.cancel(false);
            var unusedClose = ctx.close(promise);
        });
    }

    private static void closeNow(ChannelHandlerContext ctx) {
        var unused = ctx.close();
    }
}
