package dev.sluice.upstream;

/** One endpoint on one loop. */
public final class UpstreamEndpoint {

    private final Endpoint endpoint;
    private final ConnectionPool pool;
    private final String label;

    UpstreamEndpoint(Endpoint endpoint, ConnectionPool pool) {
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

    /** {@code ip:port}, for logs. */
    public String label() {
        return label;
    }
}
