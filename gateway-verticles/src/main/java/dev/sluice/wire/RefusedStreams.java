package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes Netty remember the streams whose head it has refused. Its decoder checks fields before it creates the stream
 * ({@code HpackDecoder}), answers RST_STREAM, and takes the DATA behind it for a stream that never was, which ends the
 * connection with all of its streams. So a reset of a stream that is not there yet, as it goes by, creates and closes it
 * (RFC 9113 section 5.1: frames on a closed stream are that stream's affair). The same for streams beyond the most that there may be at a
 * time (section 5.1.2). Netty answers what comes behind with a reset more,
 * which goes nowhere (section 5.4.2).
 */
final class RefusedStreams extends ChannelOutboundHandlerAdapter {

    static final String NAME = "sluice-refused-streams";

    private static final int RST_STREAM_BYTES = Http2CodecUtil.FRAME_HEADER_LENGTH + Integer.BYTES;

    /** More than a client has under way before it reads the resets; beyond it a second reset does no harm. */
    private static final int REMEMBERED = 128;

    private final Http2Connection connection;
    /** Streams that were refused last, from {@link #next} on; 0 is none. Made with the first. */
    private int @Nullable [] refused;

    private int next;

    RefusedStreams(Http2Connection connection) {
        this.connection = connection;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) throws Http2Exception {
        if (message instanceof ByteBuf frame && isReset(frame)) {
            int id = frame.getInt(frame.readerIndex() + 5);
            if (isRefused(id)) {
                boolean unused = frame.release();
                promise.setSuccess();
                return;
            }
            if (connection.remote().isValidStreamId(id)
                    && !connection.streamMayHaveExisted(id)
                    && !isBehindGoAway(id)) {
                remember(id);
            }
        }
        var unused = ctx.write(message, promise);
    }

    /** Whether or not there is room for a stream more: that there is none may be why it was refused. */
    private void remember(int id) throws Http2Exception {
        Http2Connection.Endpoint<?> client = connection.remote();
        int most = client.maxActiveStreams();
        client.maxActiveStreams(Integer.MAX_VALUE);
        try {
            var unused = client.createStream(id, false).close();
        } finally {
            client.maxActiveStreams(most);
        }
        if (refused == null) {
            refused = new int[REMEMBERED];
        }
        refused[next] = id;
        next = (next + 1) % REMEMBERED;
    }

    private boolean isRefused(int id) {
        int[] last = refused;
        return last != null && Arrays.stream(last).anyMatch(each -> each == id);
    }

    /** Of those Netty knows that they never were, takes what comes behind for nothing, and refuses to create one. */
    private boolean isBehindGoAway(int id) {
        return connection.goAwaySent() && id > connection.remote().lastStreamKnownByPeer();
    }

    private static boolean isReset(ByteBuf frame) {
        return frame.readableBytes() == RST_STREAM_BYTES
                && frame.getByte(frame.readerIndex() + 3) == Http2FrameTypes.RST_STREAM
                && frame.getMedium(frame.readerIndex()) == Integer.BYTES;
    }
}
