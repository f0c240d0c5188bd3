package dev.sluice.balance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.sluice.config.Defaults;
import org.junit.jupiter.api.Test;

final class PeakLatencyTest {

    private static final long DECAY = Defaults.LATENCY_DECAY.toNanos();

    private final PeakLatency latency = new PeakLatency();

    @Test
    void risesAtOnceAndSinksSlowly() {
        assertFalse(latency.known());
        latency.observe(10, 0);
        assertEquals(10, latency.nanos(0));
        latency.observe(1000, 0);
        assertEquals(1000, latency.nanos(0));
        latency.observe(100, DECAY);
        assertEquals(1000 / Math.E + 100 * (1 - 1 / Math.E), latency.nanos(DECAY), 1e-6);
    }

    @Test
    void isForgottenWithoutAnswers() {
        latency.observe(1000, 7);
        assertEquals(1000 / Math.E, latency.nanos(7 + DECAY), 1e-6);
        assertEquals(1000 / Math.E * 3, latency.cost(2, 7 + DECAY), 1e-6);
    }

    /** Who hangs must not look new for ever, nor who had bad luck slow. */
    @Test
    void oneThatHasNeverAnsweredIsTakenForSlowUntilItDoes() {
        assertEquals(0, latency.cost(0, 0));
        latency.waited(5, 0);
        assertFalse(latency.known());
        double start = Defaults.LATENCY_START.toNanos();
        assertEquals(start, latency.cost(0, 0));
        assertEquals(2 * start / Math.E, latency.cost(1, DECAY), 1e-3);
        latency.observe(7, DECAY);
        assertEquals(7, latency.cost(0, DECAY));
        latency.waited(5, DECAY);
        assertEquals(7, latency.cost(0, DECAY));
        latency.waited(9, DECAY);
        assertEquals(9, latency.cost(0, DECAY));
    }
}
