package dev.sluice.observe;

import dev.sluice.config.Defaults;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Duration histograms, one a row, in a flat array that one thread writes and any may read. */
final class DurationTable {

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private static final long[] BOUND_NANOS = Defaults.DURATION_BUCKETS_SECONDS.stream()
            .mapToLong(seconds -> Math.round(seconds * 1e9))
            .toArray();

    /** The buckets of a row, the last of which has no upper bound. */
    static final int BUCKETS = BOUND_NANOS.length + 1;

    /** The row's sum stands behind its buckets. */
    private static final int WIDTH = BUCKETS + 1;

    private final long[] cells;

    DurationTable(int rows) {
        cells = new long[rows * WIDTH];
    }

    /** Counts one; a bound belongs to the bucket below it, as Prometheus' {@code le} says. */
    void record(int row, long nanos) {
        int bucket = 0;
        while (bucket < BOUND_NANOS.length && nanos > BOUND_NANOS[bucket]) {
            bucket++;
        }
        add(row * WIDTH + bucket, 1);
        add(row * WIDTH + BUCKETS, nanos);
    }

    /** How many fell into this bucket alone, from any thread. */
    long count(int row, int bucket) {
        return (long) CELL.getOpaque(cells, row * WIDTH + bucket);
    }

    /** The sum of all durations of a row in nanoseconds, from any thread. */
    long sumNanos(int row) {
        return (long) CELL.getOpaque(cells, row * WIDTH + BUCKETS);
    }

    private void add(int cell, long delta) {
        CELL.setOpaque(cells, cell, cells[cell] + delta);
    }
}
