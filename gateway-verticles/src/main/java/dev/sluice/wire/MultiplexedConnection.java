package dev.sluice.wire;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.impl.UnpooledHttpClientConnection;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 or HTTP/3 connection, as Vert.x runs it.
 *
 * @param vertx Vert.x's own connection, under the one that it shows
 * @param http2 Netty's handler; null on HTTP/3
 */
record MultiplexedConnection(io.vertx.core.http.impl.HttpClientConnection vertx, @Nullable Http2ConnectionHandler http2)
        implements UpstreamConnection {

    static UpstreamConnection over(HttpClientConnection established) {
        var vertx = ((UnpooledHttpClientConnection) established).unwrap();
        ChannelHandlerContext context = Connections.contextOf(established);
        if (context == null) {
            return new MultiplexedConnection(vertx, null);
        }
        WireAllocator.use(context.channel().config());
        Http2ConnectionHandler http2 = (Http2ConnectionHandler) context.handler();
        Http2Bodies.listen(http2);
        return new MultiplexedConnection(vertx, http2);
    }

    @Override
    public void open(HttpMethod method, String uri, UpstreamStream.Listener listener) {
        vertx.createStream(vertx.context()).onComplete((stream, error) -> {
            if (error == null) {
                new MultiplexedStream(this, stream, method, uri, listener).opened();
            } else {
                listener.failed(error);
            }
        });
    }

    /** Netty knows every GOAWAY: Vert.x tells of the first one alone, which often promises to serve all streams. */
    @Override
    public boolean disowned(long streamId) {
        return http2 != null
                && http2.connection().goAwayReceived()
                && streamId > http2.connection().local().lastStreamKnownByPeer();
    }
}
