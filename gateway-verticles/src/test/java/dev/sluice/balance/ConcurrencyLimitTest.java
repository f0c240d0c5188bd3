package dev.sluice.balance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Defaults;
import org.junit.jupiter.api.Test;

/** A limit that grows while answers are as quick as ever, and shrinks when they are not. */
final class ConcurrencyLimitTest {

    private static final long MILLI = 1_000_000;

    private long now = -1;

    /** Answers of so many windows, each as slow, with all places taken. */
    private void windows(ConcurrencyLimit limit, int count, long nanos, int underWay) {
        for (int window = 0; window < count; window++) {
            now += Defaults.CONCURRENCY_WINDOW.toNanos();
            for (int i = 0; i < Defaults.CONCURRENCY_SAMPLES; i++) {
                limit.observe(true, nanos, underWay < 0 ? limit.limit() : underWay, now);
            }
        }
    }

    @Test
    void growsByItsRootWhileLatencyIsSteady() {
        ConcurrencyLimit limit = new ConcurrencyLimit(1, 1000, now);
        assertEquals(Defaults.CONCURRENCY_START, limit.limit());
        double expected = Defaults.CONCURRENCY_START;
        for (int i = 0; i < 50; i++) {
            windows(limit, 1, 5 * MILLI, -1);
            expected += Math.sqrt(expected) * Defaults.CONCURRENCY_SMOOTHING;
            assertEquals((int) expected, limit.limit());
        }
        windows(limit, 1000, 5 * MILLI, -1);
        assertEquals(1000, limit.limit());
    }

    @Test
    void shrinksWhenAnswersBecomeSlow() {
        ConcurrencyLimit limit = new ConcurrencyLimit(5, 1000, now);
        windows(limit, 100, 5 * MILLI, -1);
        int before = limit.limit();
        windows(limit, 1, 50 * MILLI, -1);
        // Half of it plus its root, a fifth of the way.
        assertEquals(
                before + (before * 0.5 + Math.sqrt(before) - before) * Defaults.CONCURRENCY_SMOOTHING,
                limit.limit(),
                1.5);
        windows(limit, 20, 50 * MILLI, -1);
        assertTrue(limit.limit() < before / 3, limit.limit() + " of " + before);
        windows(limit, 100, 5000 * MILLI, -1);
        assertEquals(5, limit.limit());
    }

    @Test
    void comesBackWhenAnswersAreQuickAgain() {
        ConcurrencyLimit limit = new ConcurrencyLimit(5, 100, now);
        windows(limit, 100, 5 * MILLI, -1);
        windows(limit, 40, 100 * MILLI, -1);
        int overloaded = limit.limit();
        windows(limit, 200, 5 * MILLI, -1);
        assertEquals(100, limit.limit());
        assertTrue(overloaded < 50, overloaded + "");
    }

    @Test
    void staysWhenNobodyUsesIt() {
        ConcurrencyLimit limit = new ConcurrencyLimit(1, 1000, now);
        windows(limit, 100, 5 * MILLI, Defaults.CONCURRENCY_START / 2 - 1);
        assertEquals(Defaults.CONCURRENCY_START, limit.limit());
    }

    /** What is refused at once says nothing of the load; what runs into a timeout does. */
    @Test
    void failuresCountWhenTheyAreSlow() {
        ConcurrencyLimit limit = new ConcurrencyLimit(1, 1000, now);
        windows(limit, 100, 5 * MILLI, -1);
        int before = limit.limit();
        for (int i = 0; i < 1000; i++) {
            now += Defaults.CONCURRENCY_WINDOW.toNanos();
            limit.observe(false, MILLI, before, now);
        }
        assertEquals(before, limit.limit());
        for (int i = 0; i < 100; i++) {
            now += Defaults.CONCURRENCY_WINDOW.toNanos();
            limit.observe(false, 1000 * MILLI, before, now);
        }
        assertTrue(limit.limit() < before, limit.limit() + "");
    }

    @Test
    void oneLoopsShareMayBeBelowTheStart() {
        assertEquals(3, new ConcurrencyLimit(1, 3, now).limit());
        assertEquals(50, new ConcurrencyLimit(50, 100, now).limit());
    }
}
