package dev.sluice.upstream;

import org.jspecify.annotations.Nullable;

/** One endpoint on one loop. */
public final class UpstreamEndpoint {

    private final Endpoint endpoint;
    private final ConnectionPool pool;
    private final @Nullable ConnectionPool tunnels;
    private final String label;

    UpstreamEndpoint(Endpoint endpoint, ConnectionPool pool, @Nullable ConnectionPool tunnels) {
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
