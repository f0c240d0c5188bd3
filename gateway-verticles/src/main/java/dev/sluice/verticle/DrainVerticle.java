package dev.sluice.verticle;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.DrainCommand;
import dev.sluice.bus.Message.DrainRequested;
import dev.sluice.bus.Message.LoopDrained;
import dev.sluice.config.Defaults;
import dev.sluice.drain.DrainPhase;
import dev.sluice.drain.DrainPlan;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The drain state machine of a node: announces, stops, waits for every loop, forces at the deadline. */
final class DrainVerticle extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(DrainVerticle.class);

    private final Bus bus;
    private final DrainPlan plan;
    private final int loops;
    private final Set<Integer> drained = new HashSet<>();
    private final Promise<Void> done = Promise.promise();
    private DrainPhase phase = DrainPhase.SERVING;

    DrainVerticle(Bus bus, DrainPlan plan, int loops) {
        this.bus = bus;
        this.plan = plan;
        this.loops = loops;
    }

    /** Completes when nothing is left on any loop. */
    Future<Void> done() {
        return done.future();
    }

    @Override
    public Future<?> start() {
        bus.consume(DrainRequested.class, this::requested);
        bus.consume(LoopDrained.class, this::loopDrained);
        return Future.succeededFuture();
    }

    private void requested(DrainRequested request) {
        if (request.force()) {
            force();
        } else if (phase == DrainPhase.SERVING) {
            announce();
        }
    }

    private void announce() {
        enter(DrainPhase.ANNOUNCING, plan.lameDuck().plus(plan.deadline()));
        after(plan.lameDuck(), this::stopAccepting);
    }

    private void stopAccepting() {
        if (phase == DrainPhase.ANNOUNCING) {
            enter(DrainPhase.STOPPING, plan.deadline());
            after(plan.deadline(), this::force);
        }
    }

    private void force() {
        if (phase != DrainPhase.FORCING && phase != DrainPhase.DONE) {
            enter(DrainPhase.FORCING, Duration.ZERO);
            after(Defaults.FORCED_CLOSE, this::finish);
        }
    }

    private void loopDrained(LoopDrained loop) {
        drained.add(loop.loop());
        if (drained.size() == loops) {
            finish();
        }
    }

    private void finish() {
        if (phase != DrainPhase.DONE) {
            enter(DrainPhase.DONE, Duration.ZERO);
            done.tryComplete();
        }
    }

    private void enter(DrainPhase next, Duration remaining) {
        phase = next;
        log.info("event=drain phase={} remaining_ms={}", next, remaining.toMillis());
        bus.publish(new DrainCommand(next, remaining));
    }

    private void after(Duration delay, Runnable step) {
        if (delay.isZero()) {
            step.run();
        } else {
            long unused = vertx.setTimer(delay.toMillis(), id -> step.run());
        }
    }
}
