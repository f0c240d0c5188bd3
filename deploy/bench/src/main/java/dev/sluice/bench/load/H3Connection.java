package dev.sluice.bench.load;

import static java.util.Objects.requireNonNull;

import dev.sluice.bench.wire.Http3Client;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3GoAwayFrame;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A connection that speaks HTTP/3. */
@SuppressWarnings("FutureReturnValueIgnored") // a write fails only when its stream or connection has
final class H3Connection implements Connection, Http3Client.User {

    private final List<PreparedCall<Http3Headers>> calls;
    private final Channel socket;
    private final Listener listener;
    private final Set<H3Stream> streams = new HashSet<>();
    private @Nullable QuicChannel channel;
    private boolean open;
    private @Nullable String failure;

    H3Connection(List<PreparedCall<Http3Headers>> calls, Channel socket, Listener listener) {
        this.calls = calls;
        this.socket = socket;
        this.listener = listener;
    }

    @Override
    public ChannelHandler control() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object frame) {
                if (frame instanceof Http3GoAwayFrame) {
                    fail("GOAWAY");
                }
                ReferenceCountUtil.release(frame);
            }
        };
    }

    @Override
    public ChannelHandler events() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelInactive(ChannelHandlerContext ctx) {
                socket.close();
                ctx.fireChannelInactive();
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                fail(cause.toString());
            }
        };
    }

    @Override
    public void ready(QuicChannel channel) {
        this.channel = channel;
        open = true;
        listener.opened(this);
    }

    @Override
    public void send(int call, long due) {
        PreparedCall<Http3Headers> prepared = calls.get(call);
        H3Stream stream = new H3Stream(this, new StreamAnswer(prepared.grpcAnswer(), due));
        streams.add(stream);
        Http3.newRequestStream(requireNonNull(channel), stream).addListener((Future<QuicStreamChannel> created) -> {
            if (created.isSuccess()) {
                write(created.getNow(), prepared);
            } else {
                fail("no stream to be had: " + created.cause().getMessage());
            }
        });
    }

    private static void write(QuicStreamChannel stream, PreparedCall<Http3Headers> call) {
        ByteBuf body = call.body();
        DefaultHttp3HeadersFrame head = new DefaultHttp3HeadersFrame(call.headers());
        if (body == null) {
            stream.writeAndFlush(head).addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
        } else {
            stream.write(head);
            stream.writeAndFlush(new DefaultHttp3DataFrame(body)).addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
        }
    }

    /** A stream's answer is over, in one way or another. */
    void answered(H3Stream stream, StreamAnswer answer) {
        if (streams.remove(stream)) {
            listener.answered(this, answer.due(), answer.failure());
        }
    }

    @Override
    public void flush() {
        // Every request is flushed as it is written; QUIC gathers them into packets.
    }

    @Override
    public boolean usable() {
        return open;
    }

    /** Closes the connection for a reason, the first of which counts. */
    @Override
    public void fail(String reason) {
        failure = failure == null ? reason : failure;
        close();
    }

    @Override
    public void close() {
        open = false;
        if (channel == null) {
            socket.close();
        } else {
            channel.close();
        }
    }

    @Override
    public void lost() {
        open = false;
        if (failure == null && !streams.isEmpty()) {
            failure = "closed before the end of the answer";
        }
        List.copyOf(streams).forEach(stream -> stream.broken(failure));
        listener.closed(this, failure);
    }
}
