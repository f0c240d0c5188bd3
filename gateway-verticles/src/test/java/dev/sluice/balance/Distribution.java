package dev.sluice.balance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** How often each target was picked, against how often it should have been. */
final class Distribution {

    /** The normal deviate of one in a million: what the seeds of the tests give is far from it. */
    private static final double ONE_IN_A_MILLION = 4.753;

    private final Map<TestTarget, Integer> counts = new LinkedHashMap<>();
    private int total;

    static Distribution of(List<TestTarget> targets, int picks, Supplier<TestTarget> pick) {
        Distribution counted = new Distribution();
        targets.forEach(target -> counted.counts.put(target, 0));
        for (int i = 0; i < picks; i++) {
            counted.add(pick.get());
        }
        return counted;
    }

    void add(TestTarget picked) {
        counts.merge(picked, 1, Integer::sum);
        total++;
    }

    int count(TestTarget target) {
        return counts.getOrDefault(target, 0);
    }

    double share(TestTarget target) {
        return count(target) / (double) total;
    }

    /** Pearson's chi-square against shares in these proportions; those of 0 must not have been picked at all. */
    void assertProportionalTo(ToDoubleFunction<TestTarget> proportion) {
        double all = counts.keySet().stream().mapToDouble(proportion).sum();
        double chiSquare = 0;
        int cells = 0;
        for (Map.Entry<TestTarget, Integer> entry : counts.entrySet()) {
            double expected = total * proportion.applyAsDouble(entry.getKey()) / all;
            if (expected == 0) {
                assertEquals(0, entry.getValue(), entry.getKey() + " has no share");
                continue;
            }
            chiSquare += Math.pow(entry.getValue() - expected, 2) / expected;
            cells++;
        }
        double critical = cells == 1 ? 0 : critical(cells - 1);
        assertTrue(chiSquare <= critical, chiSquare + " (expected: at most " + critical + "): " + counts);
    }

    /** Of chi-square with these degrees of freedom (Wilson and Hilferty's approximation). */
    private static double critical(int degrees) {
        double part = 2.0 / (9 * degrees);
        return degrees * Math.pow(1 - part + ONE_IN_A_MILLION * Math.sqrt(part), 3);
    }
}
