package dev.sluice.observe;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Duration histograms, one a row, in a flat array that one thread writes and any may read. */
final class DurationTable {

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    /** The row's sum stands behind its buckets. */
    private static final int WIDTH = DurationBuckets.COUNT + 1;

    private final long[] cells;

    DurationTable(int rows) {
        cells = new long[rows * WIDTH];
    }

    /** Counts one. */
    void record(int row, long nanos) {
        add(row * WIDTH + DurationBuckets.of(nanos), 1);
        add(row * WIDTH + DurationBuckets.COUNT, nanos);
    }

    /** How many fell into this bucket alone, from any thread. */
    long count(int row, int bucket) {
        return (long) CELL.getOpaque(cells, row * WIDTH + bucket);
    }

    /** The sum of all durations of a row in nanoseconds, from any thread. */
    long sumNanos(int row) {
        return (long) CELL.getOpaque(cells, row * WIDTH + DurationBuckets.COUNT);
    }

    private void add(int cell, long delta) {
        CELL.setOpaque(cells, cell, cells[cell] + delta);
    }
}
