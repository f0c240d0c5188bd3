package dev.sluice.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.Breaker;
import dev.sluice.failure.Failure;
import dev.sluice.loop.Loop;
import dev.sluice.observe.Metric;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.UpstreamChange;
import io.vertx.core.Vertx;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who connects next, where connects fail when the test says so. */
final class PoolGroupTest {

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        Eventually.get(vertx.close());
    }

    private void onLoop(Consumer<Loop> test) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        vertx.runOnContext(v -> {
            try {
                test.accept(new Loop(0, 1, vertx, System::nanoTime, () -> 0, new SplittableRandom(5)));
                done.complete(null);
            } catch (Throwable failed) {
                done.completeExceptionally(failed);
            }
        });
        var unused = Eventually.get(done);
    }

    private static PoolGroup group(Loop loop, long maxConnections) {
        PoolGroup group = new PoolGroup(loop);
        group.terms(UpstreamChange.breaker(b -> new Breaker(
                        maxConnections,
                        b.maxRequests(),
                        b.maxPending(),
                        b.pendingTimeout(),
                        b.maxRetries(),
                        b.retryBudgetPercent(),
                        b.minRetries()))
                .apply(UpstreamTerms.DEFAULT));
        return group;
    }

    /** Connects that are under way until the test ends them. */
    private static final class Held implements Connector {

        private final List<Handler> begun = new ArrayList<>();

        @Override
        public Runnable connect(Duration timeout, Handler handler) {
            begun.add(handler);
            return () -> {};
        }
    }

    private static final class Request extends Waiter {

        private final List<Failure> failures = new ArrayList<>();

        @Override
        protected void connected(PooledConnection connection) {
            throw new AssertionError("connected");
        }

        @Override
        protected void failed(Failure failure, @Nullable Throwable cause) {
            failures.add(failure);
            throw new IllegalStateException("a bug of whoever waits, on purpose");
        }
    }

    @Test
    void thoseThatWaitInAClosedPoolHaveTheirTurns() {
        onLoop(loop -> {
            PoolGroup group = group(loop, 2);
            Held one = new Held();
            Held other = new Held();
            ConnectionPool open = new ConnectionPool(loop, group, one, false);
            ConnectionPool closed = new ConnectionPool(loop, group, other, false);
            closed.close(); // its endpoint has left between the choice and the request
            open.acquire(new Request());
            closed.acquire(new Request());
            closed.acquire(new Request());
            assertEquals(1, one.begun.size());
            assertEquals(1, other.begun.size());
            assertEquals(2, group.connections());
            one.begun.get(0).failed(new ConnectException("no route"));
            assertEquals(2, other.begun.size());
        });
    }

    @Test
    void whatOneDoesWithItsFailureIsNothingToTheOthers() {
        onLoop(loop -> {
            PoolGroup group = group(loop, 1);
            Held held = new Held();
            ConnectionPool pool = new ConnectionPool(loop, group, held, false);
            Request first = new Request();
            Request second = new Request();
            pool.acquire(first);
            pool.acquire(second);
            held.begun.get(0).failed(new ConnectException("no route"));
            assertEquals(List.of(Failure.CONNECT_FAILED), first.failures);
            assertEquals(1, loop.counters().get(Metric.BUGS));
            assertEquals(2, held.begun.size());
            second.cancel();
            assertEquals(List.of(), second.failures);
            assertEquals(0, group.pending());
        });
    }
}
