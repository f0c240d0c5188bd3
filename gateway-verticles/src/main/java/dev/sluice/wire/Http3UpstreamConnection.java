package dev.sluice.wire;

import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.http.impl.HttpClientConnection;
import io.vertx.core.http.impl.http3.Http3Connection;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * An HTTP/3 connection to an upstream. Vert.x forgets a request that is sent when the connection ends, and one that a
 * GOAWAY gives up: both would wait for ever. So its streams are remembered here, and told.
 */
final class Http3UpstreamConnection extends MultiplexedConnection {

    private static final VarHandle GO_AWAY = goAwayField();

    private final Set<MultiplexedStream> open = new LinkedHashSet<>();

    Http3UpstreamConnection(HttpClientConnection vertx) {
        super(vertx, null);
    }

    @Override
    void begun(MultiplexedStream stream) {
        open.add(stream);
    }

    @Override
    void over(MultiplexedStream stream) {
        open.remove(stream);
    }

    @Override
    public void onGoAway(Runnable callback) {
        super.onGoAway(callback);
        var unused = vertx().shutdownHandler(v -> {
            goneAway();
            long first = (long) GO_AWAY.get(vertx());
            for (MultiplexedStream stream : List.copyOf(open)) {
                if (first >= 0 && stream.id() >= first) {
                    stream.failed(new StreamResetException(H3_REQUEST_REJECTED)); // RFC 9114 section 5.2
                }
            }
        });
    }

    @Override
    public void closed() {
        for (MultiplexedStream stream : List.copyOf(open)) {
            stream.closed(new HttpClosedException("Connection was closed"));
        }
    }

    private static VarHandle goAwayField() {
        try {
            return MethodHandles.privateLookupIn(Http3Connection.class, MethodHandles.lookup())
                    .findVarHandle(Http3Connection.class, "remoteGoAway", long.class);
        } catch (ReflectiveOperationException changed) {
            throw new ExceptionInInitializerError(changed);
        }
    }
}
