package dev.sluice.spi;

import dev.sluice.config.Defaults;
import dev.sluice.config.RateLimitTerms.Quota;
import dev.sluice.spi.RateLimitLeases.Lease;

/**
 * A token bucket, exact to the last token: its content is counted in parts of a token, of which {@code requests} come in a
 * microsecond and {@code per} make a token. Not thread-safe.
 */
public final class TokenBucket {

    private final Quota quota;
    private final long tokenParts;
    private final long capacity;
    private long parts;
    private long micros;

    /**
     * A bucket as it was left.
     *
     * @param parts what was in it, see {@link #parts}
     * @param micros when that was, on a clock that does not go back much
     */
    public TokenBucket(Quota quota, long parts, long micros) {
        this.quota = quota;
        this.tokenParts = quota.perMicros();
        this.capacity = quota.burst() * tokenParts;
        this.parts = Math.min(parts, capacity);
        this.micros = micros;
    }

    /** A full one. */
    public static TokenBucket full(Quota quota, long micros) {
        return new TokenBucket(quota, Long.MAX_VALUE, micros);
    }

    /**
     * Takes out what is there, up to what is wanted.
     *
     * @param returned how many go back into it before, as many as there is room for
     * @param now microseconds; a time before the last one counts as that
     */
    public Lease lend(long wanted, long returned, long now) {
        refill(now);
        parts = Math.min(capacity, parts + Math.min(returned, quota.burst()) * tokenParts);
        long lent = Math.min(wanted, parts / tokenParts);
        parts -= lent * tokenParts;
        return new Lease(lent, parts / tokenParts, lent == wanted ? 0 : retryMicros(wanted));
    }

    /** Whether nothing is lost when it is forgotten. */
    public boolean isFull(long now) {
        refill(now);
        return parts == capacity;
    }

    /** What is in it: less than 10^18. */
    public long parts() {
        return parts;
    }

    /** When that was. */
    public long micros() {
        return micros;
    }

    private void refill(long now) {
        long elapsed = now - micros;
        micros = now;
        if (elapsed > 0) {
            boolean fills = elapsed > (capacity - parts) / quota.requests();
            parts = fills ? capacity : parts + elapsed * quota.requests();
        }
    }

    /** Until as many tokens are back as make it worth to ask again, with less than one in it now. */
    private long retryMicros(long wanted) {
        long worth = quota.requests() * Defaults.RATE_LIMIT_POLL.toMillis() * 1000 / tokenParts;
        long missing = Math.max(1, Math.min(wanted, worth)) * tokenParts - parts;
        return (missing + quota.requests() - 1) / quota.requests();
    }
}
