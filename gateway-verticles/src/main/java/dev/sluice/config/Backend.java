package dev.sluice.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@code sluice.dev/v1 Backend}: where a rule sends its requests.
 *
 * @param key the resource's name
 * @param protocol what is spoken to the endpoints
 * @param endpoints at least one
 * @param tls TLS options; null for HTTP and H2C, never null for the others
 */
public record Backend(ResourceKey key, Protocol protocol, List<EndpointAddress> endpoints, @Nullable BackendTls tls) {

    public Backend {
        endpoints = List.copyOf(endpoints);
    }

    /** Upstream protocols. */
    public enum Protocol {
        /** HTTP/1.1 in cleartext. */
        HTTP,
        /** HTTP/2 in cleartext with prior knowledge (RFC 9113 section 3.3). */
        H2C,
        /** TLS; ALPN chooses HTTP/2 or HTTP/1.1. */
        HTTPS,
        /** TLS and HTTP/2 only. */
        H2,
        /** HTTP/3 over QUIC. */
        H3;

        /** Whether connections are encrypted. */
        public boolean isTls() {
            return this == HTTPS || this == H2 || this == H3;
        }
    }

    /**
     * One address: a literal IP, or a DNS name that is resolved in the background to all of its addresses.
     *
     * @param host IP literal (IPv6 without brackets) or DNS name
     * @param port 1..65535
     */
    public record EndpointAddress(String host, int port) {}

    /**
     * How to trust and greet a TLS upstream.
     *
     * @param sni the name to send and to verify; null means the endpoint's host
     * @param caFile PEM file of trusted CAs; null means the JDK's
     * @param certFile PEM client certificate; null for none
     * @param keyFile PEM key of the client certificate; null for none
     * @param insecureSkipVerify accept any certificate; said so in a warning at load
     */
    public record BackendTls(
            @Nullable String sni,
            @Nullable Path caFile,
            @Nullable Path certFile,
            @Nullable Path keyFile,
            boolean insecureSkipVerify) {

        /** Verify against the JDK's trust store under the endpoint's own name. */
        public static final BackendTls SYSTEM = new BackendTls(null, null, null, null, false);
    }
}
