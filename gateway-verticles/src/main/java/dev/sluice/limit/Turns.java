package dev.sluice.limit;

import java.time.Duration;

/** One event loop as rate limits see it: work that is done in turns, and a clock. */
public interface Turns {

    /** Does something in a turn of the loop; from any thread. */
    void execute(Runnable task);

    /** Does something in a later turn; to be called on the loop. */
    void after(Duration delay, Runnable task);

    /** Microseconds of a monotonic clock. */
    long micros();
}
