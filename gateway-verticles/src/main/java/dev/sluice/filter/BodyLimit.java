package dev.sluice.filter;

/** How large the body of one request may be; beyond it the client is answered 413 (RFC 9110 section 15.5.14). */
public interface BodyLimit {

    /** No limit. */
    long UNLIMITED = -1;

    /** Bytes; {@link #UNLIMITED}. The rule's limit, or the listener's, unless it was changed. */
    long bytes();

    /**
     * Changes it for this request.
     *
     * @param bytes 0 or more, or {@link #UNLIMITED}
     * @throws IllegalStateException when the body is being read
     */
    void set(long bytes);

    /** Whether the body is being read, so that it is too late to change the limit. */
    boolean isReadOnly();
}
