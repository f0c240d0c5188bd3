package dev.sluice.filter;

import dev.sluice.config.RateLimitTerms.OnClusterLoss;
import dev.sluice.config.RateLimitTerms.Quota;

/** The token buckets of all rate limits, as one event loop sees them. To be used on that loop alone. */
public interface RateLimits {

    /**
     * One rule of a RateLimit.
     *
     * @param id differs for each rule and changes with its limit
     * @param policy the RateLimit's {@code namespace/name}, for metrics
     * @param clustered whether all nodes share the limit
     */
    record Rule(String id, String policy, Quota quota, boolean clustered, OnClusterLoss onClusterLoss) {}

    /** The tokens of one key; to be asked for anew for each request. */
    Tokens tokens(Rule rule, String key);

    /** Counts a request that was turned away. */
    void limited(Rule rule);

    /** What one key has left. */
    interface Tokens {

        /** Takes one if it is at hand. */
        boolean tryTake();

        /** Takes one, or finds out that there is none; tells so at once or later. After {@link #tryTake} has failed. */
        void take(Taker taker);

        /** Gives one back that was taken for nothing. */
        void giveBack();

        /** About how many are left, 0 or more: other loops and nodes take some, too. */
        long remaining();

        /** Microseconds until there may be one again, when there is none. */
        long retryMicros();
    }

    /** Who waits for a token. */
    @FunctionalInterface
    interface Taker {

        void taken(boolean got);
    }
}
