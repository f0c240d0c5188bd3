package dev.sluice.drain;

import java.time.Duration;

/**
 * The timings of a drain.
 *
 * @param lameDuck how long to go on accepting after readiness turned 503
 * @param deadline how long exchanges in flight may take after that
 */
public record DrainPlan(Duration lameDuck, Duration deadline) {

    public DrainPlan {
        if (lameDuck.isNegative() || deadline.isNegative()) {
            throw new IllegalArgumentException("lameDuck and deadline (expected: zero or more)");
        }
    }
}
