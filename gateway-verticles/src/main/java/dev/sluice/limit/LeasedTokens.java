package dev.sluice.limit;

import dev.sluice.config.Defaults;
import dev.sluice.filter.RateLimits.Taker;
import dev.sluice.filter.RateLimits.Tokens;
import dev.sluice.spi.RateLimitLeases.Lease;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Tokens of one key that were leased, from which requests take, or others lease in turn. The next lease is as large as the
 * pace of the last one makes it, and is asked for before this one runs out; what is not used goes back.
 */
final class LeasedTokens implements Account, Tokens {

    private static final long LEASE_MICROS = Defaults.RATE_LIMIT_LEASE.toNanos() / 1000;
    private static final long PREFETCH_MICROS = Defaults.RATE_LIMIT_PREFETCH.toNanos() / 1000;

    /** Of the greatest lease the part that one has at least, so that slow users do not ask for each token. */
    private static final int LEAST_PART = 4;

    private final Turns turns;
    private final Sweeps sweeps;
    private final Lender lender;
    private final LongSupplier most;
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
    private long tokens;
    private long used;
    private long askedAt;
    private long asked;
    private boolean asking;
    private long lowWater;
    private long remaining;
    private long refusedUntil;
    private long wanting;
    private int usedIn;

    private record Waiter(long wanted, Consumer<Lease> borrower) {}

    /** @param most tokens that it may have at a time, 1 or more; asked before each lease */
    LeasedTokens(Turns turns, Sweeps sweeps, Lender lender, LongSupplier most) {
        this.turns = turns;
        this.sweeps = sweeps;
        this.lender = lender;
        this.most = most;
        this.askedAt = turns.micros();
        this.refusedUntil = askedAt;
    }

    @Override
    public boolean tryTake() {
        usedIn = sweeps.number();
        if (tokens == 0) {
            return false;
        }
        tokens--;
        used++;
        if (tokens < lowWater && !asking) {
            ask();
        }
        return true;
    }

    @Override
    public void take(Taker taker) {
        lend(1, lease -> taker.taken(lease.tokens() == 1));
    }

    @Override
    public void giveBack() {
        used = Math.max(0, used - 1);
        giveBack(1);
    }

    @Override
    public long remaining() {
        return tokens + remaining;
    }

    @Override
    public long retryMicros() {
        return tokens > 0 ? 0 : Math.max(0, refusedUntil - turns.micros());
    }

    @Override
    public void lend(long wanted, Consumer<Lease> borrower) {
        usedIn = sweeps.number();
        if (tokens > 0) {
            Lease lease = split(wanted);
            if (tokens < lowWater && !asking) {
                ask();
            }
            borrower.accept(lease);
            return;
        }
        long retry = retryMicros();
        if (retry > 0 || waiters.size() >= Defaults.RATE_LIMIT_WAITING) {
            borrower.accept(Lease.refused(Math.max(1, retry)));
            return;
        }
        waiters.add(new Waiter(wanted, borrower));
        wanting += wanted;
        if (!asking) {
            ask();
        }
    }

    @Override
    public void giveBack(long returned) {
        tokens += returned;
        long excess = tokens - most.getAsLong();
        if (excess > 0) {
            tokens -= excess;
            lender.giveBack(excess);
        }
    }

    @Override
    public boolean isDone() {
        return sweeps.number() - usedIn > 1 && !asking && waiters.isEmpty();
    }

    @Override
    public void close() {
        if (tokens > 0) {
            lender.giveBack(tokens);
            tokens = 0;
        }
    }

    private void ask() {
        long now = turns.micros();
        if (now < refusedUntil) {
            return;
        }
        long elapsed = Math.max(1, now - askedAt);
        long mostNow = most.getAsLong();
        long least = Math.max(1, mostNow / LEAST_PART);
        long size = Math.min(mostNow, Math.max(least, used * LEASE_MICROS / elapsed));
        lowWater = Math.min(size / 2, used * PREFETCH_MICROS / elapsed);
        size = Math.min(mostNow, size + lowWater); // else what is left when it asks would make each lease shorter
        used = 0;
        askedAt = now;
        asked = Math.max(1, Math.min(mostNow, Math.max(size, wanting)) - tokens);
        asking = true;
        lender.lend(asked, this::lent);
    }

    private void lent(Lease lease) {
        asking = false;
        tokens += lease.tokens();
        remaining = lease.remaining();
        if (lease.tokens() < asked) {
            refusedUntil = turns.micros() + lease.retryMicros();
        }
        while (tokens > 0 && !waiters.isEmpty()) {
            Waiter next = waiters.remove();
            wanting -= next.wanted;
            next.borrower.accept(split(next.wanted));
        }
        if (waiters.isEmpty() || asking) {
            return;
        }
        long retry = retryMicros();
        if (retry == 0) {
            ask();
            return;
        }
        for (int i = waiters.size(); i > 0; i--) {
            Waiter refused = waiters.remove();
            wanting -= refused.wanted;
            refused.borrower.accept(Lease.refused(retry));
        }
    }

    /** Takes out what is there, up to what is wanted. */
    private Lease split(long wanted) {
        long part = Math.min(wanted, tokens);
        tokens -= part;
        used += part;
        return new Lease(part, remaining(), part == wanted ? 0 : Math.max(1, retryMicros()));
    }
}
