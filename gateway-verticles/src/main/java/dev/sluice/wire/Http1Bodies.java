package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.vertx.core.impl.buffer.VertxByteBufAllocator;

/** Between the decoder and Vert.x on a client's HTTP/1.1 connection: copies what nobody takes at once. */
final class Http1Bodies extends ChannelInboundHandlerAdapter implements BodyPassage {

    static final String NAME = "sluice-bodies";

    private boolean wanted;
    /** Chunks that Vert.x has been given and the receiver has not got: resuming a request empties its queue later. */
    private int queued;

    @Override
    public void byReference(boolean yes) {
        wanted = yes;
    }

    @Override
    public void taken() {
        queued--;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpContent content && content.content().isReadable()) {
            HttpContent given = wanted && queued == 0 ? content : copy(content);
            queued++;
            ctx.fireChannelRead(given);
        } else {
            ctx.fireChannelRead(message);
        }
    }

    private static HttpContent copy(HttpContent content) {
        ByteBuf bytes = content.content();
        ByteBuf heap = VertxByteBufAllocator.DEFAULT.heapBuffer(bytes.readableBytes());
        HttpContent copy = content.replace(heap.writeBytes(bytes));
        copy.setDecoderResult(content.decoderResult());
        content.release();
        return copy;
    }
}
