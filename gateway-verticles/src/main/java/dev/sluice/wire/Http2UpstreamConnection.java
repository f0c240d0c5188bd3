package dev.sluice.wire;

import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.vertx.core.http.impl.HttpClientConnection;

/** An HTTP/2 connection to an upstream. */
final class Http2UpstreamConnection extends MultiplexedConnection {

    private final Http2ConnectionHandler http2;

    Http2UpstreamConnection(HttpClientConnection vertx, Http2ConnectionHandler http2) {
        super(vertx, http2);
        this.http2 = http2;
    }

    @Override
    public void onGoAway(Runnable callback) {
        super.onGoAway(callback);
        var unused = vertx().goAwayHandler(goAway -> {
            GoAways.release(goAway);
            goneAway();
        });
    }

    /** Netty knows every GOAWAY: Vert.x tells of the first one alone, which often promises to serve all streams. */
    @Override
    public boolean disowned(long streamId) {
        return http2.connection().goAwayReceived()
                && streamId > http2.connection().local().lastStreamKnownByPeer();
    }
}
