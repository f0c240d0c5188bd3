package dev.sluice.drain;

import dev.sluice.config.Bootstrap;
import dev.sluice.config.Defaults;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The timings of a drain. Together with {@link Defaults#FORCED_CLOSE} and {@link Defaults#NODE_LEAVE} they are all the
 * time that it takes at most.
 *
 * @param patience how long to wait for other nodes that drain, before anything else
 * @param lameDuck how long to go on accepting after readiness turned 503
 * @param deadline how long exchanges in flight may take after that
 */
public record DrainPlan(Duration patience, Duration lameDuck, Duration deadline) {

    public DrainPlan {
        if (patience.isNegative() || lameDuck.isNegative() || deadline.isNegative()) {
            throw new IllegalArgumentException("patience, lameDuck and deadline (expected: zero or more)");
        }
    }

    /** As it was configured. */
    public static DrainPlan of(Bootstrap bootstrap) {
        return new DrainPlan(bootstrap.drainPatience(), bootstrap.lameDuck(), bootstrap.drainDeadline());
    }

    /** The same with other times; null for those that stay. */
    public DrainPlan with(@Nullable Duration otherLameDuck, @Nullable Duration otherDeadline) {
        return new DrainPlan(
                patience,
                otherLameDuck == null ? lameDuck : otherLameDuck,
                otherDeadline == null ? deadline : otherDeadline);
    }

    /** Until what is left is aborted, from the end of the wait. */
    public Duration untilForced() {
        return lameDuck.plus(deadline);
    }

    /**
     * Over which clients are told to go: so fast that the last of them has heard before the lame duck ends, and so
     * slowly that each of the nodes that take them over gets them at the pace at which a single one would.
     *
     * @param survivors those nodes; 0 when nobody knows
     */
    public Duration announcePace(int survivors) {
        Duration half = lameDuck.dividedBy(2);
        Duration heard = half.compareTo(Defaults.GOAWAY_NOTICE) < 0 ? half : Defaults.GOAWAY_NOTICE;
        return lameDuck.minus(heard).dividedBy(Math.max(1, survivors));
    }

    /** Over which WebSockets are closed: as long as the lame duck, and at most the first quarter of the deadline. */
    public Duration stopPace() {
        Duration quarter = deadline.dividedBy(4);
        return quarter.compareTo(lameDuck) < 0 ? quarter : lameDuck;
    }
}
