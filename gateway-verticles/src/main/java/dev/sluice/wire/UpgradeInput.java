package dev.sluice.wire;

import dev.sluice.config.Defaults;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.impl.http1.VertxHttpRequestDecoder;

/**
 * Holds what comes behind a request that asks for another protocol, until it is known whether that is the next request
 * or the other protocol's. Such a request puts this on its HTTP/1.1 connection, and its answer takes it away.
 */
final class UpgradeInput extends ChannelInboundHandlerAdapter {

    static final String NAME = "sluice-upgrade-input";

    private static final String VERTX_DECODER = "httpDecoder";

    private ByteBuf held = Unpooled.EMPTY_BUFFER;
    private boolean holding;
    private boolean paused;

    /** Whether bytes that are no HTTP may follow this request: it has no body, and asks for another protocol. */
    static boolean mayFollow(HttpRequest request) {
        return request.method().equals(HttpMethod.CONNECT)
                || (request.headers().contains(HttpHeaderNames.UPGRADE)
                        && !request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
                        && request.headers()
                                .get(HttpHeaderNames.CONTENT_LENGTH, "0")
                                .equals("0"));
    }

    /** Puts one before the handler that has just got the head of such a request. */
    static void hold(ChannelHandlerContext ctx) {
        if (ctx.pipeline().get(NAME) == null) {
            var unused = ctx.pipeline().addBefore(ctx.name(), NAME, new UpgradeInput());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf bytes) {
            hold(ctx, bytes);
            return;
        }
        boolean end = message instanceof LastHttpContent;
        ctx.fireChannelRead(message);
        if (end && !ctx.isRemoved()) {
            holding = true;
            // What the decoder has left comes here, and whatever is read from now on.
            var unused = ctx.pipeline().remove(VERTX_DECODER);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        held.release();
        held = Unpooled.EMPTY_BUFFER;
    }

    /** The other protocol it is; what has come of it, which the caller releases. */
    ByteBuf accept(ChannelHandlerContext ctx) {
        ByteBuf taken = held;
        held = Unpooled.EMPTY_BUFFER;
        var unused = ctx.pipeline().remove(this);
        readOn(ctx);
        return taken;
    }

    /** It is the next request after all. */
    void decline(ChannelHandlerContext ctx) {
        if (!holding) {
            var unused = ctx.pipeline().remove(this);
            return;
        }
        // Not from within the answer to the request before: the next one may be answered at once.
        ctx.executor().execute(() -> {
            if (!ctx.isRemoved()) {
                VertxHttpRequestDecoder decoder = new VertxHttpRequestDecoder(new Http1ServerConfig()
                        .setMaxInitialLineLength(Defaults.MAX_REQUEST_LINE_BYTES)
                        .setMaxChunkSize(Defaults.READ_BYTES_MAX)
                        .setMaxHeaderSize(Defaults.MAX_HEADER_BYTES));
                ByteBuf next = accept(ctx);
                var unused = ctx.pipeline().addBefore("httpEncoder", VERTX_DECODER, decoder);
                feed(ctx.pipeline().context(VERTX_DECODER), decoder, next);
            }
        });
    }

    private static void feed(ChannelHandlerContext ctx, VertxHttpRequestDecoder decoder, ByteBuf bytes) {
        try {
            decoder.channelRead(ctx, bytes);
            decoder.channelReadComplete(ctx);
        } catch (Exception e) {
            ctx.fireExceptionCaught(e);
        }
    }

    private void hold(ChannelHandlerContext ctx, ByteBuf bytes) {
        held = held.isReadable() ? Unpooled.wrappedBuffer(held, bytes) : bytes;
        if (held.readableBytes() >= Defaults.READ_BYTES_MAX && !paused) {
            paused = true;
            var unused = ctx.channel().config().setAutoRead(false);
        }
    }

    private void readOn(ChannelHandlerContext ctx) {
        if (paused) {
            paused = false;
            var unused = ctx.channel().config().setAutoRead(true);
        }
    }
}
