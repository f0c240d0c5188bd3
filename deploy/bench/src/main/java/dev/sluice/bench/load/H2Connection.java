package dev.sluice.bench.load;

import dev.sluice.bench.wire.Http2Endpoint;
import dev.sluice.bench.wire.Http2Frames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection that speaks HTTP/2, with or without TLS. A request is answered when its stream is closed, so that the
 * next one never exceeds the streams the server allows. Netty flushes what was written when a read is over.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write fails only when its stream or connection has
final class H2Connection extends Http2Frames implements TcpConnection {

    private final List<PreparedCall<Http2Headers>> calls;
    private final Channel channel;
    private final Listener listener;
    private final Http2ConnectionHandler handler = Http2Endpoint.handler(false, this);
    private final Http2Connection streams = handler.connection();
    private final Http2Connection.PropertyKey answerKey = streams.newKey();
    private boolean connected;
    private boolean open;
    private @Nullable String failure;

    H2Connection(List<PreparedCall<Http2Headers>> calls, Channel channel, Listener listener) {
        this.calls = calls;
        this.channel = channel;
        this.listener = listener;
        streams.addListener(new Http2ConnectionAdapter() {
            @Override
            public void onGoAwayReceived(int lastStreamId, long errorCode, ByteBuf debugData) {
                // Comes before the streams that the peer has not seen are closed, which would say something else.
                fail("GOAWAY, code " + errorCode);
            }

            @Override
            public void onStreamClosed(Http2Stream stream) {
                answered(stream);
            }
        });
    }

    @Override
    public ChannelHandler handler() {
        return handler;
    }

    @Override
    public void ready() {
        connected = true;
        channel.flush();
    }

    /** The server's settings are the first thing it says: only now its limits are known. */
    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
        if (connected && !open && failure == null) {
            open = true;
            Http2Endpoint.openWindow(streams);
            listener.opened(this);
        }
    }

    @Override
    public void send(int call, long due) {
        PreparedCall<Http2Headers> prepared = calls.get(call);
        ByteBuf body = prepared.body();
        ChannelHandlerContext ctx = channel.pipeline().context(handler);
        int id = streams.local().incrementAndGetNextStreamId();
        handler.encoder().writeHeaders(ctx, id, prepared.headers(), 0, body == null, ctx.newPromise());
        Http2Stream stream = streams.stream(id);
        StreamAnswer answer = new StreamAnswer(prepared.grpcAnswer(), due);
        if (stream != null) {
            stream.setProperty(answerKey, answer);
            if (body != null) {
                handler.encoder().writeData(ctx, id, body, 0, true, ctx.newPromise());
            }
            return;
        }
        if (body != null) {
            body.release();
        }
        fail("no stream to be had");
        answer.broken("no stream to be had");
        listener.answered(this, due, answer.failure());
    }

    @Override
    public void onHeadersRead(ChannelHandlerContext ctx, int id, Http2Headers headers, int padding, boolean end) {
        StreamAnswer answer = answer(id);
        if (answer != null) {
            answer.fields(headers);
            if (end) {
                answer.end();
            }
        }
    }

    @Override
    public int onDataRead(ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean end) {
        StreamAnswer answer = answer(id);
        if (answer != null) {
            answer.data(data.readableBytes());
            if (end) {
                answer.end();
            }
        }
        return data.readableBytes() + padding;
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int id, long errorCode) {
        StreamAnswer answer = answer(id);
        if (answer != null) {
            answer.broken("stream reset, code " + errorCode);
        }
    }

    private void fail(String reason) {
        open = false;
        failure = failure == null ? reason : failure;
        channel.close();
    }

    private @Nullable StreamAnswer answer(int id) {
        Http2Stream stream = streams.stream(id);
        return stream == null ? null : stream.getProperty(answerKey);
    }

    private void answered(Http2Stream stream) {
        StreamAnswer answer = stream.removeProperty(answerKey);
        if (answer != null) {
            if (failure != null) {
                answer.broken(failure);
            }
            listener.answered(this, answer.due(), answer.failure());
        }
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public boolean usable() {
        return open;
    }

    @Override
    public void close() {
        open = false;
        channel.close();
    }

    @Override
    public void lost(@Nullable String reason) {
        open = false;
        failure = failure == null ? reason : failure;
        if (failure == null && streams.numActiveStreams() > 0) {
            failure = "closed before the end of the answer";
        }
        try {
            streams.forEachActiveStream(stream -> {
                answered(stream);
                return true;
            });
        } catch (Http2Exception e) {
            throw new IllegalStateException(e);
        }
        listener.closed(this, failure);
    }
}
