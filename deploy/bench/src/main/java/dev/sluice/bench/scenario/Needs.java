package dev.sluice.bench.scenario;

import dev.sluice.bench.load.Protocol;

/**
 * What a peer must be able to do in a scenario, and how it is configured for it.
 *
 * @param front what clients speak
 * @param h2cBackend whether it forwards over cleartext HTTP/2, and over HTTP/1.1 otherwise
 * @param routes how many path prefixes it tells apart, see {@link Routes}; 0 forwards everything
 */
public record Needs(Protocol front, boolean h2cBackend, int routes) {

    static Needs of(Protocol front) {
        return new Needs(front, false, 0);
    }

    /** Whether clients use the TLS port. */
    public boolean tls() {
        return front == Protocol.HTTP1_TLS || front == Protocol.H2_TLS || front == Protocol.HTTP3;
    }
}
