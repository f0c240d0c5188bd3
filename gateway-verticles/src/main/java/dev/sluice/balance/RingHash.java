package dev.sluice.balance;

import dev.sluice.config.Defaults;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Consistent hashing on a ring (ketama): each target has points there in proportion to its weight, and a request goes to
 * the first point at or behind its hash. A target that leaves takes only its own points with it.
 *
 * <p>The lightest target has {@link Defaults#RING_POINTS}. When that makes more points than
 * {@link Defaults#MAX_RING_POINTS} all have half as many, until it fits; the points of a smaller ring are points of the
 * larger one too.
 */
final class RingHash<T extends Target> extends LoadBalancer<T> {

    /** The low bits of a point, which name its target. */
    private static final int INDEX_BITS = 20;

    private static final long INDEX_MASK = (1L << INDEX_BITS) - 1;

    private final List<T> targets;
    /** In order: the upper bits are a place on the ring, the lower ones the index of its target. */
    private final long[] points;

    RingHash(List<T> unsorted) {
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
        points = new long[total];
        int filled = 0;
        for (int i = 0; i < targets.size(); i++) {
            long hash = Hash64.of(targets.get(i).name());
            int count = count(targets.get(i), perWeight);
            for (int point = 1; point <= count; point++) {
                points[filled++] = (Hash64.nth(hash, point) & ~INDEX_MASK) | i;
            }
        }
        Arrays.sort(points);
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

    @Override
    T pick(long hash) {
        int found = Arrays.binarySearch(points, hash);
        int at = found >= 0 ? found : -found - 1;
        return targets.get((int) (points[at == points.length ? 0 : at] & INDEX_MASK));
    }
}
