package dev.sluice.balance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.sluice.config.UpstreamTerms.Balancing;
import dev.sluice.config.UpstreamTerms.Policy;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Slow start, retries, shares: whom a request goes to in the end. */
final class SelectionTest {

    private static final Tried<Target> NOWHERE = target -> false;
    private static final long WINDOW = Duration.ofSeconds(100).toNanos();

    private final SplittableRandom random = new SplittableRandom(4711);
    private long now = -5; // nanoTime may be negative

    private Selection<TestTarget> selection(Policy policy, List<TestTarget> targets, Duration slowStart) {
        return selection(policy, targets, slowStart, null);
    }

    private Selection<TestTarget> selection(
            Policy policy, List<TestTarget> targets, Duration slowStart, @Nullable Selection<TestTarget> before) {
        Balancing terms = new Balancing(policy, List.of(), null, slowStart, false, 50);
        return new Selection<>(targets, terms, "", before, random, () -> now);
    }

    private Distribution picks(Selection<TestTarget> selection, List<TestTarget> targets, int count) {
        return Distribution.of(targets, count, () -> selection.pick(random.nextLong(), NOWHERE));
    }

    /** At 0, 5, 10, 25, 50, 75 and 100 % of the window: its weight counts for a tenth, and then for the part that has passed. */
    @ParameterizedTest
    @EnumSource(Policy.class)
    void aFreshTargetGrows(Policy policy) {
        List<TestTarget> targets = TestTarget.many(5);
        // By hash, shares are those of the ring, which is uneven by itself.
        Distribution without = picks(selection(policy, targets, Duration.ZERO), targets, 100_000);
        TestTarget fresh = targets.get(2);
        fresh.fresh = true;
        fresh.freshSinceNanos = now;
        Selection<TestTarget> selection = selection(policy, targets, Duration.ofNanos(WINDOW));
        long start = now;
        for (int percent : new int[] {0, 5, 10, 25, 50, 75, 100}) {
            now = start + WINDOW / 100 * percent;
            double part = Math.max(0.1, percent / 100.0);
            assertEquals(part, selection.ramp(fresh), 1e-9);
            Distribution picks = picks(selection, targets, 100_000);
            double full = without.share(fresh);
            double expected = full * part / (full * part + 1 - full);
            // Six standard deviations of 100,000 draws with p = 0.2, and those of the comparison.
            assertEquals(expected, picks.share(fresh), 0.011);
        }
        now = start + 2 * WINDOW;
        assertEquals(1, selection.ramp(fresh));
    }

    /** By hash, a client that has come over stays: it does not go back and forth while the new one grows. */
    @ParameterizedTest
    @EnumSource(
            value = Policy.class,
            names = {"RING_HASH", "MAGLEV"})
    void clientsComeOverOneByOne(Policy policy) {
        List<TestTarget> targets = TestTarget.many(5);
        TestTarget fresh = targets.get(0);
        fresh.fresh = true;
        fresh.freshSinceNanos = now;
        Selection<TestTarget> selection = selection(policy, targets, Duration.ofNanos(WINDOW));
        Set<Integer> over = new HashSet<>();
        Map<Integer, TestTarget> elsewhere = new HashMap<>();
        for (int percent = 0; percent <= 100; percent += 5, now += WINDOW / 20) {
            for (int key = 0; key < 5_000; key++) {
                TestTarget picked = selection.pick(Hash64.of("client" + key), NOWHERE);
                if (picked == fresh) {
                    over.add(key);
                } else {
                    assertFalse(over.contains(key), "went back");
                    TestTarget before = elsewhere.put(key, picked);
                    assertTrue(before == null || before == picked, "moved between others");
                }
            }
        }
        assertEquals(1000, over.size(), 350);
    }

    @Test
    void whenAllAreFreshAllAreEqual() {
        List<TestTarget> targets = TestTarget.many(3);
        targets.forEach(target -> {
            target.fresh = true;
            target.freshSinceNanos = now;
        });
        picks(selection(Policy.RANDOM, targets, Duration.ofNanos(WINDOW)), targets, 100_000)
                .assertProportionalTo(Target::weight);
    }

    @ParameterizedTest
    @EnumSource(Policy.class)
    void whoWasTriedIsAvoided(Policy policy) {
        List<TestTarget> targets = TestTarget.many(3);
        Selection<TestTarget> selection = selection(policy, targets, Duration.ZERO);
        for (int i = 0; i < 1000; i++) {
            long hash = random.nextLong();
            Set<TestTarget> tried = new HashSet<>();
            for (int attempt = 0; attempt < 3; attempt++) {
                assertTrue(tried.add(selection.pick(hash, tried::contains)), "was there already");
            }
            assertNotNull(selection.pick(hash, tried::contains), "any, once all have been tried");
        }
    }

    @Test
    void theSecondChoiceOfAHashIsAlwaysTheSame() {
        List<TestTarget> targets = TestTarget.many(9);
        Selection<TestTarget> selection = selection(Policy.MAGLEV, targets, Duration.ZERO);
        for (int key = 0; key < 100; key++) {
            long hash = Hash64.of("client" + key);
            TestTarget first = selection.pick(hash, NOWHERE);
            TestTarget second = selection.pick(hash, target -> target == first);
            assertNotEquals(first, second);
            assertEquals(second, selection.pick(hash, target -> target == first));
        }
    }

    /** One of a thousand left: draws may miss it for ever, so it is looked for. */
    @Test
    void theLastOneUntriedIsFound() {
        List<TestTarget> targets = TestTarget.many(1000);
        TestTarget last = targets.get(777);
        for (Policy policy : Policy.values()) {
            Selection<TestTarget> selection = selection(policy, targets, Duration.ZERO);
            assertEquals(last, selection.pick(random.nextLong(), target -> target != last));
        }
    }

    @Test
    void aTryGoesToTheNextPriorityWhenThisOneIsExhausted() {
        List<TestTarget> targets = TestTarget.many(2);
        targets.get(1).priority(1);
        Selection<TestTarget> selection = selection(Policy.LEAST_REQUEST, targets, Duration.ZERO);
        assertEquals(targets.get(0), selection.pick(1, NOWHERE));
        assertEquals(targets.get(1), selection.pick(1, target -> target == targets.get(0)));
        assertEquals(targets.get(0), selection.pick(1, target -> true), "again, when there is no other");
        targets.get(1).fit(false);
        selection = selection(Policy.LEAST_REQUEST, targets, Duration.ZERO);
        assertEquals(targets.get(0), selection.pick(1, target -> target == targets.get(0)));
    }

    @Test
    void sharesAreKept() {
        List<TestTarget> targets = TestTarget.many(6);
        targets.subList(2, 4).forEach(target -> target.fit(false));
        targets.subList(4, 6).forEach(target -> target.priority(1));
        // 2 of 4 are fit: 70 % stay, 30 % go to the second priority.
        for (Policy policy : List.of(Policy.ROUND_ROBIN, Policy.RANDOM, Policy.LEAST_REQUEST)) {
            picks(selection(policy, targets, Duration.ZERO), targets, 100_000)
                    .assertProportionalTo(target -> target.priority == 1 ? 15 : target.fit ? 35 : 0);
        }
    }

    @Test
    void nobodyIsPickedWhereNobodyMay() {
        List<TestTarget> targets = TestTarget.many(2);
        targets.forEach(target -> target.fit(false));
        Balancing never = new Balancing(Policy.RANDOM, List.of(), null, Duration.ZERO, false, 0);
        Selection<TestTarget> selection = new Selection<>(targets, never, "", null, random, () -> now);
        assertNull(selection.pick(1, NOWHERE));
        assertFalse(selection.mayPick(targets.get(0)));
        assertTrue(selection(Policy.RANDOM, targets, Duration.ZERO).mayPick(targets.get(0)), "panic");
    }

    /** Half a round, then one leaves: the other half still has its turn first. */
    @Test
    void turnsAreTakenOver() {
        List<TestTarget> targets = TestTarget.many(10);
        Selection<TestTarget> before = selection(Policy.ROUND_ROBIN, targets, Duration.ZERO);
        Set<TestTarget> served = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            served.add(before.pick(0, NOWHERE));
        }
        TestTarget gone = targets.stream().filter(served::contains).findFirst().orElseThrow();
        List<TestTarget> rest =
                targets.stream().filter(target -> target != gone).toList();
        Selection<TestTarget> after = selection(Policy.ROUND_ROBIN, rest, Duration.ZERO, before);
        for (int i = 0; i < 5; i++) {
            assertTrue(served.add(after.pick(0, NOWHERE)), "had its turn");
        }
    }

    /** A target that is ejected and comes back. */
    @ParameterizedTest
    @EnumSource(
            value = Policy.class,
            names = {"RING_HASH", "MAGLEV"})
    void aTargetThatComesBackFindsItsClients(Policy policy) {
        List<TestTarget> targets = TestTarget.many(10);
        Selection<TestTarget> before = selection(policy, targets, Duration.ZERO);
        TestTarget ejected = targets.get(4);
        ejected.fit(false);
        Selection<TestTarget> without = selection(policy, targets, Duration.ZERO, before);
        ejected.fit(true);
        Selection<TestTarget> again = selection(policy, targets, Duration.ZERO, without);
        int moved = 0;
        for (int key = 0; key < 1000; key++) {
            long hash = Hash64.of("client" + key);
            assertEquals(before.pick(hash, NOWHERE), again.pick(hash, NOWHERE));
            assertNotEquals(ejected, without.pick(hash, NOWHERE));
            moved += before.pick(hash, NOWHERE) == without.pick(hash, NOWHERE) ? 0 : 1;
        }
        assertTrue(moved > 0, "nothing moved away");
        ejected.weight(50);
        Selection<TestTarget> heavier = selection(policy, targets, Duration.ZERO, again);
        Distribution shares = picks(heavier, targets, 10_000);
        assertEquals(50 / 59.0, shares.share(ejected), 0.1, "a table of other weights is not used again");
    }

    /** A pick costs no garbage, by whatever policy: a hundred bytes are the measurement's own. */
    @ParameterizedTest
    @EnumSource(Policy.class)
    void pickingAllocatesNothing(Policy policy) {
        List<TestTarget> targets = TestTarget.weighted(1, 2, 3, 1, 1, 1);
        targets.get(5).priority(1);
        targets.subList(0, 2).forEach(target -> target.fit(false));
        targets.get(2).fresh = true;
        targets.get(2).freshSinceNanos = now;
        Selection<TestTarget> selection = selection(policy, targets, Duration.ofNanos(WINDOW));
        Tried<TestTarget> failed = target -> target == targets.get(3);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                selection.pick(random.nextLong(), NOWHERE);
                selection.pick(random.nextLong(), failed);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertTrue(least < 1000, least + " bytes for 20,000 picks");
    }
}
