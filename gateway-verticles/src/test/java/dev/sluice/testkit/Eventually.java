package dev.sluice.testkit;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Every wait of the tests: bounded by one deadline, and a failure says what was waited for. */
public final class Eventually {

    /** Far above what anything takes on a loaded two-core machine, far below a build's patience. */
    public static final Duration DEADLINE = Duration.ofSeconds(15);

    private static final long POLL_NANOS = 1_000_000;

    private Eventually() {}

    /** Waits until the condition holds. */
    public static void holds(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("did not happen within " + DEADLINE + ": " + what);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** The result of a Vert.x future; its failure is thrown as the cause of an {@link AssertionError}. */
    public static <T> T get(Future<T> future) {
        return get(future.toCompletionStage());
    }

    /** The result of a stage; its failure is thrown as the cause of an {@link AssertionError}. */
    public static <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("failed: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("did not complete within " + DEADLINE, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** The failure of a Vert.x future that must fail. */
    public static Throwable failure(Future<?> future) {
        try {
            Object result =
                    future.toCompletionStage().toCompletableFuture().get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            throw new AssertionError("succeeded with " + result + " (expected: a failure)");
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            return cause == null ? e : cause;
        } catch (TimeoutException e) {
            throw new AssertionError("did not fail within " + DEADLINE, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** The head of a queue that another thread fills. */
    public static <T> T take(String what, BlockingQueue<T> queue) {
        try {
            T element = queue.poll(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            if (element == null) {
                throw new AssertionError("did not come within " + DEADLINE + ": " + what);
            }
            return element;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static AssertionError interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new AssertionError("interrupted", e);
    }
}
