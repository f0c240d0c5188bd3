package dev.sluice.upstream;

import dev.sluice.config.Defaults;
import dev.sluice.config.UpstreamTerms.Pool;
import dev.sluice.loop.Loop;
import dev.sluice.wire.UpstreamConnection;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpVersion;

/** One established upstream connection and how much of it is in use. Belongs to one {@link ConnectionPool}. */
public final class PooledConnection {

    private final ConnectionPool pool;
    private final HttpClientConnection connection;
    private final boolean multiplexed;
    private final boolean http3;
    private final UpstreamConnection streams;
    private final long openedNanos;
    /** What its greatest age is multiplied by, so that connections opened together do not end together. */
    private final double ageFactor;

    private int open;
    private int resets;
    /** Requests in a row that waited for an answer in vain. */
    private int unanswered;

    private long requests;
    private boolean retired;
    private boolean closed;
    private long idleSinceNanos;

    /** @param ageFactor 0.9 to 1.1 */
    PooledConnection(ConnectionPool pool, HttpClientConnection connection, long nowNanos, double ageFactor) {
        this.openedNanos = nowNanos;
        this.ageFactor = ageFactor;
        this.idleSinceNanos = nowNanos;
        this.pool = pool;
        this.connection = connection;
        this.streams = UpstreamConnection.on(connection);
        HttpVersion version = connection.protocolVersion();
        this.http3 = version == HttpVersion.HTTP_3;
        this.multiplexed = http3 || version == HttpVersion.HTTP_2;
    }

    /** Opens the stream that this lease is for. */
    public UpstreamConnection streams() {
        return streams;
    }

    HttpClientConnection connection() {
        return connection;
    }

    /** Whether it carries several streams at once (HTTP/2, HTTP/3). */
    public boolean multiplexed() {
        return multiplexed;
    }

    /** Whether it is HTTP/3, whose error codes are other numbers. */
    public boolean http3() {
        return http3;
    }

    /**
     * Whether it has been given an earlier request than the latest. The upstream may have been closing such a connection
     * when the request was sent: if it then breaks off and {@link UpstreamStream#answered} is false, the request has
     * most likely not been seen (RFC 9112 section 9.3.1).
     */
    public boolean reused() {
        return requests > 1;
    }

    /** Ends a lease after a complete exchange: {@code reusable} is false when either side announced a close. */
    public void release(boolean reusable) {
        pool.released(this, reusable);
    }

    /** A response's head has come: the connection is alive. */
    public void answered() {
        unanswered = 0;
    }

    /**
     * Ends a lease whose stream was reset; on HTTP/1.1 that has closed the connection.
     *
     * @param timedOut whether that was because no answer had come in time: after several in a row the connection is not
     *     used any more, since a way that swallows what is sent looks like this, for many minutes
     */
    public void releaseAfterReset(boolean timedOut) {
        resets++;
        if (timedOut) {
            unanswered++;
        }
        boolean silent = unanswered >= Defaults.MAX_UNANSWERED;
        pool.released(this, multiplexed && !silent && !(http3 && resets >= maxResets()));
    }

    /** Of the streams that it can have, resets may use up half. */
    private int maxResets() {
        return Math.min(Defaults.H3_UPSTREAM_MAX_RESETS, maxStreams(pool.terms()) / 2);
    }

    /** Whether the upstream has said, in a GOAWAY, that it has not and will not process this stream. */
    public boolean unprocessed(long streamId) {
        return streams.disowned(streamId);
    }

    int openStreams() {
        return open;
    }

    void leased() {
        open++;
        requests++;
    }

    void unleased(long nowNanos) {
        open--;
        idleSinceNanos = nowNanos;
    }

    /** When it will have been idle for too long, if it stays idle. */
    long idleDeadlineNanos(Pool terms) {
        return idleSinceNanos + terms.idleTimeout().toNanos();
    }

    /** Whether it may serve no further request: it has had as many as it may, or is too old. */
    boolean spent(Pool terms, Loop loop) {
        if (requests >= Defaults.MAX_REQUESTS_OF_A_CONNECTION
                || (terms.maxRequests() >= 0 && requests >= terms.maxRequests())) {
            return true;
        }
        long maxAge = terms.maxAge().toNanos();
        return maxAge > 0 && loop.nanoTime() - openedNanos >= (long) (maxAge * ageFactor);
    }

    void retire() {
        retired = true;
    }

    /** Whether it takes no more requests; it closes when the last one ends. */
    boolean retired() {
        return retired;
    }

    void closed() {
        closed = true;
        retired = true;
    }

    boolean isClosed() {
        return closed;
    }

    /** How many streams it can have at a time, by what both sides allow. */
    int maxStreams(Pool terms) {
        return multiplexed ? (int) Math.min(terms.streamsPerConnection(), streams.maxStreams()) : 1;
    }

    boolean hasCapacity(Pool terms) {
        // On HTTP/3 a stream that was reset stays in use for the peer.
        int used = http3 ? open + resets : open;
        return !retired && used < maxStreams(terms);
    }
}
