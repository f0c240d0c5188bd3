package dev.sluice.testkit;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3Exception;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicException;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamResetException;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** One request stream of a {@link RawH3Client}. What comes is told in the frames of HTTP/2; its end is an empty DATA. */
public final class RawH3Stream {

    private final BlockingQueue<H2Frame> frames = new LinkedBlockingQueue<>();
    private @Nullable QuicStreamChannel channel;
    private @Nullable ChannelFuture lastWrite;

    RawH3Stream() {}

    void opened(QuicStreamChannel stream) {
        channel = stream;
    }

    private QuicStreamChannel channel() {
        return requireNonNull(channel);
    }

    /** Sends HEADERS: a head, or trailers. */
    public RawH3Stream headers(Http3Headers headers, boolean end) {
        lastWrite = channel().writeAndFlush(new DefaultHttp3HeadersFrame(headers));
        return end ? end() : this;
    }

    /** Sends trailers and ends our side. */
    public RawH3Stream trailers(Map<String, String> trailers) {
        Http3Headers headers = new DefaultHttp3Headers(false);
        trailers.forEach(headers::add);
        return headers(headers, true);
    }

    /** Sends one DATA frame. */
    public RawH3Stream data(byte[] bytes, boolean end) {
        lastWrite = channel().writeAndFlush(new DefaultHttp3DataFrame(Unpooled.wrappedBuffer(bytes)));
        return end ? end() : this;
    }

    /** Ends our side, behind all that is still to be sent. */
    public RawH3Stream end() {
        if (lastWrite == null) {
            var unused = channel().shutdownOutput();
        } else {
            var unused = lastWrite.addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
        }
        return this;
    }

    /** Sends RESET_STREAM. */
    public void reset(int code) {
        var unused = channel().shutdownOutput(code);
    }

    /** Sends RESET_STREAM and STOP_SENDING, as a client does that cancels. */
    public void cancel(int code) {
        var unused = channel().shutdown(code);
    }

    /** Waits for the end of the response, however it ends; interim heads are skipped. */
    public H2Response response() {
        H2Frame first = next();
        while (first instanceof H2Frame.Headers interim && interim.status() < 200) {
            first = next();
        }
        if (!(first instanceof H2Frame.Headers head)) {
            return new H2Response(List.of(), new byte[0], List.of(), first);
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        List<Map.Entry<String, String>> trailers = List.of();
        while (true) {
            H2Frame frame = next();
            if (frame instanceof H2Frame.Headers fields) {
                trailers = fields.fields();
            } else if (frame instanceof H2Frame.Data data) {
                body.writeBytes(data.bytes());
                if (data.endStream()) {
                    return new H2Response(head.fields(), body.toByteArray(), trailers, frame);
                }
            } else {
                return new H2Response(head.fields(), body.toByteArray(), trailers, frame);
            }
        }
    }

    /** Waits for the next frame. */
    public H2Frame next() {
        return Eventually.take("a frame on an HTTP/3 stream", frames);
    }

    ChannelHandler handler() {
        return new Http3RequestStreamInboundHandler() {
            @Override
            protected void channelRead(ChannelHandlerContext ctx, Http3HeadersFrame frame) {
                frames.add(new H2Frame.Headers(
                        StreamSupport.stream(frame.headers().spliterator(), false)
                                .map(field -> Map.entry(
                                        field.getKey().toString(),
                                        field.getValue().toString()))
                                .toList(),
                        false));
            }

            @Override
            protected void channelRead(ChannelHandlerContext ctx, Http3DataFrame frame) {
                frames.add(new H2Frame.Data(RawH3Client.bytes(frame.content()), false));
                frame.release();
            }

            @Override
            protected void channelInputClosed(ChannelHandlerContext ctx) {
                frames.add(new H2Frame.Data(new byte[0], true));
            }

            @Override
            protected void handleQuicException(ChannelHandlerContext ctx, QuicException exception) {
                if (exception instanceof QuicStreamResetException reset) {
                    frames.add(new H2Frame.Reset(reset.applicationProtocolCode()));
                }
            }

            @Override
            protected void handleHttp3Exception(ChannelHandlerContext ctx, Http3Exception exception) {
                frames.add(new H2Frame.ConnectionClosed());
            }

            @Override
            public void channelInactive(ChannelHandlerContext ctx) {
                frames.add(new H2Frame.ConnectionClosed());
                ctx.fireChannelInactive();
            }
        };
    }
}
