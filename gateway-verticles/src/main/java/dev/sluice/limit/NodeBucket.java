package dev.sluice.limit;

import dev.sluice.config.RateLimitTerms.Quota;
import dev.sluice.spi.RateLimitLeases.Lease;
import dev.sluice.spi.TokenBucket;
import java.util.function.Consumer;

/** A bucket that is this node's alone. */
final class NodeBucket implements Account {

    private final Turns turns;
    private final TokenBucket bucket;

    NodeBucket(Turns turns, Quota quota) {
        this.turns = turns;
        this.bucket = TokenBucket.full(quota, turns.micros());
    }

    @Override
    public void lend(long wanted, Consumer<Lease> borrower) {
        borrower.accept(bucket.lend(wanted, 0, turns.micros()));
    }

    @Override
    public void giveBack(long tokens) {
        var unused = bucket.lend(0, tokens, turns.micros());
    }

    @Override
    public boolean isDone() {
        return bucket.isFull(turns.micros());
    }

    @Override
    public void close() {}
}
