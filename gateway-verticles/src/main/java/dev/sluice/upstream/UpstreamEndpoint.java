package dev.sluice.upstream;

import org.jspecify.annotations.Nullable;

/** One endpoint on one loop. */
public final class UpstreamEndpoint {

    private final Endpoint endpoint;
    private final ConnectionPool pool;
    private final @Nullable ConnectionPool tunnels;
    private final String label;
    private final Upstream upstream;
    private final EndpointTally tally = new EndpointTally();
    private int requests;

    UpstreamEndpoint(
            Upstream upstream, Endpoint endpoint, ConnectionPool pool, @Nullable ConnectionPool tunnels) {
        this.upstream = upstream;
        this.tunnels = tunnels;
        this.endpoint = endpoint;
        this.pool = pool;
        this.label = endpoint.label();
    }

    /** Where it is. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** Its connections on this loop. */
    public ConnectionPool pool() {
        return pool;
    }

    /** Its connections for requests that ask for an upgrade; null when the backend does not speak HTTP/1.1. */
    public @Nullable ConnectionPool tunnels() {
        return tunnels;
    }

    /** Requests under way, those that wait for a connection included. */
    public int requests() {
        return requests;
    }

    /** A request was given to it; each is {@link #ended ended} once. */
    public void began() {
        requests++;
    }

    /**
     * A request is over as far as this endpoint goes.
     *
     * @param outcome how
     * @param nanos from {@link #began} to the answer's head, or to the end when there was none
     */
    public void ended(EndpointOutcome outcome, long nanos) {
        requests--;
        upstream.tally(tally, outcome);
    }

    /** What its requests have met. */
    EndpointTally tally() {
        return tally;
    }

    /** What it is doing now. */
    UpstreamRecord.Use use() {
        int tunnelled = tunnels == null ? 0 : tunnels.connections();
        int opening = tunnels == null ? 0 : tunnels.connecting();
        int inLine = tunnels == null ? 0 : tunnels.pending();
        return new UpstreamRecord.Use(
                endpoint,
                requests,
                pool.connections() + tunnelled,
                pool.idle(),
                pool.connecting() + opening,
                pool.pending() + inLine);
    }

    void close() {
        pool.close();
        if (tunnels != null) {
            tunnels.close();
        }
    }

    /** {@code ip:port}, for logs. */
    public String label() {
        return label;
    }
}
