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
 * @param altSvc for HTTPS: whether HTTP/3 is used once an endpoint has announced it (RFC 7838)
 * @param fallback for H3: whether requests go over TLS and TCP while HTTP/3 cannot be had
 */
public record Backend(
        ResourceKey key,
        Protocol protocol,
        List<EndpointAddress> endpoints,
        @Nullable BackendTls tls,
        boolean altSvc,
        boolean fallback) {

    public Backend {
        endpoints = List.copyOf(endpoints);
    }

    /** Of one protocol and no other. */
    public Backend(ResourceKey key, Protocol protocol, List<EndpointAddress> endpoints, @Nullable BackendTls tls) {
        this(key, protocol, endpoints, tls, false, false);
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
     * @param host IP literal (IPv6 without brackets), DNS name, or, with port 0, the name of an SRV record
     * @param port 1..65535; 0 takes ports, weights and priorities from SRV records (RFC 2782)
     * @param weight its share among the others, 1..1000
     * @param priority endpoints of the lowest number are used as long as enough of them are fit, 0..9
     * @param zone where it stands, as in {@code topology.kubernetes.io/zone}; empty when nobody says
     */
    public record EndpointAddress(String host, int port, int weight, int priority, String zone) {

        /** One among equals. */
        public EndpointAddress(String host, int port) {
            this(host, port, 1, 0, "");
        }

        /** Whether the name is that of SRV records. */
        public boolean isService() {
            return port == 0;
        }
    }

    /**
     * How to trust and greet a TLS upstream.
     *
     * @param sni the name to send and to verify; null means the endpoint's host
     * @param caFile PEM file of trusted CAs; null means the JDK's
     * @param certFile PEM client certificate; null for none
     * @param keyFile PEM key of the client certificate; null for none
     * @param insecureSkipVerify accept any certificate; said so in a warning at load
     * @param subjectAltNames DNS names of which the certificate must carry one, in place of {@code sni}; empty for that
     */
    public record BackendTls(
            @Nullable String sni,
            @Nullable Path caFile,
            @Nullable Path certFile,
            @Nullable Path keyFile,
            boolean insecureSkipVerify,
            List<String> subjectAltNames) {

        /** Verify against the JDK's trust store under the endpoint's own name. */
        public static final BackendTls SYSTEM = new BackendTls(null, null, null, null, false);

        public BackendTls {
            subjectAltNames = List.copyOf(subjectAltNames);
        }

        /** The certificate carries the name that is asked for. */
        public BackendTls(
                @Nullable String sni,
                @Nullable Path caFile,
                @Nullable Path certFile,
                @Nullable Path keyFile,
                boolean insecureSkipVerify) {
            this(sni, caFile, certFile, keyFile, insecureSkipVerify, List.of());
        }
    }
}
