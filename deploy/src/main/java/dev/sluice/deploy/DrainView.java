package dev.sluice.deploy;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How far a drain is, for a person: one line with a bar that changes in place, or a line for each phase and second. */
final class DrainView {

    private static final int BAR = 24;
    private static final long LINE_NANOS = 1_000_000_000;
    private static final String CLEAR_TO_END = "\u001b[K";

    private final PrintWriter out;
    private final boolean terminal;
    private long totalMillis;
    private String shownPhase = "";
    private long shownNanos;

    /** @param terminal whether the line can be written over */
    DrainView(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** What {@code GET /drain} says. */
    void show(JsonObject status) {
        long left = status.getLong("remainingMillis", 0L);
        totalMillis = Math.max(totalMillis, left);
        String phase = status.getString("phase", "?");
        String counts = "in flight " + counts(status.getJsonObject("inFlight")) + " | connections "
                + counts(status.getJsonObject("connections"));
        if (terminal) {
            out.print("\r" + pad(phase) + " " + bar(left) + " " + seconds(left) + " left | " + counts + CLEAR_TO_END);
        } else if (!phase.equals(shownPhase) || System.nanoTime() - shownNanos >= LINE_NANOS) {
            shownPhase = phase;
            shownNanos = System.nanoTime();
            out.println(pad(phase) + " " + seconds(left) + " left | " + counts);
        }
        out.flush();
    }

    /** The last word, on a line of its own. */
    void end(String line) {
        out.println(terminal ? "\n" + line : line);
        out.flush();
    }

    private String bar(long left) {
        int done = totalMillis == 0 ? BAR : (int) (BAR * (totalMillis - left) / totalMillis);
        return "[" + "#".repeat(done) + "-".repeat(BAR - done) + "]";
    }

    private static String pad(String phase) {
        return String.format(Locale.ROOT, "%-10s", phase);
    }

    private static String seconds(long millis) {
        return String.format(Locale.ROOT, "%5.1f s", millis / 1000.0);
    }

    /** The sum, and what it is the sum of. */
    private static String counts(@Nullable JsonObject counts) {
        if (counts == null) {
            return "?";
        }
        int sum = counts.fieldNames().stream().mapToInt(counts::getInteger).sum();
        String parts = counts.fieldNames().stream()
                .filter(name -> counts.getInteger(name) > 0)
                .map(name -> name + " " + counts.getInteger(name))
                .collect(Collectors.joining(" "));
        return sum + (parts.isEmpty() ? "" : " (" + parts + ")");
    }
}
