package dev.sluice.balance;

import java.util.List;
import java.util.SplittableRandom;

/** Drawn by weight. */
final class RandomByWeight<T extends Target> extends LoadBalancer<T> {

    private final List<T> targets;
    private final WeightedDraw draw;
    private final SplittableRandom random;

    RandomByWeight(List<T> targets, SplittableRandom random) {
        this.targets = targets;
        this.draw = new WeightedDraw(targets);
        this.random = random;
    }

    @Override
    T pick(long hash) {
        return targets.get(draw.draw(random));
    }
}
