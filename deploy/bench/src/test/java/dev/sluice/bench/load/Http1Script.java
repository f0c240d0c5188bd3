package dev.sluice.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Answers every HTTP/1.1 request without a body in a way a test decides. */
@SuppressWarnings("FutureReturnValueIgnored") // tests see failures at the other end
@Sharable
final class Http1Script extends ChannelInboundHandlerAdapter {

    private final Consumer<ChannelHandlerContext> answer;

    Http1Script(Consumer<ChannelHandlerContext> answer) {
        this.answer = answer;
    }

    /** @return answers with these bytes */
    static Http1Script bytes(String bytes) {
        return new Http1Script(ctx -> write(ctx, bytes));
    }

    /** @return answers with these bytes and closes the connection */
    static Http1Script bytesThenClose(String bytes) {
        return new Http1Script(ctx -> {
            write(ctx, bytes);
            ctx.close();
        });
    }

    static void write(ChannelHandlerContext ctx, String bytes) {
        ctx.writeAndFlush(Unpooled.copiedBuffer(bytes, StandardCharsets.US_ASCII));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        boolean complete = in.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n");
        in.release();
        if (complete) {
            answer.accept(ctx);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
