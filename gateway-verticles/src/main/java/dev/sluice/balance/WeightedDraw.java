package dev.sluice.balance;

import java.util.List;
import java.util.SplittableRandom;

/** Draws an index with a probability in proportion to its weight, in constant time (Walker's and Vose's alias method). */
final class WeightedDraw {

    private final int size;
    /** Of each column, the part that is its own; the rest is its alias's. Empty when all weights are equal. */
    private final double[] own;

    private final int[] alias;

    WeightedDraw(List<? extends Target> targets) {
        size = targets.size();
        int first = targets.get(0).weight();
        if (targets.stream().allMatch(target -> target.weight() == first)) {
            own = new double[0];
            alias = new int[0];
            return;
        }
        own = new double[size];
        alias = new int[size];
        double mean = targets.stream().mapToLong(Target::weight).sum() / (double) size;
        int[] small = new int[size];
        int[] large = new int[size];
        int smalls = 0;
        int larges = 0;
        for (int i = 0; i < size; i++) {
            own[i] = targets.get(i).weight() / mean;
            alias[i] = i;
            if (own[i] < 1) {
                small[smalls++] = i;
            } else {
                large[larges++] = i;
            }
        }
        while (smalls > 0 && larges > 0) {
            int filled = small[--smalls];
            int giver = large[larges - 1];
            alias[filled] = giver;
            own[giver] -= 1 - own[filled];
            if (own[giver] < 1) {
                larges--;
                small[smalls++] = giver;
            }
        }
        // Whatever is left is a whole column but for rounding: its alias is itself.
    }

    /** Whether all weights are equal. */
    boolean even() {
        return own.length == 0;
    }

    int draw(SplittableRandom random) {
        int column = random.nextInt(size);
        return even() || random.nextDouble() < own[column] ? column : alias[column];
    }

    /** Another draw, to compare the first with: not the same among equal weights, where nothing is lost by that. */
    int another(int first, SplittableRandom random) {
        if (!even()) {
            return draw(random);
        }
        int other = random.nextInt(size - 1);
        return other < first ? other : other + 1;
    }
}
