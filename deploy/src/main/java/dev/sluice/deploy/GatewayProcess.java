package dev.sluice.deploy;

import dev.sluice.bus.Message.DrainCommand;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.Defaults;
import dev.sluice.drain.DrainPhase;
import dev.sluice.verticle.ConfigRejectedException;
import dev.sluice.verticle.GatewayRuntime;
import dev.sluice.verticle.GatewayVertx;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ExitCode;

/** One gateway as a process: starts it, tells of it, drains it on a signal, gives the exit code. */
final class GatewayProcess {

    private final Console console;
    private final Bootstrap bootstrap;
    private final Serving serving;
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    /** Signals since the drain that is under way was asked for, or begun. */
    private final AtomicInteger signals = new AtomicInteger();

    private volatile Instant begun = Instant.now();
    private volatile DrainPhase phase = DrainPhase.SERVING;
    private final AtomicReference<@Nullable GatewayRuntime> running = new AtomicReference<>();

    GatewayProcess(Console console, Bootstrap bootstrap, Serving serving) {
        this.console = console;
        this.bootstrap = bootstrap;
        this.serving = serving;
    }

    /** Blocks until the gateway has ended; returns the exit code. */
    int run() {
        Signals.onTermination(this::signalled);
        Vertx vertx = GatewayVertx.create(bootstrap);
        Future<GatewayRuntime> start = serving.open()
                .compose(source -> GatewayRuntime.start(vertx, bootstrap, source, Wiring.extensions(bootstrap)));
        start.onComplete(
                runtime -> {
                    running.set(runtime);
                    runtime.onDrain(this::drains);
                    runtime.drained()
                            .onSuccess(drained -> exit.complete(signals.get() > 1 ? ExitCode.SOFTWARE : ExitCode.OK));
                    announce(runtime);
                },
                this::failed);
        int code = exit.join();
        GatewayRuntime runtime = running.get();
        Future<Void> ended = runtime == null ? Future.succeededFuture() : runtime.close();
        CompletableFuture<Void> closed = new CompletableFuture<>();
        Future.join(serving.close(), ended.eventually(vertx::close)).onComplete(done -> closed.complete(null));
        Void unused = closed.completeOnTimeout(null, Defaults.PROCESS_CLOSE.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        return code;
    }

    private void announce(GatewayRuntime runtime) {
        // The JVM's own clock: the process is older where the launcher has built before it became Java.
        Duration sinceStart =
                Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime());
        new Banner(Versions.current(), bootstrap, runtime.sockets(), GatewayVertx.transportName(bootstrap), serving)
                .lines(sinceStart)
                .forEach(console::out);
    }

    private void failed(Throwable failure) {
        if (failure instanceof ConfigRejectedException rejected) {
            rejected.problems().forEach(problem -> console.err(problem.toString()));
            console.err("sluice: " + rejected.getMessage());
            exit.complete(ExitCode.USAGE);
        } else {
            exit.completeExceptionally(failure);
        }
    }

    /** On a JVM thread of the signal's. */
    private void signalled() {
        GatewayRuntime runtime = running.get();
        int signal = signals.incrementAndGet();
        if (signal == 1 && runtime != null) {
            console.out("draining: " + (phase == DrainPhase.SERVING ? plan() : "already")
                    + "; a second signal stops at once");
            runtime.drain().onFailure(exit::completeExceptionally);
        } else if (signal == 2 && runtime != null) {
            console.err("sluice: stopping at once");
            runtime.force("a second signal").onFailure(exit::completeExceptionally);
            // Not exit: nothing may keep a person waiting for longer who has asked twice.
            CompletableFuture.delayedExecutor(
                            Defaults.FORCED_CLOSE.plus(Defaults.FORCED_STOP).toMillis(), TimeUnit.MILLISECONDS)
                    .execute(() -> Runtime.getRuntime().halt(ExitCode.SOFTWARE));
        } else {
            Runtime.getRuntime().halt(ExitCode.SOFTWARE);
        }
    }

    /** On an event loop. */
    private void drains(DrainCommand command) {
        phase = command.phase();
        switch (command.phase()) {
            case SERVING -> {
                signals.set(0);
                console.out("serving again");
            }
            case WAITING -> console.out("waiting for other nodes that drain");
            case ANNOUNCING -> {
                begun = Instant.now();
                if (signals.get() == 0) {
                    console.out("draining: as the admin API was told; it takes " + seconds(command.remaining())
                            + " s at most");
                }
            }
            case STOPPING, LEAVING -> {}
            case FORCING -> console.out("aborting what is left");
            case DONE ->
                console.out((signals.get() > 1 ? "stopped" : "drained") + " in "
                        + seconds(Duration.between(begun, Instant.now())) + " s");
        }
    }

    private String plan() {
        String deadline = "requests in flight have " + seconds(bootstrap.drainDeadline()) + " s";
        return bootstrap.lameDuck().isZero()
                ? deadline
                : "still accepting for " + seconds(bootstrap.lameDuck()) + " s, then " + deadline;
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f", duration.toMillis() / 1000.0);
    }
}
