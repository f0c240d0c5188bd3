package dev.sluice.bench.load;

/** How the load generator speaks to a proxy. */
public enum Protocol {
    HTTP1,
    HTTP1_TLS,
    /** HTTP/2 over cleartext with prior knowledge (RFC 9113 section 3.3). */
    H2C,
    H2_TLS,
    HTTP3
}
