package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.stream.Flood;
import dev.sluice.wire.FieldRules.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.http2.codec.Http2ServerConnectionImpl;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Between the decoder and Vert.x on a client's HTTP/2 connection: besides what {@link Http2Bodies} does, resets streams
 * whose fields are malformed, notes heads beyond the limits, and keeps the trailers, which Vert.x drops
 * ({@code Http2ServerConnectionImpl.onHeadersRead}).
 */
final class Http2Requests extends Http2Bodies {

    /** The words by which gRPC's clients know that they ought to send fewer (gRFC A8). */
    private static final String TOO_MANY_PINGS = "too_many_pings";

    private final Http2ConnectionHandler http2;
    private final Http2Connection connection;
    private final ClientTerms.Head limits;
    private final boolean webSocket;
    private final FloodGuard guard;
    private final Http2Floods floods;
    /** {@link FieldLines} of a stream that has had its trailers. */
    private final Http2Connection.PropertyKey trailersKey;
    /** {@link Verdict} of a stream whose head is beyond a limit. */
    private final Http2Connection.PropertyKey verdictKey;
    /** What the extended CONNECT of a stream asks for. */
    private final Http2Connection.PropertyKey protocolKey;

    private Http2Requests(
            ChannelHandlerContext context,
            Http2ConnectionHandler http2,
            Http2ServerConnectionImpl vertx,
            ClientTerms terms,
            FloodListener floods) {
        super(http2.connection(), vertx, vertx::stream);
        this.http2 = http2;
        this.connection = http2.connection();
        this.limits = terms.head();
        this.webSocket = terms.upgrades().webSocket();
        this.guard = new FloodGuard(System::nanoTime, floods);
        this.floods = Http2Floods.watch(context, http2, id -> vertx.stream(id) != null, guard);
        this.trailersKey = connection.newKey();
        this.verdictKey = connection.newKey();
        this.protocolKey = connection.newKey();
    }

    /** Puts itself before Vert.x on a client's connection whose SETTINGS have come; the context is that of Netty's handler. */
    static void listen(
            ChannelHandlerContext context, Http2ConnectionHandler http2, ClientTerms terms, FloodListener floods) {
        if (http2.decoder().frameListener() instanceof Http2ServerConnectionImpl vertx) {
            replace(http2, new Http2Requests(context, http2, vertx, terms, floods));
            var unused = context.pipeline()
                    .addBefore(context.name(), RefusedStreams.NAME, new RefusedStreams(http2.connection()));
        }
    }

    /** Cuts a connection that serves nobody yet, as one of an address that floods. */
    static void cut(Http2ConnectionHandler http2) {
        if (http2.decoder().frameListener() instanceof Http2Requests requests) {
            boolean unused = requests.guard.cut(Flood.ADDRESS, 1);
            requests.floods.cut();
        }
    }

    static FieldLines trailers(HttpServerRequest request) {
        return of(request, requests -> requests.trailersKey) instanceof FieldLines trailers
                ? trailers
                : FieldLines.NONE;
    }

    static Verdict verdict(HttpServerRequest request) {
        return of(request, requests -> requests.verdictKey) instanceof Verdict verdict ? verdict : Verdict.VALID;
    }

    static @Nullable String protocol(HttpServerRequest request) {
        return of(request, requests -> requests.protocolKey) instanceof String protocol ? protocol : null;
    }

    /** A property of the request's stream; null when it has none, or has closed. */
    private static @Nullable Object of(
            HttpServerRequest request, Function<Http2Requests, Http2Connection.PropertyKey> key) {
        ChannelHandlerContext context = Connections.contextOf(request.connection());
        if (context == null
                || !(context.handler() instanceof Http2ConnectionHandler http2)
                || !(http2.decoder().frameListener() instanceof Http2Requests requests)) {
            return null;
        }
        Http2Stream stream = requests.connection.stream((int) request.streamId());
        return stream == null ? null : stream.getProperty(key.apply(requests));
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx,
            int streamId,
            Http2Headers headers,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean endOfStream)
            throws Http2Exception {
        Http2Stream stream = connection.stream(streamId);
        if (receiver(streamId) == null) {
            guard.opened(streamId);
            head(stream, headers);
        } else {
            trailers(stream, headers);
        }
        super.onHeadersRead(ctx, streamId, headers, streamDependency, weight, exclusive, padding, endOfStream);
    }

    private void head(Http2Stream stream, Http2Headers headers) throws Http2Exception {
        // Malformed for a client that has not been told of it (RFC 8441 section 3).
        String protocol = webSocket ? ExtendedConnect.take(headers) : null;
        if (protocol != null) {
            stream.setProperty(protocolKey, protocol);
        }
        Verdict verdict = FieldRules.head(headers, limits);
        if (verdict == Verdict.MALFORMED) {
            throw malformed(stream);
        }
        if (verdict != Verdict.VALID) {
            stream.setProperty(verdictKey, verdict);
        }
    }

    private void trailers(Http2Stream stream, Http2Headers trailers) throws Http2Exception {
        switch (FieldRules.trailers(trailers, limits)) {
            case VALID -> {
                if (!trailers.isEmpty()) {
                    stream.setProperty(trailersKey, FieldRules.copy(trailers));
                }
            }
            case MALFORMED, TARGET_TOO_LONG -> throw malformed(stream);
            case TOO_LARGE ->
                throw Http2Exception.streamError(
                        stream.id(), Http2Error.ENHANCE_YOUR_CALM, "the trailers are beyond a limit");
        }
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) throws Http2Exception {
        Http2Stream stream = connection.stream(streamId);
        boolean answered = stream == null || stream.state() == Http2Stream.State.HALF_CLOSED_LOCAL;
        // The stream goes first, so that its exchange is over in any case.
        super.onRstStreamRead(ctx, streamId, errorCode);
        if (guard.reset(streamId, answered)) {
            throw floods.calm();
        }
    }

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
        Http2RemoteFlowController flow = http2.encoder().flowController();
        if (guard.ping(flow.windowSize(connection.connectionStream()))) {
            throw floods.calm(TOO_MANY_PINGS);
        }
        super.onPingRead(ctx, data);
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) throws Http2Exception {
        count(Flood.SETTINGS);
        super.onSettingsRead(ctx, settings);
    }

    @Override
    public void onPriorityRead(
            ChannelHandlerContext ctx, int streamId, int streamDependency, short weight, boolean exclusive)
            throws Http2Exception {
        count(Flood.PRIORITIES);
        super.onPriorityRead(ctx, streamId, streamDependency, weight, exclusive);
    }

    @Override
    public void onWindowUpdateRead(ChannelHandlerContext ctx, int streamId, int windowSizeIncrement)
            throws Http2Exception {
        if (windowSizeIncrement <= Defaults.TINY_WINDOW_UPDATE) {
            count(Flood.TINY_WINDOW_UPDATES);
        }
        super.onWindowUpdateRead(ctx, streamId, windowSizeIncrement);
    }

    @Override
    public void onUnknownFrame(
            ChannelHandlerContext ctx, byte frameType, int streamId, Http2Flags flags, ByteBuf payload)
            throws Http2Exception {
        count(Flood.UNKNOWN_FRAMES);
        super.onUnknownFrame(ctx, frameType, streamId, flags, payload);
    }

    private void count(Flood kind) throws Http2Exception {
        if (guard.count(kind)) {
            throw floods.calm();
        }
    }

    private static Http2Exception malformed(Http2Stream stream) {
        return Http2Exception.streamError(stream.id(), Http2Error.PROTOCOL_ERROR, "a field is malformed");
    }
}
