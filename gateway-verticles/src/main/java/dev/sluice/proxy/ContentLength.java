package dev.sluice.proxy;

import org.jspecify.annotations.Nullable;

/** The value of a {@code Content-Length} that was checked where it was read (RFC 9110 section 8.6). */
final class ContentLength {

    private ContentLength() {}

    /** Bytes; -1 when none is declared, or it is no number. */
    static long parse(@Nullable String declared) {
        if (declared == null) {
            return -1;
        }
        try {
            return Long.parseLong(declared);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
