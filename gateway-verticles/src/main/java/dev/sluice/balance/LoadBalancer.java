package dev.sluice.balance;

import dev.sluice.config.UpstreamTerms.Policy;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/** One policy over a fixed set of targets. */
abstract class LoadBalancer<T extends Target> {

    /**
     * Makes one.
     *
     * @param targets at least one
     * @param turns what {@link #turns} of those before it have told
     * @param nanoTime monotonic
     */
    static <T extends Target> LoadBalancer<T> of(
            Policy policy, List<T> targets, Map<T, Double> turns, SplittableRandom random, LongSupplier nanoTime) {
        if (targets.size() == 1) {
            return new OnlyOne<>(targets.get(0));
        }
        return switch (policy) {
            case ROUND_ROBIN -> new RoundRobin<>(targets, turns, random);
            case LEAST_REQUEST -> new LeastRequest<>(targets, random);
            case RANDOM -> new RandomByWeight<>(targets, random);
            case PEAK_EWMA -> new PeakEwma<>(targets, random, nanoTime);
            case RING_HASH -> new RingHash<>(targets);
            case MAGLEV -> new Maglev<>(targets);
        };
    }

    /**
     * The target for a request.
     *
     * @param hash equal for requests that belong together; only hashing policies look at it
     */
    abstract T pick(long hash);

    /** Whether it may be used again for these targets, as they are now. */
    boolean serves(List<T> targets) {
        return false;
    }

    /** Notes whose turn is how near, for whoever takes over; only taking turns knows. */
    void turns(Map<T, Double> into) {}

    private static final class OnlyOne<T extends Target> extends LoadBalancer<T> {

        private final T target;

        OnlyOne(T target) {
            this.target = target;
        }

        @Override
        T pick(long hash) {
            return target;
        }
    }
}
