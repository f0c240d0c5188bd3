package dev.sluice.wire;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.impl.HttpClientStream;
import io.vertx.core.http.impl.headers.HttpHeaders;
import io.vertx.core.http.impl.http2.Http2ClientStream;
import io.vertx.core.http.impl.http3.Http3ClientStream;
import io.vertx.core.http.impl.http3.Http3Stream;
import io.vertx.core.internal.net.QuicStreamInternal;
import io.vertx.core.net.impl.MessageWrite;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Ends requests to upstreams in ways that Vert.x's client does not know: with trailers, and in both directions at once. On HTTP/2 they go through the queue of Vert.x's
 * stream, behind the DATA that waits there; its methods for that are public, its class is not. On HTTP/3 there is no
 * queue, but no way to the QUIC stream either, other than the field that holds it.
 */
final class UpstreamStreams {

    private static final String HTTP2_STREAM = "io.vertx.core.http.impl.http2.DefaultHttp2Stream";

    private static final MethodHandle QUEUE;
    private static final MethodHandle WRITE_HEADERS;
    private static final VarHandle QUIC_STREAM;

    static {
        try {
            Lookup here = MethodHandles.lookup();
            Class<?> http2 = Class.forName(HTTP2_STREAM, false, Http2ClientStream.class.getClassLoader());
            Lookup inHttp2 = MethodHandles.privateLookupIn(http2, here);
            QUEUE = inHttp2.findVirtual(http2, "write", MethodType.methodType(void.class, MessageWrite.class));
            WRITE_HEADERS = inHttp2.findVirtual(
                    http2, "writeHeaders", MethodType.methodType(Future.class, MultiMap.class, boolean.class));
            QUIC_STREAM = MethodHandles.privateLookupIn(Http3Stream.class, here)
                    .findVarHandle(Http3Stream.class, "stream", QuicStreamInternal.class);
        } catch (ReflectiveOperationException changed) {
            throw new ExceptionInInitializerError(changed);
        }
    }

    private UpstreamStreams() {}

    /** Sends trailers as the last frame of the stream. */
    static void writeTrailers(HttpClientStream stream, FieldLines trailers) {
        if (stream instanceof Http3ClientStream http3) {
            DefaultHttp3HeadersFrame frame = new DefaultHttp3HeadersFrame();
            for (int i = 0; i < trailers.size(); i++) {
                var unused = frame.headers().add(trailers.name(i).toLowerCase(Locale.ROOT), trailers.value(i));
            }
            var unusedWrite = ((QuicStreamInternal) QUIC_STREAM.get(http3)).writeMessage(frame);
            var unusedEnd = http3.writeChunk(null, true);
            return;
        }
        HttpHeaders fields = new HttpHeaders(new DefaultHttp2Headers());
        for (int i = 0; i < trailers.size(); i++) {
            var unused = fields.add(trailers.name(i).toLowerCase(Locale.ROOT), trailers.value(i));
        }
        MessageWrite last = () -> {
            var unused = call(WRITE_HEADERS, stream, fields, true);
        };
        var unused = call(QUEUE, stream, last);
    }

    /** Gives an HTTP/3 stream up in both directions, of which Vert.x does one (RFC 9114 section 4.1.1). */
    static void cancel(Http3ClientStream stream, long code) {
        QuicStreamInternal quic = (QuicStreamInternal) QUIC_STREAM.get(stream);
        var unusedReset = quic.reset((int) code);
        var unusedStop = quic.abort((int) code);
    }

    private static @Nullable Object call(MethodHandle method, Object... arguments) {
        try {
            return method.invokeWithArguments(arguments);
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable checked) {
            throw new IllegalStateException(checked);
        }
    }
}
