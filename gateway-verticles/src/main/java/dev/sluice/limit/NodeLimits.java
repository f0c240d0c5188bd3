package dev.sluice.limit;

import dev.sluice.config.Defaults;
import dev.sluice.filter.RateLimits.Rule;
import dev.sluice.observe.RateLimitCounters;
import dev.sluice.spi.RateLimitLeases;
import dev.sluice.spi.RateLimitLeases.Lease;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The tokens of one node, which its event loops lease: from buckets of its own, or from those that it shares with the
 * cluster. Its public methods may be called from any thread, and are dealt with on its own event loop.
 */
public final class NodeLimits {

    /** Of a hash: so many that no two keys of a cluster share one by chance. */
    private static final int KEY_BYTES = 16;

    private final Turns turns;
    private final RateLimitLeases leases;
    private final RateLimitCounters counters;
    private final Sweeps sweeps = new Sweeps();
    private final Map<String, RuleAccounts> rules = new HashMap<>();
    private final List<LoopLimits> loops = new ArrayList<>();
    private int nodes = 1;

    /** @param leases {@link RateLimitLeases#NONE} for a node that stands alone: its limits are all its own then */
    public NodeLimits(Turns turns, RateLimitLeases leases, RateLimitCounters counters) {
        this.turns = turns;
        this.leases = leases;
        this.counters = counters;
    }

    /** Looks through what it has; on its own event loop, each {@link Defaults#RATE_LIMIT_SWEEP}. */
    public void sweep() {
        sweeps.next();
        rules.values().removeIf(accounts -> {
            accounts.keys.sweep();
            if (isShared(accounts.rule)) {
                counters.degraded(accounts.rule.policy(), !leases.isHealthy());
            }
            return accounts.keys.isEmpty();
        });
        if (leases.nodes() != nodes) {
            nodes = leases.nodes();
            loops.forEach(loop -> loop.shareAmong(nodes));
        }
    }

    /** Another loop leases from here. */
    void add(LoopLimits loop) {
        turns.execute(() -> {
            loops.add(loop);
            loop.shareAmong(nodes);
        });
    }

    /** Lends tokens of a key; the borrower is called on this node's own event loop. */
    void lend(Rule rule, String key, long wanted, Consumer<Lease> borrower) {
        turns.execute(() -> account(rule, key).lend(wanted, borrower));
    }

    void giveBack(Rule rule, String key, long tokens) {
        turns.execute(() -> account(rule, key).giveBack(tokens));
    }

    /** Requests that were turned away, by policy. */
    void limited(Map<String, Long> requests) {
        requests.forEach(counters::limited);
    }

    private Account account(Rule rule, String key) {
        RuleAccounts accounts = rules.computeIfAbsent(rule.id(), id -> new RuleAccounts(rule));
        return accounts.keys.get(key, name -> open(rule, name));
    }

    private Account open(Rule rule, String key) {
        return isShared(rule)
                ? new LeasedTokens(
                        turns,
                        sweeps,
                        new ClusterLender(turns, leases, counters, rule, clusterKey(rule, key)),
                        () -> most(rule))
                : new NodeBucket(turns, rule.quota());
    }

    private boolean isShared(Rule rule) {
        return rule.clustered() && leases != RateLimitLeases.NONE;
    }

    /** What this node may have leased beside its loops: the other half of its part. */
    private long most(Rule rule) {
        return Math.max(1, rule.quota().burst() / Defaults.RATE_LIMIT_LEASED_PART / 2 / leases.nodes());
    }

    /** Tells others nothing of what is in the key, which may be an API key. */
    private static String clusterKey(Rule rule, String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((rule.id() + '\n' + key).getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, KEY_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** What is known of one rule. */
    private static final class RuleAccounts {

        private final Rule rule;
        private final KeyTable<Account> keys = new KeyTable<>(Defaults.RATE_LIMIT_KEYS);

        RuleAccounts(Rule rule) {
            this.rule = rule;
        }
    }
}
