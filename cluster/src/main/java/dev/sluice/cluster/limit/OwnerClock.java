package dev.sluice.cluster.limit;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The clock by which buckets fill: it does not jump while a process lives, and a bucket that moves to another node finds
 * nearly the same time there.
 */
final class OwnerClock {

    @SuppressWarnings("TimeInStaticInitializer") // once for the process is what is wanted
    private static final long OFFSET = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) - monotonic();

    private OwnerClock() {}

    /** Microseconds since 1970, as they were when the process began. */
    static long micros() {
        return OFFSET + monotonic();
    }

    private static long monotonic() {
        return System.nanoTime() / 1000;
    }
}
