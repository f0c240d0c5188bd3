package dev.sluice.bench.measure;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** The middle of several measurements. */
public final class Median {

    private Median() {}

    /**
     * The median of one figure of each item; of an even number the mean of the middle two.
     *
     * @throws IllegalArgumentException when there is no item
     */
    public static <T> double of(List<T> items, ToDoubleFunction<T> figure) {
        if (items.isEmpty()) {
            throw new IllegalArgumentException("no items (expected: at least one)");
        }
        double[] sorted = items.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
