package dev.sluice.filter;

/**
 * The trailers that a filter adds to the response (RFC 9110 section 6.5), behind those of the upstream. Those that an
 * upstream sent are seen and changed in {@link HttpFilter#onTrailers}.
 */
public interface ResponseTrailers {

    /**
     * Whether the client can be sent trailers: on HTTP/2 and HTTP/3 always, on HTTP/1.1 unless the response declares its
     * length, on HTTP/1.0 never; and not with a response to HEAD, a 204 or a 304.
     */
    boolean supported();

    /**
     * Announces a field in {@code Trailer}, and gives up the response's declared length where HTTP/1.1 would else have no
     * room for it.
     *
     * @throws IllegalStateException when the response's head is on its way, or trailers are not supported
     * @throws IllegalArgumentException when the name is no token, or may not be a trailer (RFC 9110 section 6.5.1)
     */
    void declare(String name);

    /**
     * Adds a field line.
     *
     * @throws IllegalStateException when the response has ended, or trailers are not supported
     * @throws IllegalArgumentException when the name is no token or may not be a trailer, or the value has control
     *     characters
     */
    void append(String name, String value);
}
