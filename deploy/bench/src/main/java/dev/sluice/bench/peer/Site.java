package dev.sluice.bench.peer;

import dev.sluice.bench.scenario.Needs;
import java.nio.file.Path;

/**
 * Where and for what a peer is started.
 *
 * @param dir for its files
 * @param needs what it is asked for
 * @param port where it listens in cleartext, on 127.0.0.1
 * @param tlsPort where it listens with TLS, and over UDP with QUIC
 * @param backendPort the backend's HTTP/1.1 port on 127.0.0.1
 * @param backendH2cPort the backend's cleartext HTTP/2 port
 * @param certificate PEM file
 * @param key PEM file, its private key
 * @param workers event loops, worker processes or threads it may use
 */
public record Site(
        Path dir,
        Needs needs,
        int port,
        int tlsPort,
        int backendPort,
        int backendH2cPort,
        Path certificate,
        Path key,
        int workers) {

    /** The backend's port for what is needed. */
    int upstreamPort() {
        return needs.h2cBackend() ? backendH2cPort : backendPort;
    }

    /** The port that clients use. */
    public int front() {
        return needs.tls() ? tlsPort : port;
    }
}
