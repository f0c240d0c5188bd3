package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import dev.sluice.stream.Flood;
import dev.sluice.wire.FieldRules.Verdict;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import org.jspecify.annotations.Nullable;

/** On a client's HTTP/3 connection: puts an {@link Http3Request} before Vert.x on each of its request streams. */
final class Http3Requests extends ChannelInboundHandlerAdapter {

    private static final String NAME = "sluice-http3-requests";

    /** Between the ids of a client's requests (RFC 9000 section 2.1). */
    private static final long STREAM_ID_STEP = 4;

    private final ClientTerms.Head limits;
    private final FloodGuard guard;
    private final LongObjectMap<Http3Request> open = new LongObjectHashMap<>();
    /** The id behind the greatest of a stream that is served. */
    private long next;

    private boolean refusing;

    private Http3Requests(ClientTerms.Head limits, FloodListener floods) {
        this.limits = limits;
        this.guard = new FloodGuard(System::nanoTime, floods);
    }

    /** Between Netty's handler of the connection, which makes frames on a new stream, and Vert.x's. */
    static void listen(HttpConnection client, ClientTerms.Head limits, FloodListener floods) {
        if (client instanceof HttpServerConnection server) {
            ChannelPipeline pipeline = server.channelHandlerContext().pipeline();
            ChannelHandlerContext http3 = pipeline.context(Http3ServerConnectionHandler.class);
            if (http3 != null) {
                var unused = pipeline.addAfter(http3.name(), NAME, new Http3Requests(limits, floods));
            }
        }
    }

    /**
     * From now on refuses requests, as ones that are safe to repeat on another connection. Those that were sent before one
     * that has come already are served, also when they come later.
     *
     * @return the least stream id that is refused, for GOAWAY (RFC 9114 section 5.2)
     */
    static long refuseLater(HttpConnection client) {
        if (client instanceof HttpServerConnection server
                && server.channelHandlerContext().pipeline().get(NAME) instanceof Http3Requests requests) {
            requests.refusing = true;
            return requests.next;
        }
        throw new IllegalArgumentException(client + " (expected: a client's HTTP/3 connection that was prepared)");
    }

    /** Cuts a connection that serves nobody yet, as one of an address that floods. */
    static void cut(HttpConnection client) {
        if (client instanceof HttpServerConnection server
                && server.channelHandlerContext().pipeline().get(NAME) instanceof Http3Requests requests
                && server.channelHandlerContext().channel() instanceof QuicChannel connection) {
            boolean unusedCut = requests.guard.cut(Flood.ADDRESS, 1);
            calm(connection);
        }
    }

    /** Ends the connection. */
    static void calm(QuicChannel connection) {
        var unused = connection.close(true, Http3ErrorCode.H3_EXCESSIVE_LOAD.code(), Unpooled.EMPTY_BUFFER);
    }

    static FieldLines trailers(HttpServerRequest request) {
        Http3Request stream = of(request);
        return stream == null ? FieldLines.NONE : stream.trailers();
    }

    static Verdict verdict(HttpServerRequest request) {
        Http3Request stream = of(request);
        return stream == null ? Verdict.VALID : stream.verdict();
    }

    private static @Nullable Http3Request of(HttpServerRequest request) {
        return request.connection() instanceof HttpServerConnection server
                        && server.channelHandlerContext().pipeline().get(NAME) instanceof Http3Requests requests
                ? requests.open.get(request.streamId())
                : null;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof QuicStreamChannel stream && stream.type() == QuicStreamType.BIDIRECTIONAL) {
            long id = stream.streamId();
            if (refusing && id >= next) {
                refuse(ctx, stream);
                return;
            }
            next = Math.max(next, id + STREAM_ID_STEP);
            Http3Request request = new Http3Request(stream, limits, guard);
            guard.opened(id);
            open.put(id, request);
            var unusedClosed = stream.closeFuture().addListener(closed -> open.remove(id));
            var unused = stream.pipeline().addLast(request);
        }
        ctx.fireChannelRead(message);
    }

    /** Past Vert.x, which shall not hear of it: behind the last handler Netty opens the stream. */
    private static void refuse(ChannelHandlerContext ctx, QuicStreamChannel stream) {
        var unusedPipeline = stream.pipeline().addLast(Refused.INSTANCE);
        var unusedContext = ctx.pipeline().lastContext().fireChannelRead(stream);
        var unused = stream.shutdown(Http3ErrorCode.H3_REQUEST_REJECTED.code());
    }

    /** Takes what still comes on a refused stream. */
    @Sharable
    private static final class Refused extends ChannelInboundHandlerAdapter {

        static final Refused INSTANCE = new Refused();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object frame) {
            ReferenceCountUtil.release(frame);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // the stream has been reset already
        }
    }
}
