package dev.sluice.observe;

import dev.sluice.config.Defaults;

/** The buckets of every histogram of durations: {@link Defaults#DURATION_BUCKETS_SECONDS}, and one without an upper bound. */
public final class DurationBuckets {

    private static final long[] BOUND_NANOS = Defaults.DURATION_BUCKETS_SECONDS.stream()
            .mapToLong(seconds -> Math.round(seconds * 1e9))
            .toArray();

    /** How many there are. */
    public static final int COUNT = BOUND_NANOS.length + 1;

    private DurationBuckets() {}

    /** The one that a duration falls into; a bound belongs to the bucket below it, as Prometheus' {@code le} says. */
    public static int of(long nanos) {
        int bucket = 0;
        while (bucket < BOUND_NANOS.length && nanos > BOUND_NANOS[bucket]) {
            bucket++;
        }
        return bucket;
    }

    /** Their upper bounds in seconds, the last being infinite. */
    public static double[] bounds() {
        double[] bounds = new double[COUNT];
        for (int i = 0; i < BOUND_NANOS.length; i++) {
            bounds[i] = Defaults.DURATION_BUCKETS_SECONDS.get(i);
        }
        bounds[BOUND_NANOS.length] = Double.POSITIVE_INFINITY;
        return bounds;
    }
}
