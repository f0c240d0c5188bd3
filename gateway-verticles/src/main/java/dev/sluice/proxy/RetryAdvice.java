package dev.sluice.proxy;

import dev.sluice.wire.FieldLines;
import dev.sluice.wire.FieldTokens;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;

/** What an answer says of trying again. */
final class RetryAdvice {

    /** It asks not to. */
    static final long NEVER = Long.MAX_VALUE;

    /** No date needs more, and no number of seconds that anybody would wait. */
    private static final int MAX_DIGITS = 9;

    private RetryAdvice() {}

    /**
     * How long it asks to wait, in milliseconds; 0 when it says nothing, {@link #NEVER} when it asks not to, or in a way
     * that nobody understands. Reads {@code Retry-After} (RFC 9110 section 10.2.3), gRPC's pushback (gRFC A6) and
     * {@code x-should-retry: false}.
     *
     * @param nowMillis wall clock, epoch milliseconds
     */
    static long millis(FieldLines fields, long nowMillis) {
        String should = fields.get("x-should-retry");
        if (should != null && should.equalsIgnoreCase("false")) {
            return NEVER;
        }
        String pushback = fields.get("grpc-retry-pushback-ms");
        if (pushback != null) {
            long wait = FieldTokens.number(pushback, MAX_DIGITS);
            return wait < 0 ? NEVER : wait;
        }
        String after = fields.get("retry-after");
        if (after == null) {
            return 0;
        }
        long seconds = FieldTokens.number(after, MAX_DIGITS);
        if (seconds >= 0) {
            return seconds * 1000;
        }
        try {
            Instant date = DateTimeFormatter.RFC_1123_DATE_TIME.parse(after, Instant::from);
            return Math.max(0, date.toEpochMilli() - nowMillis);
        } catch (DateTimeException nonsense) {
            return NEVER;
        }
    }
}
