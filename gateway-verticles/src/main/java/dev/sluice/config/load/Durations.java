package dev.sluice.config.load;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as GEP-2257 writes them: up to four of {@code 1h 1m 1s 1ms} without spaces. */
public final class Durations {

    /** Where a field takes this instead of a duration. */
    static final String NEVER = "never";

    private static final Pattern PART = Pattern.compile("([0-9]{1,5})(ms|h|m|s)");

    private static final Pattern WHOLE = Pattern.compile("([0-9]{1,5}(ms|h|m|s)){1,4}");

    private Durations() {}

    /** Whether it is a duration, such as {@code 1m30s}. */
    public static boolean isDuration(String text) {
        return WHOLE.matcher(text).matches();
    }

    /** Parses a text that {@link #isDuration} or the schema let through. */
    public static Duration parse(String text) {
        Duration sum = Duration.ZERO;
        for (Matcher part = PART.matcher(text); part.find(); ) {
            long amount = Long.parseLong(part.group(1));
            sum = sum.plus(
                    switch (part.group(2)) {
                        case "h" -> Duration.ofHours(amount);
                        case "m" -> Duration.ofMinutes(amount);
                        case "s" -> Duration.ofSeconds(amount);
                        default -> Duration.ofMillis(amount);
                    });
        }
        return sum;
    }

    /** The canonical text, {@code 0s} for zero. */
    public static String format(Duration duration) {
        StringBuilder text = new StringBuilder();
        append(text, duration.toHours(), "h");
        append(text, duration.toMinutesPart(), "m");
        append(text, duration.toSecondsPart(), "s");
        append(text, duration.toMillisPart(), "ms");
        return text.isEmpty() ? "0s" : text.toString();
    }

    private static void append(StringBuilder text, long amount, String unit) {
        if (amount > 0) {
            text.append(amount).append(unit);
        }
    }
}
