package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.vertx.core.impl.buffer.VertxByteBufAllocator;

/** Between the decoder and Vert.x on a client's HTTP/1.1 connection: copies what nobody takes at once. */
final class Http1Bodies extends ChannelInboundHandlerAdapter implements BodyPassage {

    static final String NAME = "sluice-bodies";

    private boolean taken;

    @Override
    public void byReference(boolean yes) {
        taken = yes;
    }

    @Override
    public void taken() {
        // Vert.x hands on what it gets while it is not paused, and what it held back within the call that resumes it
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!taken
                && message instanceof HttpContent content
                && content.content().isReadable()) {
            ByteBuf bytes = content.content();
            ByteBuf heap = VertxByteBufAllocator.DEFAULT.heapBuffer(bytes.readableBytes());
            HttpContent copy = content.replace(heap.writeBytes(bytes));
            copy.setDecoderResult(content.decoderResult());
            content.release();
            ctx.fireChannelRead(copy);
        } else {
            ctx.fireChannelRead(message);
        }
    }
}
