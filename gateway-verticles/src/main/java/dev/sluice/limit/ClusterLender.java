package dev.sluice.limit;

import dev.sluice.config.Defaults;
import dev.sluice.filter.RateLimits.Rule;
import dev.sluice.observe.RateLimitCounters;
import dev.sluice.spi.RateLimitLeases;
import dev.sluice.spi.RateLimitLeases.Lease;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Leases of one key from its owner; while that cannot be asked, what the policy says. */
final class ClusterLender implements Lender {

    private final Turns turns;
    private final RateLimitLeases leases;
    private final RateLimitCounters counters;
    private final Rule rule;
    private final String key;
    private @Nullable NodeBucket share;
    private int sharers;
    private long pauseUntil;
    private boolean isOwners;

    /** @param key of the bucket, the same at all nodes */
    ClusterLender(Turns turns, RateLimitLeases leases, RateLimitCounters counters, Rule rule, String key) {
        this.turns = turns;
        this.leases = leases;
        this.counters = counters;
        this.rule = rule;
        this.key = key;
        this.pauseUntil = turns.micros();
    }

    @Override
    public void lend(long wanted, Consumer<Lease> borrower) {
        if (!leases.isHealthy() || turns.micros() < pauseUntil) {
            lendAlone(wanted, borrower);
            return;
        }
        Inquiry inquiry = new Inquiry(wanted, borrower);
        turns.after(Defaults.RATE_LIMIT_OWNER_TIMEOUT, inquiry::failed);
        leases.lease(key, rule.quota(), wanted, 0)
                .onComplete(
                        lease -> turns.execute(() -> inquiry.lent(lease)), failure -> turns.execute(inquiry::failed));
    }

    @Override
    public void giveBack(long tokens) {
        if (isOwners && leases.isHealthy()) {
            // What is lost on the way was never used.
            var unused = leases.lease(key, rule.quota(), 0, tokens);
        }
    }

    private void lendAlone(long wanted, Consumer<Lease> borrower) {
        isOwners = false; // what goes back from now on may not be the owner's
        switch (rule.onClusterLoss()) {
            case OPEN -> borrower.accept(new Lease(wanted, rule.quota().burst(), 0));
            case CLOSED -> borrower.accept(Lease.refused(Defaults.RATE_LIMIT_OWNER_PAUSE.toMillis() * 1000));
            case LOCAL_SHARE -> share().lend(wanted, borrower);
        }
    }

    private NodeBucket share() {
        NodeBucket current = share;
        if (current == null || sharers != leases.nodes()) {
            sharers = leases.nodes();
            current = new NodeBucket(turns, rule.quota().share(sharers));
            share = current;
        }
        return current;
    }

    /** One question to the owner. */
    private final class Inquiry {

        private final long wanted;
        private final Consumer<Lease> borrower;
        private boolean isOver;

        Inquiry(long wanted, Consumer<Lease> borrower) {
            this.wanted = wanted;
            this.borrower = borrower;
        }

        void lent(Lease lease) {
            if (isOver) {
                var unused = leases.lease(key, rule.quota(), 0, lease.tokens()); // too late to use them
                return;
            }
            isOver = true;
            isOwners = true;
            borrower.accept(lease);
        }

        void failed() {
            if (!isOver) {
                isOver = true;
                counters.unanswered(rule.policy());
                pauseUntil = turns.micros() + Defaults.RATE_LIMIT_OWNER_PAUSE.toMillis() * 1000;
                lendAlone(wanted, borrower);
            }
        }
    }
}
