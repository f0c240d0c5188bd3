package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.vertx.core.http.impl.http2.Http2Stream;
import io.vertx.core.http.impl.http2.codec.Http2ClientConnectionImpl;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Between the decoder and Vert.x on an HTTP/2 connection: hands DATA to Vert.x's stream by reference where its receiver
 * takes it at once, in place of the copy that Vert.x makes ({@code Http2ConnectionImpl.onDataRead}).
 *
 * <p>Vert.x returns flow-control credit for a chunk when it leaves the stream's queue, whoever has made the chunk.
 */
abstract class Http2Bodies extends Http2FrameListenerDecorator {

    private final Http2Connection connection;
    private final Http2Connection.PropertyKey bodyKey;
    private final IntFunction<@Nullable Http2Stream> receivers;

    Http2Bodies(Http2Connection connection, Http2FrameListener vertx, IntFunction<@Nullable Http2Stream> receivers) {
        super(vertx);
        this.connection = connection;
        this.bodyKey = connection.newKey();
        this.receivers = receivers;
    }

    /** Puts itself before Vert.x on an upstream's connection whose SETTINGS have come. */
    static void listen(Http2ConnectionHandler http2) {
        // Something else listens when it changes the bytes, as a decompressor does.
        if (http2.decoder().frameListener() instanceof Http2ClientConnectionImpl vertx) {
            replace(http2, new Http2Responses(http2.connection(), vertx));
        }
    }

    /** Listens in Vert.x's place. */
    static void replace(Http2ConnectionHandler http2, Http2Bodies bodies) {
        http2.decoder().frameListener(bodies);
        // The usual one copies most of what is read, for a read rarely ends where a frame does.
        http2.setCumulator(ByteToMessageDecoder.COMPOSITE_CUMULATOR);
    }

    /** The passage of the body that is received on a stream; for each stream, call once and before its first DATA. */
    static BodyPassage of(Http2ConnectionHandler http2, long stream) {
        return http2.decoder().frameListener() instanceof Http2Bodies bodies
                ? bodies.open((int) stream)
                : BodyPassage.COPIED;
    }

    /** Vert.x's stream; null when it has none of this id, or none yet. */
    final @Nullable Http2Stream receiver(int id) {
        return receivers.apply(id);
    }

    private BodyPassage open(int id) {
        io.netty.handler.codec.http2.Http2Stream stream = connection.stream(id);
        Http2Stream receiver = receiver(id);
        if (stream == null || receiver == null) {
            return BodyPassage.COPIED; // it is closed already
        }
        Http2Body body = new Http2Body(receiver);
        stream.setProperty(bodyKey, body);
        return body;
    }

    @Override
    public int onDataRead(ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream)
            throws Http2Exception {
        io.netty.handler.codec.http2.Http2Stream stream = connection.stream(streamId);
        @Nullable Http2Body body = stream == null ? null : stream.getProperty(bodyKey);
        if (body == null || !body.next(data.readableBytes())) {
            return super.onDataRead(ctx, streamId, data, padding, endOfStream);
        }
        body.hand(data.retainedSlice());
        if (endOfStream) {
            body.receiver().onTrailers();
        }
        return padding;
    }
}
