package dev.sluice.wire;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Tells the decoder of a close when it is asked for: the handler of Vert.x, which stands before this one, only passes it
 * on when everything is written, and goes on with what it is given until then.
 */
@ChannelHandler.Sharable
final class CloseWatch extends ChannelOutboundHandlerAdapter {

    static final String NAME = "sluice-close-watch";
    static final CloseWatch INSTANCE = new CloseWatch();

    private CloseWatch() {}

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        Http1RequestDecoder decoder = ctx.pipeline().get(Http1RequestDecoder.class);
        if (decoder != null) {
            decoder.closing();
        }
        var unused = ctx.close(promise);
    }
}
