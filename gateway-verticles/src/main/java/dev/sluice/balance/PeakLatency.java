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

    /** There was no answer for so long. Of one that has never answered this is all that is known, until it does. */
    public void waited(long taken, long now) {
        if (!known) {
            nanos = Math.max((double) Math.max(taken, Defaults.LATENCY_START.toNanos()), nanos(now));
            sinceNanos = now;
        } else if (taken > nanos(now)) {
            observe(taken, now);
        }
    }

    /** Whether there was an answer yet. */
    public boolean known() {
        return known;
    }

    /** The estimate in nanoseconds; 0 when nothing is known yet. */
    public double nanos(long now) {
        return nanos > 0 ? nanos * Math.exp((sinceNanos - now) / DECAY_NANOS) : 0;
    }

    /**
     * What a further request costs: the latency, once for each that is under way and once for itself. One that has not
     * answered yet is asked at once, and not again before it has answered unless the others are slower than
     * {@link Defaults#LATENCY_START}; one whose answer nobody has waited for counts as slow for a while.
     */
    double cost(int requests, long now) {
        if (known || nanos > 0) {
            return nanos(now) * (requests + 1);
        }
        return requests == 0 ? 0 : (double) Defaults.LATENCY_START.toNanos() * (requests + 1);
    }
}
