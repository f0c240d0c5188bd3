package dev.sluice.verticle;

import static java.util.Objects.requireNonNull;

import dev.sluice.config.Defaults;
import dev.sluice.limit.LoopLimits;
import dev.sluice.limit.NodeLimits;
import dev.sluice.limit.Turns;
import dev.sluice.observe.RateLimitCounters;
import dev.sluice.spi.RateLimitLeases;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Owns the tokens of the node's rate limits, of which its loops lease theirs. */
final class RateLimitVerticle extends VerticleBase {

    private final RateLimitLeases leases;
    private final RateLimitCounters counters;
    private volatile @Nullable NodeLimits limits;

    RateLimitVerticle(RateLimitLeases leases, RateLimitCounters counters) {
        this.leases = leases;
        this.counters = counters;
    }

    @Override
    public Future<?> start() {
        NodeLimits node = new NodeLimits(new ContextTurns(vertx, context), leases, counters);
        long unused = vertx.setPeriodic(Defaults.RATE_LIMIT_SWEEP.toMillis(), id -> node.sweep());
        limits = node;
        return Future.succeededFuture();
    }

    /** The part of an event loop, to be asked on it once this verticle is deployed. */
    LoopLimits loop(Vertx vertx, Context context, int loops) {
        LoopLimits loop = new LoopLimits(new ContextTurns(vertx, context), requireNonNull(limits, "deployed"), loops);
        long unused = vertx.setPeriodic(Defaults.RATE_LIMIT_SWEEP.toMillis(), id -> loop.sweep());
        return loop;
    }

    private record ContextTurns(Vertx vertx, Context context) implements Turns {

        @Override
        public void execute(Runnable task) {
            context.runOnContext(v -> task.run());
        }

        @Override
        public void after(Duration delay, Runnable task) {
            long unused = vertx.setTimer(delay.toMillis(), id -> task.run());
        }

        @Override
        public long micros() {
            return System.nanoTime() / 1000;
        }
    }
}
