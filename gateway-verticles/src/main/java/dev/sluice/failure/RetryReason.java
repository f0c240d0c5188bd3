package dev.sluice.failure;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a request may be tried again ({@code correctness.md} E7): what is known of a try that failed. */
public enum RetryReason {
    /** There was no connection: nothing was sent. */
    CONNECT(true),
    /** The connection was gone before the request's first byte. */
    UNSENT(true),
    /** The upstream has said that it has not processed the request: REFUSED_STREAM, H3_REQUEST_REJECTED or a GOAWAY. */
    REFUSED(true),
    /** It would not have the request before the TLS handshake is complete (RFC 8470 section 5.2). */
    TOO_EARLY(true),
    /** The connection ended without a byte of an answer. */
    CLOSED(false),
    /** The stream was reset, which leaves open what the upstream has done. */
    RESET(false),
    /** No head within the time of one try. */
    TIMEOUT(false),
    /** The answer's status is one that the rule's policy names. */
    STATUS(false),
    /** A call's status is all of its answer, and one that the rule's policy names for any method. */
    CALL_STATUS(true);

    private final boolean anyMethod;

    RetryReason(boolean anyMethod) {
        this.anyMethod = anyMethod;
    }

    /** Whether the upstream has not acted on the request, as it shows or as the policy says, so that it need not be idempotent. */
    public boolean anyMethod() {
        return anyMethod;
    }

    /** Whether the request, as far as anybody knows, has never left this host. */
    public boolean neverSent() {
        return this == CONNECT || this == UNSENT;
    }

    /** As in metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * What the failure of a try before its answer's head comes to.
     *
     * @param opened whether the request had a stream, so that some of it may have been sent
     * @param answered whether any of an answer had come
     * @param reset how the upstream reset the stream; null when it did not
     * @return null when another try is out of the question
     */
    public static @Nullable RetryReason of(
            Failure failure, boolean opened, boolean answered, @Nullable ProtocolError reset) {
        return switch (failure) {
            case DNS_ERROR, CONNECT_REFUSED, CONNECT_TIMEOUT, CONNECT_FAILED, TLS_ERROR, TLS_CERTIFICATE -> CONNECT;
            case UPSTREAM_REFUSED_STREAM -> REFUSED;
            case UPSTREAM_TIMEOUT -> opened ? TIMEOUT : CONNECT;
            case UPSTREAM_CLOSED -> !opened ? UNSENT : answered ? null : CLOSED;
            case UPSTREAM_CALM -> RESET;
            case UPSTREAM_PROTOCOL, UPSTREAM_INCOMPLETE ->
                !opened ? UNSENT : reset == null || answered || reset.name().equals("HTTP_1_1_REQUIRED") ? null : RESET;
            default -> null;
        };
    }
}
