package dev.sluice.wire;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection whose TLS handshake is not complete in time, counted from its accept. Vert.x's own timeout begins
 * anew once the client's hello has come. Takes itself out of a cleartext connection at once, and of the others with the
 * first bytes after the handshake.
 */
final class HandshakeDeadline extends ChannelInboundHandlerAdapter {

    /** Vert.x's name for what decrypts, which is another handler before the client has named a host. */
    private static final String VERTX_TLS_HANDLER = "ssl";

    private final Duration timeout;
    private @Nullable Future<?> deadline;

    HandshakeDeadline(Duration timeout) {
        this.timeout = timeout;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (ctx.pipeline().get(VERTX_TLS_HANDLER) == null) {
            ctx.pipeline().remove(this);
        } else {
            deadline = ctx.executor().schedule(() -> expired(ctx), timeout.toMillis(), TimeUnit.MILLISECONDS);
        }
        ctx.fireChannelActive();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        if (isDone(ctx) && !ctx.isRemoved()) {
            ctx.pipeline().remove(this);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (deadline != null) {
            boolean unused = deadline.cancel(false);
        }
    }

    private static void expired(ChannelHandlerContext ctx) {
        if (!isDone(ctx)) {
            var unused = ctx.close();
        }
    }

    private static boolean isDone(ChannelHandlerContext ctx) {
        SslHandler handler = ctx.pipeline().get(SslHandler.class);
        return handler != null && handler.handshakeFuture().isSuccess();
    }
}
