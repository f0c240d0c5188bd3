package dev.sluice.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One {@code listeners[]} entry of a {@link Gateway}.
 *
 * @param name the section name that routes may refer to
 * @param hostname an exact name or {@code *.suffix}, lower case; null takes every host
 * @param port 1..65535, or 0 for a port that the system chooses
 * @param protocol HTTP or HTTPS
 * @param certificates the {@code Certificate}s of an HTTPS listener, the first being its default; empty for HTTP
 * @param routesFromAllNamespaces {@code allowedRoutes.namespaces.from: All}; otherwise only the gateway's own namespace
 */
public record Listener(
        String name,
        @Nullable String hostname,
        int port,
        Protocol protocol,
        List<ResourceKey> certificates,
        boolean routesFromAllNamespaces) {

    public Listener {
        certificates = List.copyOf(certificates);
    }

    /** Listener protocols that Sluice serves. */
    public enum Protocol {
        /** HTTP/1.1 and HTTP/2 with prior knowledge, both on the same cleartext port. */
        HTTP,
        /** TLS with ALPN ({@code h2}, {@code http/1.1}), and HTTP/3 on the same port number over QUIC. */
        HTTPS
    }
}
