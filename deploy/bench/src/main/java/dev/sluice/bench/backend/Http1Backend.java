package dev.sluice.bench.backend;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** One HTTP/1.1 connection of the backend; answers pipelined requests in turn and flushes once a read. */
@SuppressWarnings("FutureReturnValueIgnored") // a write fails only when its connection has
final class Http1Backend extends ChannelInboundHandlerAdapter {

    private final Answers answers;
    private final RequestReader reader = new RequestReader();

    Http1Backend(Answers answers) {
        this.answers = answers;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            while (reader.read(in)) {
                if (reader.saidClose()) {
                    ctx.writeAndFlush(answers.lastHttp1(reader.answerBytes())).addListener(ChannelFutureListener.CLOSE);
                    return;
                }
                ctx.write(answers.http1(reader.answerBytes()), ctx.voidPromise());
            }
        } finally {
            in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }

    /** A client that is gone or speaks nonsense; either way the connection is of no more use. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
