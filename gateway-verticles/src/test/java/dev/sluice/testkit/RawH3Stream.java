package dev.sluice.testkit;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3GoAwayFrame;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.DefaultHttp3UnknownFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3Exception;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicException;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamResetException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * One request stream of a {@link RawH3Client}, or of a client of a {@link RawH3Upstream}. What comes is told in the frames of HTTP/2; its end is
 * an empty DATA.
 */
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

    /** Sends from now on what Netty's client would not, such as a request behind a GOAWAY. */
    public RawH3Stream unvalidated() {
        for (String name : channel().pipeline().names()) {
            if (name.startsWith("Http3RequestStreamValidationHandler")) {
                var unused = channel().pipeline().remove(name);
            }
        }
        return this;
    }

    /** QUIC's stream id. */
    public long id() {
        return channel().streamId();
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

    /** Sends a response head with this status. */
    public RawH3Stream respond(int status, boolean end) {
        return headers(new DefaultHttp3Headers(false).status(Integer.toString(status)), end);
    }

    /** Sends one DATA frame. */
    public RawH3Stream data(byte[] bytes, boolean end) {
        lastWrite = channel().writeAndFlush(new DefaultHttp3DataFrame(Unpooled.wrappedBuffer(bytes)));
        return end ? end() : this;
    }

    /** Sends an empty frame of a reserved type (RFC 9114 section 7.2.8). */
    public RawH3Stream unknown() {
        lastWrite = channel().writeAndFlush(new DefaultHttp3UnknownFrame(0x40, Unpooled.EMPTY_BUFFER));
        return this;
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

    /** Sends STOP_SENDING. */
    public void stopSending(int code) {
        var unused = channel().shutdownInput(code);
    }

    /** Sends GOAWAY on this stream's connection: streams from this id on were not processed. */
    public void goAway(long id) {
        var control = requireNonNull(Http3.getLocalControlStream(channel().parent()), "no control stream");
        var unused = control.writeAndFlush(new DefaultHttp3GoAwayFrame(id));
    }

    /** Closes this stream's connection with this application error code. */
    public void closeConnection(int code) {
        RawH3Client.get(channel().parent().close(true, code, Unpooled.EMPTY_BUFFER));
    }

    /** Waits for the end of the response, however it ends; interim heads are skipped. */
    public H2Response response() {
        return H2Response.read(this::next);
    }

    /** Waits for the next frame. */
    public H2Frame next() {
        return Eventually.take("a frame on an HTTP/3 stream", frames);
    }

    /** Sends DATA, a frame behind the other, until the peer's STOP_SENDING refuses it. */
    public void awaitStopped() {
        ChannelFuture[] last = {probe()};
        Eventually.holds("STOP_SENDING", () -> {
            if (last[0].isSuccess()) {
                last[0] = probe();
            }
            return last[0].isDone() && !last[0].isSuccess();
        });
    }

    private ChannelFuture probe() {
        return channel().writeAndFlush(new DefaultHttp3DataFrame(Unpooled.wrappedBuffer(new byte[1])));
    }

    /** Waits for the next frame, which must be HEADERS. */
    public H2Frame.Headers nextHeaders() {
        H2Frame frame = next();
        if (frame instanceof H2Frame.Headers head) {
            return head;
        }
        throw new AssertionError(frame + " (expected: HEADERS)");
    }

    /** Frames that came and were not taken. */
    public List<H2Frame> pending() {
        return List.copyOf(frames);
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
