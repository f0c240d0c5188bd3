package dev.sluice.wire;

import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.util.function.Consumer;

/** Opens streams on an established upstream connection. */
public interface UpstreamConnection {

    /**
     * Opens a stream.
     *
     * @param uri the request target
     */
    void open(HttpMethod method, String uri, UpstreamStream.Listener listener);

    /** Whether the upstream has said, in its latest GOAWAY, that it has not and will not process this stream. */
    default boolean disowned(long streamId) {
        return false;
    }

    /** How many streams the upstream allows at a time, by what it has said last. */
    default long maxStreams() {
        return 1;
    }

    /** Calls back when the upstream has changed how many streams it allows; on HTTP/1.1 it cannot. */
    default void onMoreStreams(Runnable changed) {}

    /** Calls back when the upstream takes no more streams: it has said so, or one could not be opened. */
    default void onGoAway(Runnable goneAway) {}

    /** Calls back with the {@code Alt-Svc} field of every response that has one. */
    void onAltSvc(Consumer<String> received);

    /** The connection has ended; what is open on it may need to be told. */
    default void closed() {}

    /**
     * The way to speak on a connection that Vert.x has established; call once for each, before anything is sent.
     *
     * @throws RuntimeException when it has closed already, which Vert.x tells nobody who asks later
     */
    static UpstreamConnection on(HttpClientConnection connection) {
        ChannelHandlerContext context = Connections.contextOf(connection);
        if (context != null && !context.channel().isActive()) {
            throw new IllegalStateException("closed (expected: a connection that is open)");
        }
        HttpVersion version = connection.protocolVersion();
        return version == HttpVersion.HTTP_2 || version == HttpVersion.HTTP_3
                ? MultiplexedConnection.over(connection)
                : Http1Connection.takeOver(connection);
    }
}
