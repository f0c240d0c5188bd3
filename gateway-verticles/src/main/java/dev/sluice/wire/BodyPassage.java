package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;

/**
 * How the body of one message comes through Vert.x: by reference, or copied to the heap. By reference it may come only
 * while its receiver takes every chunk as it arrives and releases it ({@link BodyBuffers}): a chunk that Vert.x keeps
 * in a queue of its own, and drops there when the connection closes, would be lost.
 */
public interface BodyPassage {

    /** A body that is always copied. */
    BodyPassage COPIED = new BodyPassage() {
        @Override
        public void byReference(boolean yes) {}

        @Override
        public void taken() {}
    };

    /** Begins or ends the time in which chunks are taken at once. */
    void byReference(boolean yes);

    /** The receiver has got a chunk, of either kind. */
    void taken();

    /** Prepares a client's connection, before its first request. */
    static void prepare(HttpConnection client, ClientTerms terms, FloodListener floods) {
        ChannelHandlerContext context = Connections.contextOf(client);
        if (context == null) {
            Http3Requests.listen(client, terms.head(), floods);
            return;
        }
        WireAllocator.use(context.channel().config());
        Http2ConnectionHandler http2 = context.pipeline().get(Http2ConnectionHandler.class);
        if (http2 != null) {
            Http2Requests.listen(context, http2, terms, floods);
            HeadDeadline.of(context.channel()).met();
        } else {
            // It would only ever serve HTTP/2; idle connections are many.
            var unusedWakeUp = context.pipeline().remove(StreamWakeUp.INSTANCE);
            var unused = context.pipeline().addBefore(context.name(), Http1Bodies.NAME, new Http1Bodies());
            Http1RequestDecoder.prepare(context.pipeline());
        }
    }

    /** Cuts a client's HTTP/2 or HTTP/3 connection that was prepared and serves nobody yet, because of its address. */
    static void cut(HttpConnection client) {
        ChannelHandlerContext context = Connections.contextOf(client);
        if (context == null) {
            Http3Requests.cut(client);
        } else if (context.handler() instanceof Http2ConnectionHandler http2) {
            Http2Requests.cut(http2);
        }
    }

    /** Of the request's body. */
    static BodyPassage of(HttpServerRequest request) {
        ChannelHandlerContext context = Connections.contextOf(request.connection());
        if (context == null) {
            return COPIED;
        }
        if (context.handler() instanceof Http2ConnectionHandler http2) {
            return Http2Bodies.of(http2, request.streamId());
        }
        return context.pipeline().get(Http1Bodies.NAME) instanceof Http1Bodies http1 ? http1 : COPIED;
    }
}
