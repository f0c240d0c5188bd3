package dev.sluice.proxy;

import dev.sluice.config.Defaults;
import dev.sluice.failure.Failure;
import dev.sluice.failure.ProtocolError;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import dev.sluice.upstream.ConnectionPool;
import dev.sluice.upstream.EndpointOutcome;
import dev.sluice.upstream.PooledConnection;
import dev.sluice.upstream.UpstreamEndpoint;
import dev.sluice.upstream.Waiter;
import dev.sluice.wire.BodyBuffers;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.UpstreamErrors;
import dev.sluice.wire.UpstreamHead;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One try at one endpoint: wait for a connection, open a stream, hear the response's head. Ends exactly once, in
 * {@link #finish} or {@link #abort} or by itself, and gives its connection back then and tells the endpoint how it went.
 */
final class UpstreamAttempt extends Waiter implements UpstreamStream.Listener {

    /** HTTP/2 CANCEL (RFC 9113 section 7); HTTP/3's is another number. */
    private static final long H2_CANCEL = 8;

    private static final long H3_REQUEST_CANCELLED = 0x10c;

    /** What the exchange does with the try. */
    interface Observer {
        /** A stream is open: write the request's head and body. */
        void streamOpened(UpstreamAttempt attempt, UpstreamStream stream);

        /** An interim response, before the head. */
        void responseInterim(UpstreamAttempt attempt, int status, FieldLines fields);

        void responseHead(UpstreamAttempt attempt, UpstreamStream stream, UpstreamHead head);

        /** What an answer's head says of its endpoint, as an HTTP status. */
        default int statusOf(UpstreamHead head) {
            return head.status();
        }

        /** It failed; called once, and nothing else after it. */
        void attemptFailed(UpstreamAttempt attempt, Failure failure, @Nullable Throwable cause);

        /** Whether what becomes of it says something of its endpoint; what becomes of a copy does not. */
        default boolean judges() {
            return true;
        }
    }

    private final Loop loop;
    private final UpstreamEndpoint endpoint;
    private final ConnectionPool pool;
    private final HttpMethod method;
    private final String uri;
    private final Observer observer;
    private @Nullable PooledConnection lease;
    private @Nullable UpstreamStream stream;
    private @Nullable Timeout deadline;
    private long startNanos;
    /** Of the answer; 0 as long as there is none. */
    private int status;

    private boolean over;

    /** @param pool one of the endpoint's */
    UpstreamAttempt(
            Loop loop,
            UpstreamEndpoint endpoint,
            ConnectionPool pool,
            HttpMethod method,
            String uri,
            Observer observer) {
        this.loop = loop;
        this.endpoint = endpoint;
        this.pool = pool;
        this.method = method;
        this.uri = uri;
        this.observer = observer;
    }

    /** Gets in line for a connection. */
    void start() {
        startNanos = loop.nanoTime();
        endpoint.began();
        pool.acquire(this);
    }

    /** As {@link #start}, and fails unless there is a head within this many milliseconds. */
    void startWithin(long millis, String detail) {
        arm(millis, () -> fail(Failure.UPSTREAM_TIMEOUT, new TimeoutException(detail)));
        start();
    }

    UpstreamEndpoint endpoint() {
        return endpoint;
    }

    /** When it began, on the monotonic clock. */
    long startNanos() {
        return startNanos;
    }

    /** Whether several streams share the connection, HTTP/2 or HTTP/3. */
    boolean multiplexed() {
        return lease != null && lease.multiplexed();
    }

    /** Whether there was a stream, so that some of the request may have been sent. */
    boolean opened() {
        return stream != null;
    }

    /** Whether any of an answer has come. */
    boolean answered() {
        return stream != null && stream.answered();
    }

    /** Whether the connection has served a request before. */
    boolean reused() {
        return lease != null && lease.reused();
    }

    @Override
    protected void connected(PooledConnection connection) {
        lease = connection;
        connection.streams().open(method, uri, this);
    }

    @Override
    protected void failed(Failure failure, @Nullable Throwable cause) {
        if (!over) {
            boolean ours = failure == Failure.POOL_TIMEOUT || failure == Failure.OVERFLOW;
            end(ours ? EndpointOutcome.UNKNOWN : EndpointOutcome.GATEWAY_ERROR);
            observer.attemptFailed(this, failure, cause);
        }
    }

    /** The exchange is complete and the stream ended by itself. */
    void finish() {
        if (!over) {
            end(EndpointOutcome.UNKNOWN);
            if (lease != null && stream != null) {
                lease.release(stream.reusable());
            }
        }
    }

    /**
     * Nobody wants the answer any more: CANCEL to the upstream, whatever the state.
     *
     * @param outcome what that says of the endpoint, if it has not answered: a failure when it had its time
     */
    void abort(EndpointOutcome outcome) {
        if (!over) {
            end(outcome);
            leave(outcome == EndpointOutcome.GATEWAY_ERROR);
        }
    }

    /**
     * Nobody wants this answer: it is read and thrown away, so that an HTTP/1.1 connection can be used again, within
     * bounds. Call where the head is told, and when the whole request was sent.
     */
    void discard(UpstreamStream answer) {
        arm(Defaults.DISCARDED_ANSWER_TIME.toMillis(), () -> abort(EndpointOutcome.UNKNOWN));
        answer.receive(new UpstreamStream.Body() {

            private int bytes;

            @Override
            public void data(Buffer chunk) {
                bytes += chunk.length();
                BodyBuffers.release(chunk);
                if (bytes > Defaults.DISCARDED_ANSWER_BYTES) {
                    abort(EndpointOutcome.UNKNOWN);
                }
            }

            @Override
            public void end(FieldLines trailers) {
                finish();
            }
        });
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
        observer.streamOpened(this, opened);
    }

    @Override
    public void interim(int interimStatus, FieldLines fields) {
        if (!over) {
            observer.responseInterim(this, interimStatus, fields);
        }
    }

    @Override
    public void head(UpstreamHead head) {
        UpstreamStream answered = stream;
        if (!over && answered != null) {
            int says = observer.statusOf(head);
            if (!over) {
                answered(says);
                observer.responseHead(this, answered, head);
            }
        }
    }

    /** The open stream is the answer, and a good one. */
    void answersWithoutHead() {
        answered(200);
    }

    private void answered(int answer) {
        status = answer;
        disarm();
        if (lease != null) {
            lease.answered();
        }
        if (observer.judges()) {
            endpoint.answered(outcome(answer), loop.nanoTime() - startNanos);
        }
    }

    @Override
    public void failed(Throwable cause) {
        boolean headReceived = status != 0;
        boolean disowned = !headReceived && lease != null && stream != null && lease.unprocessed(stream.id());
        fail(disowned ? Failure.UPSTREAM_REFUSED_STREAM : UpstreamErrors.onStream(cause, headReceived), cause);
    }

    /** The code with which the upstream has ended the stream; null when it has not. */
    @Nullable
    ProtocolError protocolError(Throwable cause) {
        return stream == null ? null : UpstreamErrors.protocolError(cause, stream.version(), status != 0);
    }

    private void fail(Failure failure, Throwable cause) {
        if (over) {
            return;
        }
        // An endpoint that closes a connection which has been idle, or winds it up, is not to blame; nor for our own
        // line.
        boolean crossed = failure == Failure.UPSTREAM_CLOSED && reused() && !answered();
        boolean windingUp = lease != null && (stream == null || lease.unprocessed(stream.id()));
        boolean inLine = lease == null && !connecting();
        end(crossed || windingUp || inLine ? EndpointOutcome.UNKNOWN : EndpointOutcome.GATEWAY_ERROR);
        // Usually gone already; on HTTP/1.1 this makes sure that the connection is never used again.
        leave(failure == Failure.UPSTREAM_TIMEOUT);
        observer.attemptFailed(this, failure, cause);
    }

    private void end(EndpointOutcome unanswered) {
        over = true;
        disarm();
        EndpointOutcome outcome = status == 0 ? unanswered : outcome(status);
        if (!observer.judges()) {
            outcome = EndpointOutcome.UNKNOWN;
        }
        if (status == 0) {
            endpoint.ended(outcome, loop.nanoTime() - startNanos);
        } else {
            endpoint.ended(outcome);
        }
    }

    private static EndpointOutcome outcome(int status) {
        if (status < 500) {
            return EndpointOutcome.SUCCESS;
        }
        return status >= 502 && status <= 504 ? EndpointOutcome.GATEWAY_ERROR : EndpointOutcome.SERVER_ERROR;
    }

    /** @param timedOut whether there was no answer in time, unless there is one */
    private void leave(boolean timedOut) {
        PooledConnection connection = lease;
        if (connection == null) {
            cancel();
            return;
        }
        if (stream != null) {
            stream.reset(cancelCode(connection));
        }
        connection.releaseAfterReset(timedOut && !answered());
    }

    private void arm(long millis, Runnable action) {
        Timeout armed = new Timeout() {
            @Override
            protected void expired() {
                action.run();
            }
        };
        deadline = armed;
        loop.timer().arm(armed, millis);
    }

    private void disarm() {
        if (deadline != null) {
            loop.timer().cancel(deadline);
            deadline = null;
        }
    }

    private static long cancelCode(PooledConnection connection) {
        return connection.http3() ? H3_REQUEST_CANCELLED : H2_CANCEL;
    }
}
