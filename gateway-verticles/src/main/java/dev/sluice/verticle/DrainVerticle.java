package dev.sluice.verticle;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.DrainCommand;
import dev.sluice.bus.Message.DrainForced;
import dev.sluice.bus.Message.DrainRequested;
import dev.sluice.bus.Message.LoopDrained;
import dev.sluice.bus.Message.UndrainRequested;
import dev.sluice.config.Defaults;
import dev.sluice.drain.DrainPhase;
import dev.sluice.drain.DrainPlan;
import dev.sluice.spi.DrainPermits;
import dev.sluice.spi.DrainPermits.Permit;
import dev.sluice.spi.NodeLeave;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drain state machine of a node (correctness.md E8): waits for its turn, announces, stops, waits for every loop,
 * forces at the deadline, leaves. Each step has a time after which the next begins, whatever happens.
 */
final class DrainVerticle extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(DrainVerticle.class);

    private final Bus bus;
    private final DrainPlan configured;
    private final int loops;
    private final DrainPermits permits;
    private final NodeLeave nodeLeave;
    private final Set<Integer> drained = new HashSet<>();
    private final Promise<Void> done = Promise.promise();
    private final NextStep next;
    private DrainPlan plan;
    private DrainPhase phase = DrainPhase.SERVING;
    /** Counts the times that a permit was asked for. */
    private int turns;

    private @Nullable Permit permit;

    DrainVerticle(Vertx vertx, Bus bus, DrainPlan configured, int loops, DrainPermits permits, NodeLeave nodeLeave) {
        this.next = new NextStep(vertx);
        this.bus = bus;
        this.configured = configured;
        this.plan = configured;
        this.loops = loops;
        this.permits = permits;
        this.nodeLeave = nodeLeave;
    }

    /** Completes when nothing is left on any loop, and the node has left. */
    Future<Void> done() {
        return done.future();
    }

    @Override
    public Future<?> start() {
        bus.consume(DrainRequested.class, this::requested);
        bus.consume(UndrainRequested.class, request -> callOff());
        bus.consume(DrainForced.class, request -> force(request.reason()));
        bus.consume(LoopDrained.class, this::loopDrained);
        return Future.succeededFuture();
    }

    private void requested(DrainRequested request) {
        if (phase != DrainPhase.SERVING) {
            return;
        }
        plan = configured.with(request.lameDuck(), request.deadline());
        int turn = ++turns;
        Future<Permit> asked = careful(() -> permits.acquire(plan.patience()));
        if (asked.isComplete()) {
            granted(turn, asked);
            return;
        }
        enter(DrainPhase.WAITING, plan.patience().plus(plan.untilForced()), Duration.ZERO);
        next.after(plan.patience(), () -> announce(Permit.ALONE));
        asked.onComplete((granted, error) -> context.runOnContext(v -> granted(turn, asked)));
    }

    private void granted(int turn, Future<Permit> asked) {
        boolean waiting = phase == DrainPhase.SERVING || phase == DrainPhase.WAITING;
        if (asked.failed()) {
            log.warn("event=drain_permit_unknown cause={}", String.valueOf(asked.cause()));
        }
        if (turn == turns && waiting) {
            announce(asked.succeeded() ? asked.result() : Permit.ALONE);
        } else if (asked.succeeded()) {
            asked.result().release(); // too late
        }
    }

    private void announce(Permit granted) {
        permit = granted;
        enter(DrainPhase.ANNOUNCING, plan.untilForced(), plan.announcePace(granted.survivors()));
        next.after(plan.lameDuck(), this::stopAccepting);
    }

    private void callOff() {
        if (phase.revocable()) {
            turns++;
            next.cancel();
            enter(DrainPhase.SERVING, Duration.ZERO, Duration.ZERO);
            release();
        }
    }

    private void stopAccepting() {
        enter(DrainPhase.STOPPING, plan.deadline(), plan.stopPace());
        next.after(plan.deadline(), () -> force("the drain's deadline has passed"));
    }

    private void force(String reason) {
        if (phase.compareTo(DrainPhase.FORCING) < 0) {
            turns++;
            enter(DrainPhase.FORCING, Defaults.FORCED_CLOSE, Duration.ZERO, reason);
            next.after(Defaults.FORCED_CLOSE, this::leave);
        }
    }

    private void loopDrained(LoopDrained loop) {
        drained.add(loop.loop());
        if (drained.size() == loops) {
            leave();
        }
    }

    private void leave() {
        if (phase.compareTo(DrainPhase.LEAVING) < 0) {
            enter(DrainPhase.LEAVING, Defaults.NODE_LEAVE, Duration.ZERO);
            next.after(Defaults.NODE_LEAVE, this::finish);
            release();
            careful(nodeLeave::leave)
                    .onComplete((left, error) -> context.runOnContext(v -> {
                        if (error != null) {
                            log.warn("event=node_leave_failed cause={}", error.toString());
                        }
                        finish();
                    }));
        }
    }

    private void finish() {
        if (phase != DrainPhase.DONE) {
            next.cancel();
            enter(DrainPhase.DONE, Duration.ZERO, Duration.ZERO);
            done.tryComplete();
        }
    }

    private void release() {
        Permit held = permit;
        permit = null;
        if (held != null) {
            held.release();
        }
    }

    private void enter(DrainPhase next, Duration remaining, Duration pace) {
        enter(next, remaining, pace, "");
    }

    private void enter(DrainPhase next, Duration remaining, Duration pace, String reason) {
        Duration accepting = next.revocable() ? remaining.minus(plan.deadline()) : Duration.ZERO;
        phase = next;
        log.info("event=drain phase={} remaining_ms={}", next, remaining.toMillis());
        bus.publish(new DrainCommand(next, remaining, accepting, pace, reason));
    }

    /** Others' code must not keep the node from leaving. */
    private static <T> Future<T> careful(Supplier<? extends Future<? extends T>> call) {
        try {
            return call.get().map(result -> result);
        } catch (RuntimeException bug) {
            return Future.failedFuture(bug);
        }
    }
}
