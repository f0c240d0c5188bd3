package dev.sluice.balance;

import dev.sluice.config.Defaults;
import dev.sluice.config.UpstreamTerms.Balancing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Who may be chosen among the targets of one backend as they are at present, and who is. */
public final class Selection<T extends Target> {

    /** How often a request is drawn for: after that slow start or an earlier try may not matter any more. */
    private static final int DRAWS = 16;

    private final LongSupplier nanoTime;
    private final List<T> targets;
    private final List<Share<T>> shares;
    private final List<LoadBalancer<T>> balancers = new ArrayList<>();
    /** Those before, for when a target that has just become unfit comes back. */
    private final List<LoadBalancer<T>> former;

    private final long slowStartNanos;
    /** When the last of the fresh targets has grown to its weight; only if {@link #ramping}. */
    private long rampEndNanos;

    private boolean ramping;

    /**
     * Divides the traffic and builds what the policy needs: up to a few milliseconds for a hash table. Tables of those
     * before it are used again where they fit.
     *
     * @param targets what they say of their weight, priority, zone and fitness is read now
     * @param zone where the gateway stands; empty when nobody says
     * @param before what was used until now, whose turns are taken over; null, too, when the policy is another
     * @param nanoTime monotonic
     */
    public Selection(
            List<T> targets,
            Balancing terms,
            String zone,
            @Nullable Selection<T> before,
            SplittableRandom random,
            LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.targets = List.copyOf(targets);
        this.shares = Share.divide(targets, terms.preferZone() ? zone : "", terms.panicPercent());
        Map<T, Double> turns = new HashMap<>();
        if (before != null) {
            before.balancers.forEach(balancer -> balancer.turns(turns));
        }
        this.former = before == null ? List.of() : before.balancers;
        for (Share<T> share : shares) {
            LoadBalancer<T> known = before == null ? null : before.serving(share.targets());
            balancers.add(
                    known == null ? LoadBalancer.of(terms.policy(), share.targets(), turns, random, nanoTime) : known);
        }
        this.slowStartNanos = terms.slowStart().toNanos();
        for (T target : targets) {
            long end = target.freshSinceNanos() + slowStartNanos;
            if (slowStartNanos > 0 && target.fresh() && (!ramping || end - rampEndNanos > 0)) {
                ramping = true;
                rampEndNanos = end;
            }
        }
    }

    /** Whether this one may be chosen, be it that its health is ignored. */
    public boolean mayPick(T target) {
        return target.fit() || shares.stream().anyMatch(share -> share.targets().contains(target));
    }

    /**
     * The target for a request; null when none may be chosen.
     *
     * @param hash equal for requests that belong together, and random for others
     */
    public @Nullable T pick(long hash, Tried<? super T> tried) {
        if (shares.isEmpty()) {
            return null;
        }
        int chosen = share(hash);
        LoadBalancer<T> balancer = balancers.get(chosen);
        T picked = balancer.pick(hash);
        if (!ramping && !tried.tried(picked)) {
            return picked;
        }
        return pickAgain(chosen, picked, hash, tried);
    }

    /** Where a target stands in its slow start: from a small part of its weight to 1, all of it. */
    public double ramp(T target) {
        if (slowStartNanos == 0 || !target.fresh()) {
            return 1;
        }
        double passed = (nanoTime.getAsLong() - target.freshSinceNanos()) / (double) slowStartNanos;
        return Math.min(1, Math.max(Defaults.SLOW_START_PART, passed));
    }

    private @Nullable LoadBalancer<T> serving(List<T> wanted) {
        return Stream.concat(balancers.stream(), former.stream())
                .filter(balancer -> balancer.serves(wanted))
                .findFirst()
                .orElse(null);
    }

    /** The share that a request falls into; the same for the same hash. */
    private int share(long hash) {
        int last = shares.size() - 1;
        if (last == 0) {
            return 0;
        }
        double ticket = Hash64.fraction(Hash64.mix(~hash));
        int share = 0;
        while (share < last && ticket >= shares.get(share).part()) {
            ticket -= shares.get(share).part();
            share++;
        }
        return share;
    }

    /**
     * Draws until a target is neither tried nor held back by its slow start. Holding back in proportion makes the share of
     * each that of its weight times its ramp, whatever the policy; with a hash, clients come over one by one.
     */
    private T pickAgain(int chosen, T first, long hash, Tried<? super T> tried) {
        if (ramping && nanoTime.getAsLong() - rampEndNanos >= 0) {
            ramping = false;
        }
        LoadBalancer<T> balancer = balancers.get(chosen);
        T picked = first;
        T heldBack = null;
        for (int draw = 1; draw <= DRAWS; draw++) {
            if (!tried.tried(picked)) {
                if (!ramping || Hash64.fraction(Hash64.mix(Hash64.nth(hash, -draw))) < ramp(picked)) {
                    return picked;
                }
                heldBack = picked;
            }
            picked = balancer.pick(Hash64.nth(hash, draw));
        }
        if (heldBack != null) {
            return heldBack;
        }
        T untried = untried(shares.get(chosen).targets(), hash, tried);
        if (untried == null) {
            untried = untried(targets, hash, tried);
        }
        return untried == null ? first : untried;
    }

    /** Any that was not tried, wherever the request would begin. */
    private @Nullable T untried(List<T> among, long hash, Tried<? super T> tried) {
        int start = (int) Long.remainderUnsigned(hash, among.size());
        for (int i = 0; i < among.size(); i++) {
            T target = among.get((start + i) % among.size());
            if (mayPick(target) && !tried.tried(target)) {
                return target;
            }
        }
        return null;
    }
}
