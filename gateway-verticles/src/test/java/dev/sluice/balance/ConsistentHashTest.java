package dev.sluice.balance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Defaults;
import dev.sluice.config.UpstreamTerms.Policy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What ring hash and maglev promise: even shares, and that few clients move when a target leaves. */
final class ConsistentHashTest {

    private static final int KEYS = 100_000;

    private static LoadBalancer<TestTarget> balancer(Policy policy, List<TestTarget> targets) {
        return LoadBalancer.of(policy, targets, Map.of(), new SplittableRandom(1), () -> 0);
    }

    private static TestTarget pick(LoadBalancer<TestTarget> balancer, int key) {
        return balancer.pick(Hash64.of("user-" + key));
    }

    private static Distribution shares(LoadBalancer<TestTarget> balancer, List<TestTarget> targets) {
        int[] key = {0};
        return Distribution.of(targets, KEYS, () -> pick(balancer, key[0]++));
    }

    private static List<TestTarget> without(List<TestTarget> targets, int lost) {
        List<TestTarget> rest = new ArrayList<>(targets);
        rest.remove(lost);
        return rest;
    }

    /** Only keys of the lost target move, so the fraction that moves is its share: 1/n, give or take. */
    @Test
    void aRingMovesTheKeysOfTheLostTargetOnly() {
        for (int size : new int[] {3, 10, 100}) {
            List<TestTarget> targets = TestTarget.many(size);
            LoadBalancer<TestTarget> before = balancer(Policy.RING_HASH, targets);
            TestTarget lost = targets.get(size / 2);
            LoadBalancer<TestTarget> after = balancer(Policy.RING_HASH, without(targets, size / 2));
            int moved = 0;
            for (int key = 0; key < KEYS; key++) {
                TestTarget owner = pick(before, key);
                if (owner == lost) {
                    moved++;
                } else {
                    assertEquals(owner, pick(after, key), "a key of another target");
                }
            }
            // A share strays by one over the root of its points, 8 %; four times that is one in 16,000.
            assertEquals(1.0 / size, moved / (double) KEYS, 4 / Math.sqrt(Defaults.RING_POINTS) / size);
        }
    }

    /** The keys of the lost target move, and besides less than 3 % where a place has a hundredth of the targets' claims. */
    @Test
    void maglevMovesFewOthers() {
        for (int size : new int[] {3, 10, 100}) {
            List<TestTarget> targets = TestTarget.many(size);
            LoadBalancer<TestTarget> before = balancer(Policy.MAGLEV, targets);
            TestTarget lost = targets.get(size / 2);
            LoadBalancer<TestTarget> after = balancer(Policy.MAGLEV, without(targets, size / 2));
            int moved = 0;
            int others = 0;
            for (int key = 0; key < KEYS; key++) {
                TestTarget owner = pick(before, key);
                moved += owner == lost ? 1 : 0;
                others += owner != lost && owner != pick(after, key) ? 1 : 0;
            }
            // Five standard deviations of a share of KEYS.
            assertEquals(
                    1.0 / size, moved / (double) KEYS, 5 * Math.sqrt(1.0 / size / KEYS) + 1.0 / Defaults.MAGLEV_TABLE);
            assertTrue(others < 0.03 * KEYS, others + " (expected: less than 3 % of " + KEYS + ")");
        }
    }

    /** Points are chance: the share of one of 10 with 160 points each strays by 8 %, so all are within four times that. */
    @Test
    void aRingIsNearlyEven() {
        List<TestTarget> targets = TestTarget.many(10);
        Distribution shares = shares(balancer(Policy.RING_HASH, targets), targets);
        for (TestTarget target : targets) {
            assertEquals(0.1, shares.share(target), 0.1 * 4 / Math.sqrt(Defaults.RING_POINTS));
        }
    }

    /** Targets take turns: their places differ by one at most, and what is left is the chance of the keys. */
    @Test
    void maglevIsEven() {
        List<TestTarget> targets = TestTarget.many(10);
        LoadBalancer<TestTarget> balancer = balancer(Policy.MAGLEV, targets);
        Distribution shares = shares(balancer, targets);
        shares.assertProportionalTo(Target::weight);
        long[] place = {0};
        Distribution places = Distribution.of(targets, Defaults.MAGLEV_TABLE, () -> balancer.pick(place[0]++));
        for (TestTarget target : targets) {
            assertEquals(Defaults.MAGLEV_TABLE / 10.0, places.count(target), 1);
        }
    }

    @Test
    void weightsCount() {
        List<TestTarget> targets = TestTarget.weighted(4, 3, 2, 1);
        Distribution ring = shares(balancer(Policy.RING_HASH, targets), targets);
        for (TestTarget target : targets) {
            double share = target.weight() / 10.0;
            assertEquals(share, ring.share(target), share * 4 / Math.sqrt(target.weight() * Defaults.RING_POINTS));
        }
        LoadBalancer<TestTarget> maglev = balancer(Policy.MAGLEV, targets);
        long[] place = {0};
        Distribution places = Distribution.of(targets, Defaults.MAGLEV_TABLE, () -> maglev.pick(place[0]++));
        for (TestTarget target : targets) {
            // The last round may be cut short.
            assertEquals(Defaults.MAGLEV_TABLE * target.weight() / 10.0, places.count(target), 3);
        }
    }

    @Test
    void maglevKeepsExtremeWeights() {
        List<TestTarget> targets = TestTarget.many(51);
        targets.get(0).weight = 1000;
        LoadBalancer<TestTarget> maglev = balancer(Policy.MAGLEV, targets);
        long[] place = {0};
        Distribution places = Distribution.of(targets, Defaults.MAGLEV_TABLE, () -> maglev.pick(place[0]++));
        for (TestTarget target : targets) {
            assertEquals(Defaults.MAGLEV_TABLE * target.weight() / 1050.0, places.count(target), 51);
        }
    }

    /** Every loop and node must agree, in whatever order discovery tells the addresses. */
    @ParameterizedTest
    @EnumSource(
            value = Policy.class,
            names = {"RING_HASH", "MAGLEV"})
    void orderDoesNotMatter(Policy policy) {
        List<TestTarget> targets = TestTarget.weighted(1, 2, 3, 1, 2, 3, 1, 1);
        List<TestTarget> shuffled = new ArrayList<>(targets);
        Collections.shuffle(shuffled, new Random(7));
        LoadBalancer<TestTarget> one = balancer(policy, targets);
        LoadBalancer<TestTarget> other = balancer(policy, shuffled);
        for (int key = 0; key < 10_000; key++) {
            assertEquals(pick(one, key), pick(other, key));
        }
    }

    /** A ring whose points were halved to fit has points of the whole one only: the set of moved keys stays small. */
    @ParameterizedTest
    @EnumSource(
            value = Policy.class,
            names = {"RING_HASH", "MAGLEV"})
    void largeSetsFit(Policy policy) {
        List<TestTarget> targets = TestTarget.many(1000);
        Distribution shares = shares(balancer(policy, targets), targets);
        for (TestTarget target : targets) {
            // Some 80 points or 65 places each, and a hundred keys: chance moves each by a sixth, six times that is
            // all.
            assertEquals(0.001, shares.share(target), 0.001);
            assertTrue(shares.count(target) > 0, target + " has nothing");
        }
    }

    /** Computed by another program: a version that hashes otherwise moves every client during a rolling update. */
    @Test
    void hashesAreThoseOfEveryVersion() {
        assertEquals(0xf52a15e9a9b5e89bL, Hash64.of(""));
        assertEquals(0xc5d1556d66774a5cL, Hash64.of("alice"));
        assertEquals(0x60a47340763d0cabL, Hash64.of("\u00fc\u20ac"));
    }
}
