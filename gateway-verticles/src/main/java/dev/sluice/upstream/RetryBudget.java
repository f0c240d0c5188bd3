package dev.sluice.upstream;

import dev.sluice.config.UpstreamTerms.Breaker;
import dev.sluice.loop.Loop;
import dev.sluice.observe.Metric;

/**
 * How many retries one loop may have under way to one backend: a share of its requests, so that an upstream in trouble
 * gets little more than it would without retries. What is told here is never asked of another loop.
 */
public final class RetryBudget {

    private final Loop loop;
    private int retries;

    RetryBudget(Loop loop) {
        this.loop = loop;
    }

    /** Retries under way. */
    int underWay() {
        return retries;
    }

    /**
     * Asks for a retry, which is {@link #giveBack given back} when it is over; false when there are too many.
     *
     * @param underWay requests to the backend, on this loop
     */
    public boolean take(Breaker terms, int underWay) {
        long share = Math.max(share(terms.minRetries()), underWay * (long) terms.retryBudgetPercent() / 100);
        if (retries >= Math.min(share, share(terms.maxRetries()))) {
            loop.counters().increment(Metric.UPSTREAM_RETRIES_REFUSED);
            return false;
        }
        retries++;
        loop.counters().increment(Metric.UPSTREAM_RETRIES_ACTIVE);
        return true;
    }

    /** Of none, a loop's share is none. */
    private long share(long limit) {
        return limit == 0 ? 0 : loop.share(limit);
    }

    /** A retry that was granted is over. */
    public void giveBack() {
        retries--;
        loop.counters().add(Metric.UPSTREAM_RETRIES_ACTIVE, -1);
    }
}
