package dev.sluice.wire;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.http.impl.UnpooledHttpClientConnection;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An HTTP/2 or HTTP/3 connection to an upstream, as Vert.x runs it. */
abstract class MultiplexedConnection implements UpstreamConnection {

    /** RFC 9113 section 7. */
    private static final long H2_REFUSED_STREAM = 7;

    /** RFC 9114 section 8.1. */
    static final long H3_REQUEST_REJECTED = 0x10b;

    private final io.vertx.core.http.impl.HttpClientConnection vertx;
    private final @Nullable Http2ConnectionHandler http2;
    private long maxStreams;
    private Runnable moreStreams = () -> {};
    private Runnable goneAway = () -> {};
    private @Nullable Consumer<String> altSvc;

    /**
     * @param vertx Vert.x's own connection, under the one that it shows
     * @param http2 Netty's handler; null on HTTP/3
     */
    MultiplexedConnection(io.vertx.core.http.impl.HttpClientConnection vertx, @Nullable Http2ConnectionHandler http2) {
        this.vertx = vertx;
        this.http2 = http2;
        this.maxStreams = vertx.concurrency(); // Vert.x copies all settings to tell it
        var unused = vertx.concurrencyChangeHandler(streams -> {
            maxStreams = streams;
            moreStreams.run();
        });
    }

    static UpstreamConnection over(HttpClientConnection established) {
        var vertx = ((UnpooledHttpClientConnection) established).unwrap();
        ChannelHandlerContext context = Connections.contextOf(established);
        if (context == null) {
            return new Http3UpstreamConnection(vertx);
        }
        WireAllocator.use(context.channel().config());
        Http2ConnectionHandler http2 = (Http2ConnectionHandler) context.handler();
        // Vert.x has removed what was on the channel from its start.
        var unused = context.pipeline().addFirst(StreamWakeUp.NAME, StreamWakeUp.INSTANCE);
        Http2Bodies.listen(http2);
        return new Http2UpstreamConnection(vertx, http2);
    }

    final io.vertx.core.http.impl.HttpClientConnection vertx() {
        return vertx;
    }

    final @Nullable Http2ConnectionHandler http2() {
        return http2;
    }

    /** A stream begins. */
    void begun(MultiplexedStream stream) {}

    /** A stream has ended, in whatever way. */
    void over(MultiplexedStream stream) {}

    @Override
    public final long maxStreams() {
        return maxStreams;
    }

    @Override
    public final void onMoreStreams(Runnable changed) {
        moreStreams = changed;
    }

    @Override
    public final void onAltSvc(Consumer<String> received) {
        altSvc = received;
    }

    /** A response's head has come. */
    final void headReceived(MultiMap fields) {
        String alternatives = altSvc == null ? null : fields.get("alt-svc");
        if (altSvc != null && alternatives != null) {
            altSvc.accept(alternatives);
        }
    }

    @Override
    public void onGoAway(Runnable callback) {
        goneAway = callback;
    }

    /** The connection takes no more streams. */
    final void goneAway() {
        goneAway.run();
    }

    @Override
    public final void open(HttpMethod method, String uri, UpstreamStream.Listener listener) {
        vertx.createStream(vertx.context()).onComplete((stream, error) -> {
            if (error == null) {
                new MultiplexedStream(this, stream, method, uri, listener).opened();
            } else {
                goneAway.run();
                // Nothing of the request was sent: to whoever asked for the stream it is as good as refused.
                listener.failed(new StreamResetException(http2 == null ? H3_REQUEST_REJECTED : H2_REFUSED_STREAM));
            }
        });
    }
}
