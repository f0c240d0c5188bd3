package dev.sluice.wire;

import dev.sluice.config.Defaults;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/**
 * First in the pipeline of a connection that is cut: nothing more is read, so that a flood stays in the client's own
 * buffers, and the end comes soon also where the client does not take its GOAWAY.
 */
final class FloodCut extends ChannelInboundHandlerAdapter {

    static final String NAME = "sluice-flood-cut";

    private FloodCut() {}

    /** Call when the GOAWAY is on its way; once is enough. */
    static void begin(Channel channel) {
        if (channel.pipeline().get(NAME) != null || !channel.isActive()) {
            return;
        }
        channel.pipeline().addFirst(NAME, new FloodCut());
        var unusedConfig = channel.config().setAutoRead(false);
        var deadline = channel.eventLoop()
                .schedule(
                        () -> ConnectionEnd.reset(channel), Defaults.REFUSAL_LINGER.toMillis(), TimeUnit.MILLISECONDS);
        var unused = channel.closeFuture().addListener(closed -> deadline.cancel(false));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        var unused = ReferenceCountUtil.release(message);
    }
}
