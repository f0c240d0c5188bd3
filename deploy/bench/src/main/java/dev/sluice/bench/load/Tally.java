package dev.sluice.bench.load;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/** Counts of one event loop; merged when all are done. */
final class Tally {

    private static final long LONGEST = Duration.ofMinutes(10).toNanos();
    private static final int DIGITS = 3;

    private final Histogram latency = new Histogram(LONGEST, DIGITS);
    private long lastAnswer;
    private long failed;
    private String firstFailure = "";

    /** Counts a request answered as it should be; times are {@link System#nanoTime}. */
    void completed(long due, long now) {
        latency.recordValue(Math.min(now - due, LONGEST));
        lastAnswer = now;
    }

    /** Counts so many requests that were not. */
    void failed(long requests, String reason) {
        if (failed == 0) {
            firstFailure = reason;
        }
        failed += requests;
    }

    void add(Tally other) {
        boolean later = latency.getTotalCount() == 0 || other.lastAnswer - lastAnswer > 0;
        if (other.latency.getTotalCount() > 0 && later) {
            lastAnswer = other.lastAnswer;
        }
        latency.add(other.latency);
        if (other.failed > 0) {
            failed(other.failed, other.firstFailure);
        }
    }

    /** @param plan the plan that was run, from {@code begin} on */
    LoadResult result(LoadPlan plan, long begin) {
        Duration elapsed = latency.getTotalCount() == 0 ? plan.duration() : Duration.ofNanos(lastAnswer - begin);
        return new LoadResult(
                latency.getTotalCount(),
                failed,
                firstFailure,
                elapsed,
                percentile(50),
                percentile(99),
                percentile(99.9),
                Duration.ofNanos(latency.getMaxValue()));
    }

    private Duration percentile(double percent) {
        return Duration.ofNanos(latency.getValueAtPercentile(percent));
    }
}
