package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.vertx.core.http.impl.tcp.Http1xOrH2CHandler;

/**
 * Lets HTTP/1.1 and HTTP/2 with prior knowledge share a cleartext port, with {@link Http1RequestDecoder} in the place of
 * Vert.x's from the first byte on.
 *
 * <p>Vert.x compares the first bytes with the HTTP/2 preface, and builds the HTTP/1 pipeline at the first one that
 * differs. This guard compares in its place and keeps what it has compared. For HTTP/1 it gives Vert.x a byte of its own
 * that differs, so that the pipeline is there and its decoder can be replaced; what that had been given is dropped. Then
 * it passes on what the client has sent, and takes itself out. On a port with TLS it does nothing.
 */
final class CleartextGuard extends ChannelInboundHandlerAdapter {

    static final String NAME = "sluice-cleartext-guard";

    private static final ByteBuf PREFACE = Http2CodecUtil.connectionPrefaceBuf();

    private int matched;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        HeadDeadline.of(ctx.channel()).start();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        ChannelPipeline pipeline = ctx.pipeline();
        if (pipeline.get(Http1xOrH2CHandler.class) == null) {
            // Removing a handler keeps its links, so what it fires still reaches what stands behind it.
            pipeline.remove(this);
            ctx.fireChannelRead(bytes);
            return;
        }
        int compared = matched;
        int length = Math.min(bytes.readableBytes(), PREFACE.readableBytes() - compared);
        int i = 0;
        while (i < length && bytes.getByte(bytes.readerIndex() + i) == PREFACE.getByte(compared + i)) {
            i++;
        }
        matched += i;
        boolean http2 = matched == PREFACE.readableBytes(); // whose SETTINGS are still due: the deadline stands
        if (!http2 && i == length) {
            bytes.release();
            return;
        }
        if (!http2) {
            ctx.fireChannelRead(Unpooled.buffer(1).writeByte('-'));
            Http1RequestDecoder.replaceIn(pipeline);
        }
        pipeline.remove(this);
        if (compared > 0) {
            ctx.fireChannelRead(PREFACE.retainedSlice(0, compared));
        }
        ctx.fireChannelRead(bytes);
    }
}
