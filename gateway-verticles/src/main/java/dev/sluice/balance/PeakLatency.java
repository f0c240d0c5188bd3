package dev.sluice.balance;

import dev.sluice.config.Defaults;

/**
 * What an endpoint answers in: a moving average that rises to a slower answer at once, and sinks to quicker ones, or
 * without any towards nothing, over {@link Defaults#LATENCY_DECAY} (Finagle's Peak EWMA).
 */
public final class PeakLatency {

    private static final double DECAY_NANOS = Defaults.LATENCY_DECAY.toNanos();

    private double nanos;
    private long sinceNanos;
    private boolean known;

    /** An answer took so long. */
    public void observe(long taken, long now) {
        double weight = known ? Math.exp((sinceNanos - now) / DECAY_NANOS) : 0;
        nanos = taken >= nanos ? taken : nanos * weight + taken * (1 - weight);
        sinceNanos = now;
        known = true;
    }

    /** Whether there was an answer yet. */
    public boolean known() {
        return known;
    }

    /** The estimate in nanoseconds; 0 when there was no answer yet. */
    public double nanos(long now) {
        return known ? nanos * Math.exp((sinceNanos - now) / DECAY_NANOS) : 0;
    }

    /**
     * What a further request costs: the latency, once for each that is under way and once for itself. One that has not
     * answered yet is asked at once, and not again before it has answered unless the others are slower than
     * {@link Defaults#LATENCY_START}.
     */
    double cost(int requests, long now) {
        if (known) {
            return nanos(now) * (requests + 1);
        }
        return requests == 0 ? 0 : (double) Defaults.LATENCY_START.toNanos() * (requests + 1);
    }
}
