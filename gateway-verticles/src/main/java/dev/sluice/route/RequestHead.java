package dev.sluice.route;

import org.jspecify.annotations.Nullable;

/** What matching may see of a request. */
public interface RequestHead {

    /** The method, case-sensitive (RFC 9110 section 9.1). */
    String method();

    /** The host without port, lower case, IPv6 without brackets; empty when the client named none. */
    String host();

    /** The path, percent-encoded as received. */
    String path();

    /** The query without {@code ?}, or null. */
    @Nullable
    String query();

    /**
     * A header's value, several lines joined with {@code ,} (RFC 9110 section 5.3); null when absent.
     *
     * @param name in lower case
     */
    @Nullable
    String header(String name);
}
