package dev.sluice.wire;

import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;

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

    /** Calls back when the upstream says that it takes no more streams; on HTTP/1.1 it cannot. */
    default void onGoAway(Runnable goneAway) {}

    /** The connection has ended; what is open on it may need to be told. */
    default void closed() {}

    /** The way to speak on a connection that Vert.x has established; call once for each, before anything is sent. */
    static UpstreamConnection on(HttpClientConnection connection) {
        HttpVersion version = connection.protocolVersion();
        return version == HttpVersion.HTTP_2 || version == HttpVersion.HTTP_3
                ? MultiplexedConnection.over(connection)
                : Http1Connection.takeOver(connection);
    }
}
