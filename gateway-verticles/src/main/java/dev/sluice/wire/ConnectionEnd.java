package dev.sluice.wire;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.quic.QuicChannel;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerConnection;

/** The ways in which a client's connection can be ended at once. */
public final class ConnectionEnd {

    /** RFC 9113 section 7. */
    private static final long H2_INTERNAL_ERROR = 2;

    /** RFC 9114 section 8.1. */
    private static final int H3_INTERNAL_ERROR = 0x102;

    /** RFC 9114 section 8.1. */
    private static final int H3_NO_ERROR = 0x100;

    private ConnectionEnd() {}

    /**
     * Closes, also a connection that is being shut down already: for QUIC Vert.x throws then
     * ({@code QuicConnectionImpl.shutdown}).
     */
    public static void close(HttpConnection client) {
        try {
            var unused = client.close();
        } catch (IllegalStateException shuttingDown) {
            closeTold(client);
        }
    }

    /**
     * Closes an HTTP/3 connection that has had its last GOAWAY, and on which nothing is in flight. Vert.x would send one
     * with id 0 before ({@code Http3Connection.handleGrace}), by which no request was served (RFC 9114 section 5.2).
     */
    public static void closeTold(HttpConnection client) {
        if (channel(client) instanceof QuicChannel quic) {
            var unused = quic.close(true, H3_NO_ERROR, Unpooled.EMPTY_BUFFER);
        }
    }

    /**
     * Breaks off: RST for HTTP/1, GOAWAY and a close for HTTP/2, CONNECTION_CLOSE for HTTP/3, the last two with
     * INTERNAL_ERROR. What was written before may be lost.
     */
    @SuppressWarnings("deprecation") // Vert.x has no other way to send a GOAWAY with a code
    public static void abort(HttpConnection client) {
        Channel channel = channel(client);
        if (channel instanceof QuicChannel quic) {
            var unused = quic.close(true, H3_INTERNAL_ERROR, Unpooled.EMPTY_BUFFER);
        } else if (client.protocolVersion() == HttpVersion.HTTP_2) {
            var unusedGoAway = client.goAway(H2_INTERNAL_ERROR);
            var unused = client.close();
        } else {
            reset(channel);
        }
    }

    /** Sends RST and forgets what was written, from below TLS and CloseAfterFlush, which would wait for the client. */
    static void reset(Channel channel) {
        boolean unusedSet = channel.config().setOption(ChannelOption.SO_LINGER, 0);
        channel.unsafe().close(channel.voidPromise());
    }

    static Channel channel(HttpConnection client) {
        if (client instanceof HttpServerConnection server) {
            return server.channelHandlerContext().channel();
        }
        throw new IllegalArgumentException(client + " (expected: a client's connection)");
    }
}
