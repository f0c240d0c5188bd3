package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2CodecUtil;

/**
 * Lets HTTP/1.1 and HTTP/2 with prior knowledge share a cleartext port without Vert.x's h2c-upgrade handler, which
 * answers a malformed upgrade with a 400 that never ends.
 *
 * <p>Vert.x compares the first bytes with the HTTP/2 preface and builds the HTTP/1 pipeline at the first byte that
 * differs. This guard hands it the bytes up to just that one, so that the pipeline exists before a request has been
 * decoded, and puts {@link UpgradeEraser} in front of the upgrade handler. Then it takes itself out.
 */
final class CleartextGuard extends ChannelInboundHandlerAdapter {

    static final String NAME = "sluice-cleartext-guard";

    private static final String VERTX_UPGRADE_HANDLER = "h2c";

    private static final ByteBuf PREFACE = Http2CodecUtil.connectionPrefaceBuf();

    private int matched;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        int length = bytes.readableBytes();
        int difference = 0;
        while (difference < length
                && matched < PREFACE.readableBytes()
                && bytes.getByte(bytes.readerIndex() + difference) == PREFACE.getByte(matched)) {
            difference++;
            matched++;
        }
        if (matched == PREFACE.readableBytes()) {
            ctx.pipeline().remove(this);
            ctx.fireChannelRead(bytes);
        } else if (difference == length) {
            ctx.fireChannelRead(bytes);
        } else {
            decided(ctx, bytes, difference + 1);
        }
    }

    private void decided(ChannelHandlerContext ctx, ByteBuf bytes, int head) {
        ByteBuf first = bytes.readRetainedSlice(head);
        ctx.fireChannelRead(first);
        ChannelPipeline pipeline = ctx.pipeline();
        if (pipeline.get(VERTX_UPGRADE_HANDLER) != null) {
            pipeline.addBefore(VERTX_UPGRADE_HANDLER, UpgradeEraser.NAME, new UpgradeEraser());
        }
        // Removing a handler keeps its links, so the rest still reaches what stands behind it.
        pipeline.remove(this);
        if (bytes.isReadable()) {
            ctx.fireChannelRead(bytes);
        } else {
            bytes.release();
        }
    }
}
