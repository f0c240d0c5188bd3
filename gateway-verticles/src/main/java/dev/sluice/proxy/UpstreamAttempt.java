package dev.sluice.proxy;

import dev.sluice.failure.Failure;
import dev.sluice.failure.ProtocolError;
import dev.sluice.upstream.ConnectionPool;
import dev.sluice.upstream.PooledConnection;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.UpstreamErrors;
import dev.sluice.wire.UpstreamHead;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/**
 * One try at one endpoint: wait for a connection, open a stream, hear the response's head. Ends exactly once, in
 * {@link #finish} or {@link #abort}, and gives its connection back then.
 */
final class UpstreamAttempt extends ConnectionPool.Waiter implements UpstreamStream.Listener {

    /** HTTP/2 CANCEL (RFC 9113 section 7); HTTP/3's is another number. */
    private static final long H2_CANCEL = 8;

    private static final long H3_REQUEST_CANCELLED = 0x10c;

    /** What the exchange does with the try. */
    interface Observer {
        /** A stream is open: write the request's head and body. */
        void streamOpened(UpstreamStream stream);

        /** An interim response, before the head. */
        void responseInterim(int status, FieldLines fields);

        void responseHead(UpstreamStream stream, UpstreamHead head);

        /** It failed; called once, and nothing else after it. */
        void attemptFailed(Failure failure, @Nullable Throwable cause);
    }

    private final ConnectionPool pool;
    private final HttpMethod method;
    private final String uri;
    private final Observer observer;
    private @Nullable PooledConnection lease;
    private @Nullable UpstreamStream stream;
    private boolean headReceived;
    private boolean over;

    UpstreamAttempt(ConnectionPool pool, HttpMethod method, String uri, Observer observer) {
        this.pool = pool;
        this.method = method;
        this.uri = uri;
        this.observer = observer;
    }

    /** Gets in line for a connection. */
    void start() {
        pool.acquire(this);
    }

    /** Whether several streams share the connection, HTTP/2 or HTTP/3. */
    boolean multiplexed() {
        return lease != null && lease.multiplexed();
    }

    @Override
    protected void connected(PooledConnection connection) {
        lease = connection;
        connection.streams().open(method, uri, this);
    }

    @Override
    protected void failed(Failure failure, @Nullable Throwable cause) {
        if (!over) {
            over = true;
            observer.attemptFailed(failure, cause);
        }
    }

    /** The exchange is complete and the stream ended by itself. */
    void finish() {
        if (!over) {
            over = true;
            if (lease != null && stream != null) {
                lease.release(stream.reusable());
            }
        }
    }

    /** Nobody wants the answer any more: CANCEL to the upstream, whatever the state. */
    void abort() {
        if (over) {
            return;
        }
        over = true;
        PooledConnection connection = lease;
        if (connection == null) {
            cancel();
            return;
        }
        if (stream != null) {
            stream.reset(cancelCode(connection));
        }
        connection.releaseAfterReset();
    }

    @Override
    public void opened(UpstreamStream opened) {
        if (over) {
            if (lease != null) {
                opened.reset(cancelCode(lease));
            }
            return;
        }
        stream = opened;
        observer.streamOpened(opened);
    }

    @Override
    public void interim(int status, FieldLines fields) {
        if (!over) {
            observer.responseInterim(status, fields);
        }
    }

    @Override
    public void head(UpstreamHead head) {
        UpstreamStream answered = stream;
        if (!over && answered != null) {
            headReceived = true;
            observer.responseHead(answered, head);
        }
    }

    @Override
    public void failed(Throwable cause) {
        boolean unprocessed = !headReceived && lease != null && stream != null && lease.unprocessed(stream.id());
        fail(unprocessed ? Failure.UPSTREAM_REFUSED_STREAM : UpstreamErrors.onStream(cause, headReceived), cause);
    }

    /** The code with which the upstream has ended the stream; null when it has not. */
    @Nullable
    ProtocolError protocolError(Throwable cause) {
        return stream == null ? null : UpstreamErrors.protocolError(cause, stream.version(), headReceived);
    }

    private void fail(Failure failure, Throwable cause) {
        if (over) {
            return;
        }
        over = true;
        if (stream != null && lease != null) {
            // Usually gone already; on HTTP/1.1 this makes sure that the connection is never used again.
            stream.reset(cancelCode(lease));
        }
        if (lease != null) {
            lease.releaseAfterReset();
        }
        observer.attemptFailed(failure, cause);
    }

    private static long cancelCode(PooledConnection connection) {
        return connection.http3() ? H3_REQUEST_CANCELLED : H2_CANCEL;
    }
}
