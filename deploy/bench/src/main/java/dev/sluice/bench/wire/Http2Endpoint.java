package dev.sluice.bench.wire;

import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;

/** HTTP/2 connections without a channel for each stream, and with windows that never hold a peer back. */
public final class Http2Endpoint {

    /** Stream window: holds the longest body of any scenario whole. */
    private static final int STREAM_WINDOW = 16 * 1024 * 1024;
    /** What the connection window is raised by: Netty renews it long before it is used up. */
    private static final int CONNECTION_WINDOW = 1 << 30;
    /** Streams the server side takes on one connection. */
    private static final int STREAMS = 1000;

    private Http2Endpoint() {}

    /** @return the handler of one side of a connection that speaks HTTP/2 from its first byte (RFC 9113 section 3.3) */
    public static Http2ConnectionHandler handler(boolean server, Http2FrameListener frames) {
        DefaultHttp2Connection connection = new DefaultHttp2Connection(server);
        // Streams are equals here; the default keeps a tree of priorities for each.
        connection
                .remote()
                .flowController(
                        new DefaultHttp2RemoteFlowController(connection, new UniformStreamByteDistributor(connection)));
        Http2Settings settings = Http2Settings.defaultSettings().initialWindowSize(STREAM_WINDOW);
        if (server) {
            settings.maxConcurrentStreams(STREAMS);
        } else {
            settings.pushEnabled(false);
        }
        return new Http2ConnectionHandlerBuilder()
                .connection(connection)
                .frameListener(frames)
                .initialSettings(settings)
                .validateHeaders(false)
                .gracefulShutdownTimeoutMillis(0)
                .build();
    }

    /** Raises the window of the whole connection; once, when it is up. */
    public static void openWindow(Http2Connection connection) {
        try {
            connection.local().flowController().incrementWindowSize(connection.connectionStream(), CONNECTION_WINDOW);
        } catch (Http2Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
