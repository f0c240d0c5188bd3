package dev.sluice.upstream;

import dev.sluice.config.Defaults;

/** Remembers that something failed, for a time that doubles with each failure in a row. */
final class NegativeCache {

    private int failures;
    private long untilNanos;

    /** Whether it is too early to try again. */
    boolean blocks(long nowNanos) {
        return failures > 0 && nowNanos - untilNanos < 0;
    }

    void failed(long nowNanos) {
        long base = Defaults.H3_RETRY_BASE.toNanos();
        long max = Defaults.H3_RETRY_MAX.toNanos();
        failures++;
        untilNanos = nowNanos + (failures > 20 ? max : Math.min(max, base << (failures - 1)));
    }

    void succeeded() {
        failures = 0;
    }
}
