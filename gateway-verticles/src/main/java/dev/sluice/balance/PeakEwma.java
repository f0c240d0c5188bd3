package dev.sluice.balance;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * The cheaper of two that are drawn by weight, where the price is {@linkplain PeakLatency#cost latency times requests}.
 * The weight is in the draw alone: among targets that are equally quick, shares are by weight.
 */
final class PeakEwma<T extends Target> extends LoadBalancer<T> {

    private final List<T> targets;
    private final WeightedDraw draw;
    private final SplittableRandom random;
    private final LongSupplier nanoTime;

    PeakEwma(List<T> targets, SplittableRandom random, LongSupplier nanoTime) {
        this.targets = targets;
        this.draw = new WeightedDraw(targets);
        this.random = random;
        this.nanoTime = nanoTime;
    }

    @Override
    T pick(long hash) {
        int first = draw.draw(random);
        T one = targets.get(first);
        T other = targets.get(draw.another(first, random));
        long now = nanoTime.getAsLong();
        boolean otherIsCheaper =
                other.latency().cost(other.requests(), now) < one.latency().cost(one.requests(), now);
        return otherIsCheaper ? other : one;
    }
}
