package dev.sluice.wire;

import dev.sluice.config.Defaults;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.http.impl.http2.codec.Http2ClientConnectionImpl;
import org.jspecify.annotations.Nullable;

/**
 * Listens to an upstream's HTTP/2 frames before Vert.x, which takes an interim response other than 100 and 103 for the
 * final one, and the final one for a defect of its own. The others are of no use to a client, and are left out.
 */
final class Http2Responses extends Http2Bodies {

    private final Http2Connection connection;
    private final Http2Connection.PropertyKey interimKey;

    Http2Responses(Http2Connection connection, Http2ClientConnectionImpl vertx) {
        super(connection, vertx, vertx::stream);
        this.connection = connection;
        this.interimKey = connection.newKey();
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
        if (!leftOut(streamId, headers)) {
            super.onHeadersRead(ctx, streamId, headers, streamDependency, weight, exclusive, padding, endOfStream);
        }
    }

    /** Also counts, so that a flood ends the stream. */
    private boolean leftOut(int streamId, Http2Headers headers) throws Http2Exception {
        CharSequence status = headers.status();
        if (status == null || status.length() != 3 || status.charAt(0) != '1') {
            return false;
        }
        Http2Stream stream = connection.stream(streamId);
        if (stream != null) {
            @Nullable Integer before = stream.getProperty(interimKey);
            int count = before == null ? 1 : before + 1;
            stream.setProperty(interimKey, count);
            if (count > Defaults.MAX_INTERIM_RESPONSES) {
                throw Http2Exception.streamError(
                        streamId,
                        Http2Error.PROTOCOL_ERROR,
                        "more than %d interim responses",
                        Defaults.MAX_INTERIM_RESPONSES);
            }
        }
        return !"100".contentEquals(status) && !"103".contentEquals(status);
    }
}
