package dev.sluice.deploy;

import dev.sluice.config.Bootstrap;
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

    /** Closing what has no requests any more takes milliseconds; a fault there must not keep the process alive. */
    private static final long CLOSE_SECONDS = 5;

    private final Console console;
    private final Bootstrap bootstrap;
    private final Serving serving;
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final AtomicInteger signals = new AtomicInteger();
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
                    announce(runtime);
                },
                this::failed);
        int code = exit.join();
        CompletableFuture<Void> closed = new CompletableFuture<>();
        Future.join(serving.close(), vertx.close()).onComplete(done -> closed.complete(null));
        Void unused =
                closed.completeOnTimeout(null, CLOSE_SECONDS, TimeUnit.SECONDS).join();
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
        if (signals.incrementAndGet() > 1 || runtime == null) {
            console.err("sluice: stopped at once");
            // Not exit: nothing may keep a person waiting who has asked twice.
            Runtime.getRuntime().halt(ExitCode.SOFTWARE);
            return;
        }
        console.out("draining: " + plan() + "; a second signal stops at once");
        Instant begun = Instant.now();
        runtime.drain()
                .onComplete(
                        done -> {
                            console.out("drained in " + seconds(Duration.between(begun, Instant.now())) + " s");
                            exit.complete(ExitCode.OK);
                        },
                        exit::completeExceptionally);
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
