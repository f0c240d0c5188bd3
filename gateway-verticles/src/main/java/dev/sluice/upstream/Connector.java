package dev.sluice.upstream;

import dev.sluice.wire.UpstreamConnection;
import io.vertx.core.http.HttpClientConnection;
import java.time.Duration;

/** Opens connections to the endpoint; outcomes come on the loop. */
public interface Connector {
    /**
     * Begins to connect.
     *
     * @param timeout the pool gives up after it, and what comes later is closed
     * @return gives the connect up, which may then fail; not to be used once there was an outcome
     */
    Runnable connect(Duration timeout, Handler handler);

    /**
     * Looks at what comes on a new connection, which may say that the endpoint is to be reached in another way.
     *
     * @param moves what to do then
     */
    default void watch(UpstreamConnection connection, Moves moves) {}

    /** Receives exactly one call, perhaps before {@link #connect} returns. */
    interface Handler {
        void connected(HttpClientConnection connection);

        void failed(Throwable cause);
    }

    /** The endpoint is reached in another way from now on. */
    interface Moves {
        /** Opens a connection if there is room for one, and leaves those that are not of HTTP/3 once it is there. */
        void toHttp3();

        /** Leaves the connections of HTTP/3. */
        void leaveHttp3();
    }
}
