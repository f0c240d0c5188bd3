package dev.sluice.balance;

import dev.sluice.config.Defaults;

/**
 * A limit on requests under way that follows latency (Netflix's concurrency-limits, {@code Gradient2Limit}): as long as
 * answers take what they have taken in the long run, it grows; when they take longer, requests queue at the backend, and
 * it shrinks in proportion.
 */
public final class ConcurrencyLimit {

    private final double min;
    private final double max;
    private double limit;
    /** The moving average of windows' means, in nanoseconds; a plain mean at first. */
    private double longTerm;

    private int windows;
    private long windowStart;
    private int samples;
    private double sum;
    private int mostUnderWay;

    /**
     * Of one loop.
     *
     * @param min never below, at least 1
     * @param max never above, at least {@code min}
     */
    public ConcurrencyLimit(long min, long max, long now) {
        this.min = min;
        this.max = Math.max(min, max);
        this.limit = clamp(Defaults.CONCURRENCY_START);
        this.windowStart = now;
    }

    /** Requests that may be under way. */
    public int limit() {
        return (int) limit;
    }

    /**
     * A request was answered, or failed.
     *
     * @param answered false for one that got no answer: it counts when it took longer than answers do, since what fails
     *     quickly says nothing of the load
     * @param nanos what it took
     * @param underWay requests under way, this one included
     */
    public void observe(boolean answered, long nanos, int underWay, long now) {
        if (!answered && nanos <= longTerm) {
            return;
        }
        samples++;
        sum += nanos;
        mostUnderWay = Math.max(mostUnderWay, underWay);
        if (samples >= Defaults.CONCURRENCY_SAMPLES && now - windowStart >= Defaults.CONCURRENCY_WINDOW.toNanos()) {
            update(Math.max(1, sum / samples));
            windowStart = now;
            samples = 0;
            sum = 0;
            mostUnderWay = 0;
        }
    }

    private void update(double shortTerm) {
        windows = Math.min(windows + 1, Defaults.CONCURRENCY_LONG_TERM);
        double weight =
                windows <= Defaults.CONCURRENCY_WARM_UP ? 1.0 / windows : 2.0 / (Defaults.CONCURRENCY_LONG_TERM + 1);
        longTerm += (shortTerm - longTerm) * weight;
        if (longTerm > 2 * shortTerm) {
            longTerm *= 0.95; // after a long overload, so that the average does not take minutes to come down
        }
        if (mostUnderWay < limit / 2) {
            return; // latency says nothing of a limit that nobody has reached
        }
        double gradient = Math.max(0.5, Math.min(1, Defaults.CONCURRENCY_TOLERANCE * longTerm / shortTerm));
        double wanted = limit * gradient + Math.sqrt(limit);
        limit = clamp(limit + (wanted - limit) * Defaults.CONCURRENCY_SMOOTHING);
    }

    private double clamp(double wanted) {
        return Math.max(min, Math.min(max, wanted));
    }
}
