package dev.sluice.wire;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import org.jspecify.annotations.Nullable;

/** An HTTP/2 or HTTP/3 connection, as Vert.x runs it. */
record MultiplexedConnection(HttpClientConnection connection, @Nullable Http2ConnectionHandler http2)
        implements UpstreamConnection {

    static UpstreamConnection over(HttpClientConnection established) {
        ChannelHandlerContext context = Connections.contextOf(established);
        if (context == null) {
            return new MultiplexedConnection(established, null);
        }
        WireAllocator.use(context.channel().config());
        Http2ConnectionHandler http2 = (Http2ConnectionHandler) context.handler();
        Http2Bodies.listen(http2);
        return new MultiplexedConnection(established, http2);
    }

    @Override
    public void open(HttpMethod method, String uri, UpstreamStream.Listener listener) {
        connection.request(new RequestOptions().setMethod(method).setURI(uri)).onComplete((request, error) -> {
            if (error == null) {
                new MultiplexedStream(request, http2, listener).opened();
            } else {
                listener.failed(error);
            }
        });
    }
}
