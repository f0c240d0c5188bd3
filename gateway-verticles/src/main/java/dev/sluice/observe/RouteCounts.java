package dev.sluice.observe;

import dev.sluice.config.Defaults;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Finished exchanges of one route: how many, how many of them in error, and how long they took, in the buckets of
 * {@link Defaults#DURATION_BUCKETS_SECONDS}. Immutable.
 */
public final class RouteCounts {

    private static final double MILLIS_PER_SECOND = 1000;

    /** Nothing. */
    public static final RouteCounts NONE = new RouteCounts(new long[LoopHistograms.ROUTE_ROWS * DurationBuckets.COUNT]);

    /** Row by row, as {@link LoopHistograms#routes} has them. */
    private final long[] cells;

    private RouteCounts(long[] cells) {
        this.cells = cells;
    }

    static RouteCounts of(DurationTable table) {
        long[] cells = new long[NONE.cells.length];
        for (int i = 0; i < cells.length; i++) {
            cells[i] = table.count(i / DurationBuckets.COUNT, i % DurationBuckets.COUNT);
        }
        return new RouteCounts(cells);
    }

    /**
     * What {@link #cells} has given.
     *
     * @throws IllegalArgumentException when it were others
     */
    public static RouteCounts of(List<Long> cells) {
        if (cells.size() != NONE.cells.length) {
            throw new IllegalArgumentException(cells.size() + " counts (expected: " + NONE.cells.length + ")");
        }
        return new RouteCounts(cells.stream().mapToLong(Long::longValue).toArray());
    }

    /** All there is, for another node. */
    public List<Long> cells() {
        return LongStream.of(cells).boxed().toList();
    }

    /** These and those. */
    public RouteCounts plus(RouteCounts other) {
        return combined(other, 1);
    }

    /** These without those. */
    RouteCounts minus(RouteCounts earlier) {
        return combined(earlier, -1);
    }

    /** Exchanges. */
    public long requests() {
        return LongStream.of(cells).sum();
    }

    /** Those of them that ended with a status of 500 or more, with none, or as a call with a status like these. */
    public long errors() {
        return LongStream.of(cells).skip(DurationBuckets.COUNT).sum();
    }

    /**
     * The duration that this part of the exchanges did not exceed, in milliseconds: exact to a bucket and linear within,
     * and a minute for what took longer; 0 without exchanges.
     *
     * @param part 0..1
     */
    public double quantileMillis(double part) {
        double rank = part * requests();
        double below = 0;
        double lower = 0;
        for (int bucket = 0; bucket < DurationBuckets.COUNT - 1; bucket++) {
            double upper = Defaults.DURATION_BUCKETS_SECONDS.get(bucket);
            long count = cells[bucket] + cells[DurationBuckets.COUNT + bucket];
            if (count > 0 && below + count >= rank) {
                return MILLIS_PER_SECOND * (lower + (upper - lower) * (rank - below) / count);
            }
            below += count;
            lower = upper;
        }
        return requests() == 0 ? 0 : MILLIS_PER_SECOND * lower;
    }

    private RouteCounts combined(RouteCounts other, int sign) {
        long[] combined = cells.clone();
        for (int i = 0; i < combined.length; i++) {
            combined[i] += sign * other.cells[i];
        }
        return new RouteCounts(combined);
    }
}
