package dev.sluice.proxy;

import dev.sluice.failure.Failure;
import dev.sluice.upstream.ConnectionPool;
import dev.sluice.upstream.PooledConnection;
import dev.sluice.upstream.UpstreamEndpoint;
import dev.sluice.wire.UpstreamErrors;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import org.jspecify.annotations.Nullable;

/**
 * One try at one endpoint: wait for a connection, open a stream, hear the response's head. Ends exactly once, in
 * {@link #finish} or {@link #abort}, and gives its connection back then.
 */
final class UpstreamAttempt extends ConnectionPool.Waiter {

    /** HTTP/2 CANCEL (RFC 9113 section 7); HTTP/3's is another number. */
    private static final long H2_CANCEL = 8;

    private static final long H3_REQUEST_CANCELLED = 0x10c;

    /** What the exchange does with the try. */
    interface Observer {
        /** A stream is open: write the request's head and body. */
        void streamOpened(HttpClientRequest stream);

        void responseHead(HttpClientResponse response);

        /** It failed; called once, and nothing else after it. */
        void attemptFailed(Failure failure, @Nullable Throwable cause);
    }

    private final UpstreamEndpoint endpoint;
    private final HttpMethod method;
    private final String uri;
    private final Observer observer;
    private @Nullable PooledConnection lease;
    private @Nullable HttpClientRequest stream;
    private boolean headReceived;
    private boolean over;

    UpstreamAttempt(UpstreamEndpoint endpoint, HttpMethod method, String uri, Observer observer) {
        this.endpoint = endpoint;
        this.method = method;
        this.uri = uri;
        this.observer = observer;
    }

    /** Gets in line for a connection. */
    void start() {
        endpoint.pool().acquire(this);
    }

    /** Where it goes. */
    UpstreamEndpoint endpoint() {
        return endpoint;
    }

    /** Whether several streams share the connection, HTTP/2 or HTTP/3. */
    boolean multiplexed() {
        return lease != null && lease.multiplexed();
    }

    @Override
    protected void connected(PooledConnection connection) {
        lease = connection;
        connection
                .connection()
                .request(new RequestOptions().setMethod(method).setURI(uri))
                .onComplete((opened, error) -> {
                    if (over) {
                        if (opened != null) {
                            var unused = opened.reset(cancelCode(connection));
                        }
                    } else if (error != null) {
                        fail(UpstreamErrors.onStream(error, false), error);
                    } else {
                        opened(opened);
                    }
                });
    }

    @Override
    protected void failed(Failure failure, @Nullable Throwable cause) {
        if (!over) {
            over = true;
            observer.attemptFailed(failure, cause);
        }
    }

    /** The exchange is complete and the stream ended by itself. */
    void finish(boolean reusable) {
        if (!over) {
            over = true;
            if (lease != null) {
                lease.release(reusable);
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
            var unused = stream.reset(cancelCode(connection));
        }
        connection.releaseAfterReset();
    }

    /** Whether the connection may serve another request after this response (RFC 9112 section 9.3). */
    static boolean keepsAlive(HttpClientResponse response) {
        return switch (response.version()) {
            case HTTP_1_0 -> false;
            case HTTP_1_1 -> !HeaderRules.hasToken(response.headers(), "connection", "close");
            case HTTP_2, HTTP_3 -> true;
        };
    }

    private void opened(HttpClientRequest opened) {
        stream = opened;
        var unused = opened.exceptionHandler(error -> broken(error, headReceived));
        opened.response().onComplete((response, error) -> {
            if (error != null) {
                broken(error, false);
            } else if (!over) {
                headReceived = true;
                var unusedHandler = response.exceptionHandler(broken -> broken(broken, true));
                observer.responseHead(response);
            }
        });
        observer.streamOpened(opened);
    }

    private void broken(Throwable cause, boolean head) {
        boolean unprocessed = !head && lease != null && stream != null && lease.unprocessed(stream.streamId());
        fail(unprocessed ? Failure.UPSTREAM_REFUSED_STREAM : UpstreamErrors.onStream(cause, head), cause);
    }

    private void fail(Failure failure, Throwable cause) {
        if (over) {
            return;
        }
        over = true;
        if (stream != null && lease != null) {
            // Usually gone already; on HTTP/1.1 this makes sure that the connection is never used again.
            var unused = stream.reset(cancelCode(lease));
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
