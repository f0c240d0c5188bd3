package dev.sluice.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.stream.Flood;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2LifecycleManager;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.function.IntPredicate;

/**
 * Cuts a client's HTTP/2 connection with ENHANCE_YOUR_CALM. Counts the streams that Netty or Sluice reset for the client's
 * errors, for which it stands between Netty's encoder and its handler, and sees the cuts by Netty's own limits.
 */
final class Http2Floods extends Http2ConnectionAdapter implements Http2LifecycleManager {

    private final ChannelHandlerContext context;
    private final Http2ConnectionHandler http2;
    private final IntPredicate known;
    private final FloodGuard guard;

    private Http2Floods(
            ChannelHandlerContext context, Http2ConnectionHandler http2, IntPredicate known, FloodGuard guard) {
        this.context = context;
        this.http2 = http2;
        this.known = known;
        this.guard = guard;
    }

    /**
     * Begins.
     *
     * @param context of Netty's handler
     * @param known whether Vert.x knows a stream
     */
    static Http2Floods watch(
            ChannelHandlerContext context, Http2ConnectionHandler http2, IntPredicate known, FloodGuard guard) {
        Http2Floods floods = new Http2Floods(context, http2, known, guard);
        http2.connection().addListener(floods);
        http2.encoder().lifecycleManager(floods);
        return floods;
    }

    /** What to throw while a frame is being read. */
    Http2Exception calm() throws Http2Exception {
        return calm("too much of one kind");
    }

    /** The same, with these words in the GOAWAY. */
    Http2Exception calm(String words) throws Http2Exception {
        // Vert.x fails at streams that it does not know, as those of malformed heads, and then no GOAWAY is sent
        // (Http2ConnectionImpl.onConnectionError).
        var unused = http2.connection().forEachActiveStream(stream -> {
            if (!known.test(stream.id())) {
                var unusedStream = stream.close();
            }
            return true;
        });
        return Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, words);
    }

    /** Cuts at any other time. */
    void cut() {
        Http2Exception calm;
        try {
            calm = calm();
        } catch (Http2Exception impossible) {
            throw new IllegalStateException(impossible); // nothing of the visitor throws
        }
        http2.onError(context, true, calm);
    }

    /** Whatever sends it. */
    @Override
    public void onGoAwaySent(int lastStreamId, long errorCode, ByteBuf debugData) {
        if (errorCode == Http2Error.ENHANCE_YOUR_CALM.code()) {
            boolean unused = guard.cut(kind(debugData.toString(US_ASCII)), 1);
            FloodCut.begin(context.channel());
        }
    }

    /** Of Netty's limits; nothing but its words tells them apart. */
    private static Flood kind(String netty) {
        return netty.contains("continuation")
                ? Flood.CONTINUATIONS
                : netty.contains("empty data") ? Flood.EMPTY_DATA : Flood.ANSWERS;
    }

    @Override
    public ChannelFuture resetStream(ChannelHandlerContext ctx, int streamId, long errorCode, ChannelPromise promise) {
        Http2Stream stream = http2.connection().stream(streamId);
        boolean provoked =
                stream == null ? isUnknownStreamsError(errorCode) : !stream.isResetSent() && isClientsError(errorCode);
        ChannelFuture written = http2.resetStream(ctx, streamId, errorCode, promise);
        if (provoked && guard.count(Flood.PROVOKED_RESETS)) {
            cut();
        }
        return written;
    }

    /** But for STREAM_CLOSED: what an honest client had sent before it learned of a stream's end may still come. */
    private static boolean isUnknownStreamsError(long code) {
        return code == Http2Error.REFUSED_STREAM.code() // more streams than were granted
                || (isClientsError(code) && code != Http2Error.STREAM_CLOSED.code());
    }

    /** Codes that Sluice uses for nothing else. */
    private static boolean isClientsError(long code) {
        return code == Http2Error.PROTOCOL_ERROR.code()
                || code == Http2Error.FLOW_CONTROL_ERROR.code()
                || code == Http2Error.STREAM_CLOSED.code()
                || code == Http2Error.FRAME_SIZE_ERROR.code()
                || code == Http2Error.ENHANCE_YOUR_CALM.code();
    }

    @Override
    public void closeStreamLocal(Http2Stream stream, ChannelFuture future) {
        http2.closeStreamLocal(stream, future);
    }

    @Override
    public void closeStreamRemote(Http2Stream stream, ChannelFuture future) {
        http2.closeStreamRemote(stream, future);
    }

    @Override
    public void closeStream(Http2Stream stream, ChannelFuture future) {
        http2.closeStream(stream, future);
    }

    @Override
    public ChannelFuture goAway(
            ChannelHandlerContext ctx, int lastStreamId, long errorCode, ByteBuf debugData, ChannelPromise promise) {
        return http2.goAway(ctx, lastStreamId, errorCode, debugData, promise);
    }

    @Override
    public void onError(ChannelHandlerContext ctx, boolean outbound, Throwable cause) {
        http2.onError(ctx, outbound, cause);
    }
}
