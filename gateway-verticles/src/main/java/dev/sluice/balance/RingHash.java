package dev.sluice.balance;

import dev.sluice.config.Defaults;
import java.util.Comparator;
import java.util.List;

/**
 * Consistent hashing on a ring (ketama): each target has points there in proportion to its weight, and a request goes to
 * the first point at or behind its hash. A target that leaves takes only its own points with it.
 *
 * <p>The lightest target has {@link Defaults#RING_POINTS}. When that makes more points than
 * {@link Defaults#MAX_RING_POINTS} all have half as many, until it fits; the points of a smaller ring are points of the
 * larger one too.
 *
 * <p>Points are spread evenly, so they are found, and at first put in order, by as many buckets as there are points.
 */
final class RingHash<T extends Target> extends HashTable<T> {

    /** The low bits of a point, which name its target. */
    private static final int INDEX_BITS = 20;

    private static final long INDEX_MASK = (1L << INDEX_BITS) - 1;

    private final List<T> targets;
    /** In order: the upper bits are a place on the ring, the lower ones the index of its target. Never negative. */
    private final long[] points;
    /** Of a place, how far to shift it for its bucket. */
    private final int shift;
    /** Where each bucket's points begin; one more for their end. */
    private final int[] starts;

    RingHash(List<T> unsorted) {
        super(unsorted);
        // By name, so that every node resolves a collision alike.
        targets = unsorted.stream()
                .sorted(Comparator.comparing(Target::name))
                .limit(Defaults.MAX_RING_POINTS)
                .toList();
        double perWeight = perWeight();
        int total = 0;
        for (T target : targets) {
            total += count(target, perWeight);
        }
        int bucketBits = Integer.SIZE - Integer.numberOfLeadingZeros(total);
        shift = Long.SIZE - 1 - bucketBits;
        starts = new int[(1 << bucketBits) + 1];
        points = inOrder(scattered(total, perWeight));
    }

    private double perWeight() {
        int lightest = targets.stream().mapToInt(Target::weight).min().orElse(1);
        long all = targets.stream().mapToLong(Target::weight).sum();
        double perWeight = Defaults.RING_POINTS / (double) lightest;
        while (perWeight * all > Defaults.MAX_RING_POINTS) {
            perWeight /= 2;
        }
        return perWeight;
    }

    private static int count(Target target, double perWeight) {
        return Math.max(1, (int) Math.round(target.weight() * perWeight));
    }

    private long[] scattered(int total, double perWeight) {
        long[] scattered = new long[total];
        int filled = 0;
        for (int i = 0; i < targets.size(); i++) {
            T target = targets.get(i);
            long hash = Hash64.of(target.name());
            int count = count(target, perWeight);
            for (int point = 1; point <= count; point++) {
                scattered[filled++] = (place(Hash64.nth(hash, point)) & ~INDEX_MASK) | i;
            }
        }
        return scattered;
    }

    /** Counts buckets, then puts points into theirs, and each behind those before it: a few steps for each. */
    private long[] inOrder(long[] scattered) {
        for (long point : scattered) {
            starts[(int) (point >>> shift) + 1]++;
        }
        for (int i = 1; i < starts.length; i++) {
            starts[i] += starts[i - 1];
        }
        int[] filled = starts.clone();
        long[] ordered = new long[scattered.length];
        for (long point : scattered) {
            int bucket = (int) (point >>> shift);
            int at = filled[bucket]++;
            while (at > starts[bucket] && ordered[at - 1] > point) {
                ordered[at] = ordered[at - 1];
                at--;
            }
            ordered[at] = point;
        }
        return ordered;
    }

    private static long place(long hash) {
        return hash >>> 1;
    }

    @Override
    T pick(long hash) {
        long place = place(hash);
        int at = starts[(int) (place >>> shift)];
        while (at < points.length && points[at] < place) {
            at++;
        }
        return targets.get((int) (points[at == points.length ? 0 : at] & INDEX_MASK));
    }
}
