package dev.sluice.balance;

import java.util.List;
import java.util.SplittableRandom;

/**
 * The less busy of two that are drawn by weight ("the power of two choices").
 *
 * <p>Busy is the number of requests under way for each unit of weight, and of two alike the first drawn is taken. So
 * shares are exactly by weight while nobody is busy, and under load requests under way approach the weights: what Envoy
 * reaches with a schedule by {@code weight / (active + 1)}, without one that is never up to date.
 */
final class LeastRequest<T extends Target> extends LoadBalancer<T> {

    private final List<T> targets;
    private final WeightedDraw draw;
    private final SplittableRandom random;

    LeastRequest(List<T> targets, SplittableRandom random) {
        this.targets = targets;
        this.draw = new WeightedDraw(targets);
        this.random = random;
    }

    @Override
    T pick(long hash) {
        int first = draw.draw(random);
        T one = targets.get(first);
        T other = targets.get(draw.another(first, random));
        boolean otherIsLessBusy = (long) other.requests() * one.weight() < (long) one.requests() * other.weight();
        return otherIsLessBusy ? other : one;
    }
}
