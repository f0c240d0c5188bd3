package dev.sluice.limit;

import dev.sluice.config.Defaults;
import dev.sluice.filter.RateLimits;
import dev.sluice.spi.RateLimitLeases.Lease;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/** The tokens that one event loop has leased from its node, by rule and key. */
public final class LoopLimits implements RateLimits {

    private final Turns turns;
    private final NodeLimits node;
    private final int loops;
    private final Sweeps sweeps = new Sweeps();
    private final Map<String, RuleTokens> rules = new HashMap<>();
    private final Map<String, Long> limited = new HashMap<>();
    private int nodes = 1;

    /**
     * Of this loop.
     *
     * @param loops of the node, which share what it has
     */
    public LoopLimits(Turns turns, NodeLimits node, int loops) {
        this.turns = turns;
        this.node = node;
        this.loops = loops;
        node.add(this);
    }

    @Override
    public Tokens tokens(Rule rule, String key) {
        RuleTokens found = rules.get(rule.id());
        if (found == null) {
            found = new RuleTokens(rule);
            rules.put(rule.id(), found);
        }
        return found.keys.get(key, found);
    }

    @Override
    public void limited(Rule rule) {
        limited.merge(rule.policy(), 1L, Long::sum);
    }

    /** Gives back what is not used, and tells the node what was counted; each {@link Defaults#RATE_LIMIT_SWEEP}. */
    public void sweep() {
        sweeps.next();
        rules.values().removeIf(rule -> {
            rule.keys.sweep();
            return rule.keys.isEmpty();
        });
        if (!limited.isEmpty()) {
            node.limited(Map.copyOf(limited));
            limited.clear();
        }
    }

    /** So many nodes share the limits of the cluster; from any thread. */
    void shareAmong(int sharers) {
        turns.execute(() -> nodes = sharers);
    }

    /** The keys of one rule. */
    private final class RuleTokens implements Function<String, LeasedTokens> {

        private final Rule rule;
        private final KeyTable<LeasedTokens> keys = new KeyTable<>(Math.max(1, Defaults.RATE_LIMIT_KEYS / loops));

        RuleTokens(Rule rule) {
            this.rule = rule;
        }

        @Override
        public LeasedTokens apply(String key) {
            return new LeasedTokens(turns, sweeps, new FromNode(rule, key), this::most);
        }

        /** What a loop may have leased: the loops of a node alone share one part of the burst, else half of one. */
        private long most() {
            long burst = rule.quota().burst() / Defaults.RATE_LIMIT_LEASED_PART / loops;
            return Math.max(1, rule.clustered() && nodes > 1 ? burst / 2 / nodes : burst);
        }
    }

    /** The way to the node's event loop and back. */
    private final class FromNode implements Lender {

        private final Rule rule;
        private final String key;

        FromNode(Rule rule, String key) {
            this.rule = rule;
            this.key = key;
        }

        @Override
        public void lend(long wanted, Consumer<Lease> borrower) {
            node.lend(rule, key, wanted, lease -> turns.execute(() -> borrower.accept(lease)));
        }

        @Override
        public void giveBack(long tokens) {
            node.giveBack(rule, key, tokens);
        }
    }
}
