package dev.sluice.bench.load;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.function.Consumer;

/** Answers every HTTP/2 request in a way a test decides, once it is read. */
@SuppressWarnings("FutureReturnValueIgnored") // tests see failures at the other end
final class Http2Script extends ChannelInboundHandlerAdapter {

    private final Consumer<ChannelHandlerContext> answer;

    private Http2Script(Consumer<ChannelHandlerContext> answer) {
        this.answer = answer;
    }

    /** @return the handlers of a connection */
    static List<ChannelHandler> handlers(Consumer<ChannelHandlerContext> answer) {
        return List.of(
                Http2FrameCodecBuilder.forServer().validateHeaders(false).build(),
                new Http2MultiplexHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        stream.pipeline().addLast(new Http2Script(answer));
                    }
                }));
    }

    static void fields(ChannelHandlerContext ctx, boolean end, String... namesAndValues) {
        Http2Headers headers = new DefaultHttp2Headers(false);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        ctx.writeAndFlush(new DefaultHttp2HeadersFrame(headers, end));
    }

    static void data(ChannelHandlerContext ctx, boolean end, int bytes) {
        ctx.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(new byte[bytes]), end));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
        boolean end = (frame instanceof Http2HeadersFrame headers && headers.isEndStream())
                || (frame instanceof Http2DataFrame data && data.isEndStream());
        ReferenceCountUtil.release(frame);
        if (end) {
            answer.accept(ctx);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
