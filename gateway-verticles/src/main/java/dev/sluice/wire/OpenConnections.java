package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import java.util.concurrent.atomic.AtomicLong;

/** Counts connections over all loops. */
final class OpenConnections {

    private final AtomicLong open = new AtomicLong();

    /** One more, unless that would be more than {@code max}; {@link ClientTerms#UNLIMITED}. */
    boolean enter(long max) {
        if (open.incrementAndGet() <= max || max == ClientTerms.UNLIMITED) {
            return true;
        }
        leave();
        return false;
    }

    void leave() {
        long unused = open.decrementAndGet();
    }
}
