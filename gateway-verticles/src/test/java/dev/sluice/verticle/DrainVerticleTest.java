package dev.sluice.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.DrainCommand;
import dev.sluice.bus.Message.DrainForced;
import dev.sluice.bus.Message.DrainRequested;
import dev.sluice.bus.Message.LoopDrained;
import dev.sluice.bus.Message.UndrainRequested;
import dev.sluice.config.Bootstrap;
import dev.sluice.drain.DrainPhase;
import dev.sluice.drain.DrainPlan;
import dev.sluice.spi.DrainPermits;
import dev.sluice.spi.DrainPermits.Permit;
import dev.sluice.spi.NodeLeave;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Row;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The drain's steps and what each waits for, without a gateway around them. */
final class DrainVerticleTest {

    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(50);

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);
    private final BlockingQueue<DrainPhase> phases = new LinkedBlockingQueue<>();
    private final BlockingQueue<DrainCommand> commands = new LinkedBlockingQueue<>();
    private final Promise<Permit> answer = Promise.promise();
    private final AtomicInteger released = new AtomicInteger();

    private final Permit permit = new Permit() {
        @Override
        public int survivors() {
            return 4;
        }

        @Override
        public void release() {
            released.incrementAndGet();
        }
    };

    @AfterEach
    void close() {
        Eventually.get(vertx.close());
    }

    private DrainVerticle start(DrainPlan plan, DrainPermits permits, NodeLeave leave) {
        bus.consume(DrainCommand.class, command -> {
            commands.add(command);
            phases.add(command.phase());
        });
        DrainVerticle verticle = new DrainVerticle(vertx, bus, plan, 2, permits, leave);
        Eventually.get(vertx.deployVerticle(verticle));
        bus.publish(new DrainRequested(null, null));
        return verticle;
    }

    private DrainVerticle start(DrainPlan plan) {
        return start(plan, patience -> answer.future(), NodeLeave.NONE);
    }

    private void await(DrainPhase expected) {
        assertEquals(expected, Eventually.take(expected + "", phases));
    }

    @Row("E8.0")
    @Test
    void waitsForItsTurnAndNoLongerThanItsPatience() {
        DrainVerticle verticle = start(new DrainPlan(SHORT, SHORT, LONG));
        await(DrainPhase.WAITING);
        await(DrainPhase.ANNOUNCING);
        await(DrainPhase.STOPPING);
        answer.complete(permit);
        Eventually.holds("what comes too late is given back", () -> released.get() == 1);
        bus.publish(new LoopDrained(0));
        bus.publish(new LoopDrained(1));
        await(DrainPhase.LEAVING);
        await(DrainPhase.DONE);
        Eventually.get(verticle.done());
        assertEquals(1, released.get());
    }

    @Test
    void itsTimesAreTheBootstraps() {
        Bootstrap base = Bootstrap.defaults();
        Bootstrap patient = new Bootstrap(
                base.adminHost(),
                base.adminPort(),
                base.eventLoops(),
                base.transport(),
                Duration.ofSeconds(20),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                base.accessLog(),
                base.maxConnections(),
                base.zone(),
                base.cluster());
        assertEquals(
                new DrainPlan(Duration.ofSeconds(20), Duration.ofSeconds(5), Duration.ofSeconds(30)),
                DrainPlan.of(patient));
        assertEquals(Duration.ofSeconds(2), DrainPlan.of(base).patience());
    }

    @Row("E8.0")
    @Test
    void keepsItsPermitUntilNothingIsLeft() {
        var unused = start(new DrainPlan(LONG, SHORT, LONG));
        await(DrainPhase.WAITING);
        answer.complete(permit);
        await(DrainPhase.ANNOUNCING);
        await(DrainPhase.STOPPING);
        bus.publish(new LoopDrained(0));
        bus.publish(new LoopDrained(0));
        assertEquals(0, released.get(), "the other loop has not drained");
        bus.publish(new LoopDrained(1));
        await(DrainPhase.LEAVING);
        await(DrainPhase.DONE);
        assertEquals(1, released.get());
    }

    @Row("E8.0")
    @Test
    void drainsWithoutOneWhenNobodyCanBeAsked() {
        var unused = start(
                new DrainPlan(LONG, LONG, LONG),
                patience -> {
                    throw new IllegalStateException("the cluster is gone");
                },
                NodeLeave.NONE);
        await(DrainPhase.ANNOUNCING);
    }

    @Test
    void servesAgainWhileItWaitsOrAnnounces() {
        var unused = start(new DrainPlan(LONG, LONG, LONG));
        await(DrainPhase.WAITING);
        bus.publish(new UndrainRequested());
        await(DrainPhase.SERVING);
        bus.publish(new DrainRequested(null, null));
        await(DrainPhase.WAITING);
        answer.complete(permit);
        await(DrainPhase.ANNOUNCING);
        Eventually.holds("the first turn's is given back", () -> released.get() == 1);
        bus.publish(new UndrainRequested());
        await(DrainPhase.SERVING);
        Eventually.holds("so is the second", () -> released.get() == 2);
        bus.publish(new UndrainRequested());
        bus.publish(new DrainRequested(Duration.ZERO, LONG));
        await(DrainPhase.ANNOUNCING);
        await(DrainPhase.STOPPING);
        bus.publish(new UndrainRequested());
        bus.publish(new DrainForced("a test says so"));
        await(DrainPhase.FORCING);
        List<String> reasons = commands.stream()
                .map(DrainCommand::reason)
                .filter(reason -> !reason.isEmpty())
                .toList();
        assertEquals(List.of("a test says so"), reasons);
    }

    @Row("E8.6")
    @Test
    void everyStepEnds() {
        DrainVerticle verticle = start(
                new DrainPlan(SHORT, SHORT, SHORT),
                patience -> answer.future(),
                () -> Future.failedFuture("the cluster is gone"));
        for (DrainPhase each : DrainPhase.values()) {
            if (each != DrainPhase.SERVING) {
                await(each);
            }
        }
        Eventually.get(verticle.done());
    }

    @Test
    void tellsClientsAtThePaceOfOneSurvivor() {
        DrainPlan plan = new DrainPlan(Duration.ZERO, Duration.ofSeconds(11), Duration.ofSeconds(20));
        var unused = start(plan, patience -> Future.succeededFuture(permit), NodeLeave.NONE);
        DrainCommand announcing = Eventually.take("ANNOUNCING", commands);
        assertEquals(Duration.ofSeconds(31), announcing.remaining());
        assertEquals(Duration.ofSeconds(11), announcing.accepting());
        assertEquals(Duration.ofMillis(2500), announcing.pace(), "ten seconds over four");
        assertEquals(Duration.ofSeconds(10), plan.announcePace(0));
        assertEquals(Duration.ofSeconds(5), plan.stopPace());
        await(DrainPhase.ANNOUNCING);
    }
}
