package dev.sluice.balance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.UpstreamTerms.Policy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who gets how much by each policy. Seeds are fixed; what chance does is in the bounds of {@link Distribution}. */
final class PolicyTest {

    private static final int PICKS = 200_000;

    private final SplittableRandom random = new SplittableRandom(42);
    private long now;

    private LoadBalancer<TestTarget> balancer(Policy policy, List<TestTarget> targets) {
        return LoadBalancer.of(policy, targets, Map.of(), random, () -> now);
    }

    private Distribution picks(LoadBalancer<TestTarget> balancer, List<TestTarget> targets) {
        return Distribution.of(targets, PICKS, () -> balancer.pick(random.nextLong()));
    }

    @ParameterizedTest
    @EnumSource(
            value = Policy.class,
            names = {"ROUND_ROBIN", "LEAST_REQUEST", "RANDOM", "PEAK_EWMA"})
    void idleTargetsGetTheirWeight(Policy policy) {
        for (List<TestTarget> targets : List.of(
                TestTarget.weighted(1, 1),
                TestTarget.weighted(1, 1, 1, 1, 1),
                TestTarget.weighted(3, 1),
                TestTarget.weighted(1000, 1, 500, 20, 20, 7),
                TestTarget.weighted(5, 1, 1))) {
            targets.forEach(target -> target.latency().observe(1_000_000, now));
            Distribution picks = picks(balancer(policy, targets), targets);
            picks.assertProportionalTo(Target::weight);
        }
    }

    @ParameterizedTest
    @EnumSource(Policy.class)
    void theOnlyOneGetsAll(Policy policy) {
        List<TestTarget> targets = TestTarget.weighted(7);
        assertEquals(PICKS, picks(balancer(policy, targets), targets).count(targets.get(0)));
    }

    /** In turn means: in every window of as many picks as there are targets, each is picked once. */
    @Test
    void equalsTakeTurns() {
        List<TestTarget> targets = TestTarget.many(7);
        LoadBalancer<TestTarget> balancer = balancer(Policy.ROUND_ROBIN, targets);
        List<TestTarget> round = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            round.add(balancer.pick(0));
        }
        assertEquals(7, round.stream().distinct().count());
        for (int i = 0; i < 700; i++) {
            assertEquals(round.get(i % 7), balancer.pick(0));
        }
    }

    /**
     * With weights 5, 1 and 1, two gaps must hold five turns, so 3 in a row are the least there can be; for any weights
     * the wait of a target of weight w of W is at most ceil(W / w) + (n - 1) turns, since each of the others can be due at
     * most once more than its share within its interval.
     */
    @Test
    void heavyTargetsGetNoBursts() {
        List<TestTarget> small = TestTarget.weighted(5, 1, 1);
        LoadBalancer<TestTarget> balancer = balancer(Policy.ROUND_ROBIN, small);
        int run = 0;
        int longest = 0;
        for (int i = 0; i < 7_000; i++) {
            run = balancer.pick(0) == small.get(0) ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        assertTrue(longest <= 4, longest + " (expected: at most 4)");

        List<TestTarget> many = TestTarget.weighted(100, 50, 25, 10, 10, 4, 1);
        balancer = balancer(Policy.ROUND_ROBIN, many);
        Map<TestTarget, Integer> last = new HashMap<>();
        for (int i = 0; i < 10_000; i++) {
            TestTarget picked = balancer.pick(0);
            Integer before = last.put(picked, i);
            int bound = (int) Math.ceil(200.0 / picked.weight()) + 6;
            assertTrue(
                    before == null || i - before <= bound,
                    picked.weight() + " waited " + (before == null ? 0 : i - before));
        }
    }

    /** After any number of picks nobody is more than one turn away from its share, also over the horizon of a million. */
    @Test
    void turnsStayExactForEver() {
        List<TestTarget> targets = TestTarget.weighted(3, 2, 1);
        LoadBalancer<TestTarget> balancer = balancer(Policy.ROUND_ROBIN, targets);
        Distribution picks = Distribution.of(targets, 7_200_000, () -> balancer.pick(0));
        for (TestTarget target : targets) {
            assertEquals(7_200_000 * target.weight() / 6.0, picks.count(target), 2);
        }
    }

    @Test
    void turnsGoOnWhereTheyWere() {
        List<TestTarget> targets = TestTarget.many(10);
        LoadBalancer<TestTarget> balancer = balancer(Policy.ROUND_ROBIN, targets);
        List<TestTarget> served = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            served.add(balancer.pick(0));
        }
        Map<TestTarget, Double> turns = new HashMap<>();
        balancer.turns(turns);
        LoadBalancer<TestTarget> next = LoadBalancer.of(Policy.ROUND_ROBIN, targets, turns, random, () -> now);
        for (int i = 0; i < 6; i++) {
            TestTarget picked = next.pick(0);
            assertTrue(!served.contains(picked), picked + " had its turn");
            served.add(picked);
        }
    }

    /** Requests end in the order in which they came, {@code underWay} at a time. */
    private Distribution load(LoadBalancer<TestTarget> balancer, List<TestTarget> targets, int underWay) {
        Deque<TestTarget> line = new ArrayDeque<>();
        return Distribution.of(targets, PICKS, () -> {
            TestTarget picked = balancer.pick(random.nextLong());
            picked.requests++;
            line.add(picked);
            if (line.size() > underWay) {
                line.remove().requests--;
            }
            return picked;
        });
    }

    /** Of two, the less busy one is always taken: with equal service times they differ by no more than one. */
    @Test
    void theLessBusyOfTwoIsTaken() {
        List<TestTarget> targets = TestTarget.many(2);
        targets.get(0).requests = 10;
        LoadBalancer<TestTarget> balancer = balancer(Policy.LEAST_REQUEST, targets);
        for (int i = 0; i < 1000; i++) {
            assertEquals(targets.get(1), balancer.pick(0));
        }
    }

    /** One of n that is busy beyond all others is never taken, though each draw hits it: not even as both of the two. */
    @Test
    void theBusiestOfEqualsIsNeverTaken() {
        List<TestTarget> targets = TestTarget.many(5);
        targets.get(3).requests = 1;
        Distribution picks = picks(balancer(Policy.LEAST_REQUEST, targets), targets);
        picks.assertProportionalTo(target -> target.requests == 0 ? 1 : 0);
    }

    @Test
    void weightsHoldUnderLoad() {
        List<TestTarget> targets = TestTarget.weighted(4, 2, 1, 1);
        Distribution picks = load(balancer(Policy.LEAST_REQUEST, targets), targets, 64);
        for (TestTarget target : targets) {
            // Choosing the less busy one leaves far less to chance than drawing: 2 % of the whole is generous.
            assertEquals(target.weight() / 8.0, picks.share(target), 0.02);
            assertEquals(64 * target.weight() / 8.0, target.requests, 6);
        }
    }

    /** Ten times slower: requests pile up there and it is given less, about in proportion. */
    @Test
    void slowTargetsGetLessByLeastRequest() {
        List<TestTarget> targets = TestTarget.many(4);
        Distribution picks = simulate(Policy.LEAST_REQUEST, targets);
        // Fair would be 1/31 = 3.2 %; the power of two choices comes near it, random would give 25 %.
        assertTrue(picks.share(targets.get(0)) < 0.08, picks.share(targets.get(0)) + "");
    }

    @Test
    void slowTargetsGetLessByPeakEwma() {
        List<TestTarget> targets = TestTarget.many(4);
        Distribution picks = simulate(Policy.PEAK_EWMA, targets);
        assertTrue(picks.share(targets.get(0)) < 0.04, picks.share(targets.get(0)) + "");
        for (TestTarget quick : targets.subList(1, 4)) {
            assertEquals(1 / 3.0, picks.share(quick), 0.02);
        }
    }

    /** The first needs 50 ms, the others 5 ms; 2,000 requests a second. */
    private Distribution simulate(Policy policy, List<TestTarget> targets) {
        LoadBalancer<TestTarget> balancer = balancer(policy, targets);
        record Running(TestTarget target, long endNanos) {}
        Queue<Running> running = new PriorityQueue<>(Comparator.comparingLong(Running::endNanos));
        return Distribution.of(targets, PICKS / 4, () -> {
            now += 500_000;
            for (Running next = running.peek(); next != null && next.endNanos() <= now; next = running.peek()) {
                running.remove();
                next.target().requests--;
                next.target().latency().observe(taken(next.target(), targets), now);
            }
            TestTarget picked = balancer.pick(random.nextLong());
            picked.requests++;
            running.add(new Running(picked, now + taken(picked, targets)));
            return picked;
        });
    }

    private static long taken(TestTarget target, List<TestTarget> targets) {
        return target == targets.get(0) ? 50_000_000 : 5_000_000;
    }

    /** Twice the latency at the same number of requests: never taken. */
    @Test
    void theCheaperOfTwoIsTaken() {
        List<TestTarget> targets = TestTarget.many(2);
        targets.get(0).latency().observe(2_000_000, now);
        targets.get(1).latency().observe(1_000_000, now);
        LoadBalancer<TestTarget> balancer = balancer(Policy.PEAK_EWMA, targets);
        assertEquals(PICKS, picks(balancer, targets).count(targets.get(1)));
        targets.get(1).requests = 2; // three times one is more than one time two
        assertEquals(PICKS, picks(balancer, targets).count(targets.get(0)));
    }

    @Test
    void unknownTargetsAreAskedOnceAtATime() {
        List<TestTarget> targets = TestTarget.many(2);
        targets.get(0).latency().observe(1_000_000, now);
        LoadBalancer<TestTarget> balancer = balancer(Policy.PEAK_EWMA, targets);
        assertEquals(targets.get(1), balancer.pick(0));
        targets.get(1).requests = 1;
        assertEquals(targets.get(0), balancer.pick(0));
        targets.get(0).requests = 1999; // 2000 times 1 ms is as much as twice the start value of 1 s
        assertEquals(PICKS / 2.0, picks(balancer, targets).count(targets.get(0)), 5 * Math.sqrt(PICKS / 4.0));
        targets.get(0).requests = 2000;
        assertEquals(targets.get(1), balancer.pick(0));
    }
}
