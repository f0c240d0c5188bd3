package dev.sluice.verticle;

import io.vertx.core.Vertx;
import java.time.Duration;

/** What comes next in a sequence of phases, unless something else does before: one timer at most. */
final class NextStep {

    private static final long NONE = -1;

    private final Vertx vertx;
    private long timer = NONE;

    NextStep(Vertx vertx) {
        this.vertx = vertx;
    }

    /** In place of what was to come; at once when there is nothing to wait for. */
    void after(Duration delay, Runnable step) {
        cancel();
        if (delay.isZero()) {
            step.run();
        } else {
            timer = vertx.setTimer(delay.toMillis(), id -> step.run());
        }
    }

    /** Nothing comes. */
    void cancel() {
        if (timer != NONE) {
            boolean unused = vertx.cancelTimer(timer);
            timer = NONE;
        }
    }
}
