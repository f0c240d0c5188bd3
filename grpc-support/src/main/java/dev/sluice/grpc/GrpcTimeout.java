package dev.sluice.grpc;

import java.util.concurrent.TimeUnit;

/**
 * The {@code grpc-timeout} field ({@code PROTOCOL-HTTP2.md}, Requests): one to eight digits and a unit, {@code H M S m u}
 * or {@code n}.
 */
final class GrpcTimeout {

    /** What {@link #parse} gives for anything else. */
    static final long INVALID = -1;

    private static final int MAX_DIGITS = 8;

    /** The first number with too many digits. */
    private static final long NUMBER_LIMIT = 100_000_000;

    private GrpcTimeout() {}

    /** Nanoseconds, 0 for a deadline that has passed, at most {@link Long#MAX_VALUE}; {@link #INVALID}. */
    static long parse(String value) {
        int digits = value.length() - 1;
        if (digits < 1 || digits > MAX_DIGITS) {
            return INVALID;
        }
        long number = 0;
        for (int i = 0; i < digits; i++) {
            int digit = value.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return INVALID;
            }
            number = number * 10 + digit;
        }
        return switch (value.charAt(digits)) {
            case 'H' -> TimeUnit.HOURS.toNanos(number);
            case 'M' -> TimeUnit.MINUTES.toNanos(number);
            case 'S' -> TimeUnit.SECONDS.toNanos(number);
            case 'm' -> TimeUnit.MILLISECONDS.toNanos(number);
            case 'u' -> TimeUnit.MICROSECONDS.toNanos(number);
            case 'n' -> number;
            default -> INVALID;
        };
    }

    /**
     * The field for so much time, rounded down to the finest unit that eight digits can tell it in. A deadline that has
     * passed is the shortest that there is, since not every server takes zero.
     */
    static String format(long nanos) {
        long number = Math.max(nanos, 1);
        if (number < NUMBER_LIMIT) {
            return number + "n";
        }
        number /= 1000;
        if (number < NUMBER_LIMIT) {
            return number + "u";
        }
        number /= 1000;
        if (number < NUMBER_LIMIT) {
            return number + "m";
        }
        number /= 1000;
        if (number < NUMBER_LIMIT) {
            return number + "S";
        }
        number /= 60;
        return number < NUMBER_LIMIT ? number + "M" : number / 60 + "H";
    }
}
