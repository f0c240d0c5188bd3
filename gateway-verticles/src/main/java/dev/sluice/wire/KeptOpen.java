package dev.sluice.wire;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.net.impl.ShutdownEvent;

/**
 * Keeps a client's connection from being told that its server shuts down. Vert.x can stop accepting only by a shutdown,
 * which makes each connection end at once in its own way ({@code ConnectionGroup.broadcastShutdownEvent}): so it does
 * no more than to stop accepting, and when connections end is up to who drains them. What is left at the end of the
 * shutdown's time is closed as ever.
 */
@ChannelHandler.Sharable
final class KeptOpen extends ChannelInboundHandlerAdapter {

    static final String NAME = "sluice-kept-open";

    static final KeptOpen INSTANCE = new KeptOpen();

    private KeptOpen() {}

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        // One without time is a close, which must not wait for a client that does not read.
        if (!(event instanceof ShutdownEvent shutdown) || shutdown.timeout().isZero()) {
            ctx.fireUserEventTriggered(event);
        }
    }
}
