package dev.sluice.bench.load;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3Exception;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicException;
import org.jspecify.annotations.Nullable;

/** The stream of one request: reads its answer. */
@SuppressWarnings("FutureReturnValueIgnored") // a stream that can not be closed is closed
final class H3Stream extends Http3RequestStreamInboundHandler {

    private final H3Connection connection;
    private final StreamAnswer answer;

    H3Stream(H3Connection connection, StreamAnswer answer) {
        this.connection = connection;
        this.answer = answer;
    }

    @Override
    protected void channelRead(ChannelHandlerContext ctx, Http3HeadersFrame frame) {
        answer.fields(frame.headers());
    }

    @Override
    protected void channelRead(ChannelHandlerContext ctx, Http3DataFrame frame) {
        answer.data(frame.content().readableBytes());
        frame.release();
    }

    @Override
    protected void channelInputClosed(ChannelHandlerContext ctx) {
        answer.end();
        connection.answered(this, answer);
    }

    @Override
    protected void handleQuicException(ChannelHandlerContext ctx, QuicException exception) {
        broken("stream reset: " + exception.getMessage());
        ctx.close();
    }

    @Override
    protected void handleHttp3Exception(ChannelHandlerContext ctx, Http3Exception exception) {
        broken(exception.toString());
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        broken(null);
        ctx.fireChannelInactive();
    }

    /** @param reason null when none is known */
    void broken(@Nullable String reason) {
        if (reason != null) {
            answer.broken(reason);
        }
        connection.answered(this, answer);
    }
}
