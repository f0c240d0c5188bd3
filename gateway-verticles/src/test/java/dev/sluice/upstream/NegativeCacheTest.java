package dev.sluice.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Defaults;
import org.junit.jupiter.api.Test;

final class NegativeCacheTest {

    private final NegativeCache cache = new NegativeCache();

    private long blockedFor(long now) {
        long base = Defaults.H3_RETRY_BASE.toNanos();
        long time = 0;
        while (cache.blocks(now + time)) {
            time += base;
        }
        return time / base;
    }

    @Test
    void timesDoubleUpToABoundAndEndWithASuccess() {
        long now = Long.MAX_VALUE - 5; // the clock may wrap
        assertFalse(cache.blocks(now));
        for (long expected : new long[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            cache.failed(now);
            assertEquals(expected, blockedFor(now));
        }
        for (int i = 0; i < 100; i++) {
            cache.failed(now);
        }
        assertEquals(60, blockedFor(now));
        assertTrue(cache.blocks(now));
        cache.succeeded();
        assertFalse(cache.blocks(now));
    }
}
