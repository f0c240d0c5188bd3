package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import dev.sluice.stream.Flood;
import dev.sluice.wire.FieldRules.Verdict;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import org.jspecify.annotations.Nullable;

/** On a client's HTTP/3 connection: puts an {@link Http3Request} before Vert.x on each of its request streams. */
final class Http3Requests extends ChannelInboundHandlerAdapter {

    private static final String NAME = "sluice-http3-requests";

    private final ClientTerms.Head limits;
    private final FloodGuard guard;
    private final LongObjectMap<Http3Request> open = new LongObjectHashMap<>();

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
            Http3Request request = new Http3Request(stream, limits, guard);
            guard.opened(id);
            open.put(id, request);
            var unusedClosed = stream.closeFuture().addListener(closed -> open.remove(id));
            var unused = stream.pipeline().addLast(request);
        }
        ctx.fireChannelRead(message);
    }
}
