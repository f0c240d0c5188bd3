package dev.sluice.observe;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counters of one event loop: written by that loop alone, without atomics, and summed by the admin API when it is
 * scraped. A reader sees each counter a little late but never torn.
 */
@SuppressWarnings("EnumOrdinal") // the ordinal is the cell, nothing is stored by it
public final class LoopCounters {

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] cells = new long[Metric.values().length];

    /** Adds one; only on the owning loop. */
    public void increment(Metric metric) {
        add(metric, 1);
    }

    /** Adds, or subtracts for gauges; only on the owning loop. */
    public void add(Metric metric, long delta) {
        int cell = metric.ordinal();
        CELL.setOpaque(cells, cell, cells[cell] + delta);
    }

    /** The current value, from any thread. */
    public long get(Metric metric) {
        return (long) CELL.getOpaque(cells, metric.ordinal());
    }
}
