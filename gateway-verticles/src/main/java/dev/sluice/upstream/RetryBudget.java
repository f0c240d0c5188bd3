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
    private int requests;
    private int retries;

    RetryBudget(Loop loop) {
        this.loop = loop;
    }

    /** Retries under way. */
    int underWay() {
        return retries;
    }

    /** A request to the backend begins; each is {@link #ended} once. */
    public void began() {
        requests++;
    }

    /** A request is over. */
    public void ended() {
        requests--;
    }

    /** Asks for a retry, which is {@link #giveBack given back} when it is over; false when there are too many. */
    public boolean take(Breaker terms) {
        long share = Math.max(loop.share(terms.minRetries()), requests * (long) terms.retryBudgetPercent() / 100);
        if (retries >= Math.min(share, loop.share(terms.maxRetries()))) {
            loop.counters().increment(Metric.UPSTREAM_RETRIES_REFUSED);
            return false;
        }
        retries++;
        loop.counters().increment(Metric.UPSTREAM_RETRIES_ACTIVE);
        return true;
    }

    /** A retry that was granted is over. */
    public void giveBack() {
        retries--;
        loop.counters().add(Metric.UPSTREAM_RETRIES_ACTIVE, -1);
    }
}
