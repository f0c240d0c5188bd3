package dev.sluice.limit;

import dev.sluice.config.Defaults;
import dev.sluice.config.RateLimitTerms.Quota;
import dev.sluice.filter.RateLimits.Rule;
import dev.sluice.filter.RateLimits.Tokens;
import dev.sluice.observe.RateLimitCounters;
import dev.sluice.spi.RateLimitLeases;
import dev.sluice.spi.TokenBucket;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/** Nodes with their loops, and a cluster between them, on a clock that goes as fast as the work is done. */
final class Simulation implements RateLimitLeases {

    /** From one event loop of a node to another, in microseconds. */
    static final long HOP = 50;

    private record Event(long micros, long order, Runnable task) {}

    private final PriorityQueue<Event> events = new PriorityQueue<>(
            (a, b) -> a.micros != b.micros ? Long.compare(a.micros, b.micros) : Long.compare(a.order, b.order));
    private final Map<String, TokenBucket> owned = new HashMap<>();
    private final int nodes;
    private final long latency;
    final List<List<LoopLimits>> loops = new ArrayList<>();
    final List<Long> admitted = new ArrayList<>();
    final List<Long> refused = new ArrayList<>();
    final List<RateLimitCounters> counters = new ArrayList<>();
    private long now = 1_000_000_000L;
    private long order;
    long asks;
    boolean isHealthy = true;
    boolean answers = true;

    /**
     * Of a cluster, or of one node that stands alone.
     *
     * @param latency of the way to a key's owner and back, in microseconds
     */
    Simulation(int nodes, int loopsPerNode, long latency) {
        this.nodes = nodes;
        this.latency = latency;
        for (int i = 0; i < nodes; i++) {
            RateLimitCounters own = new RateLimitCounters();
            counters.add(own);
            NodeLimits node = new NodeLimits(new SimulatedTurns(), nodes == 1 ? NONE : this, own);
            every(Defaults.RATE_LIMIT_SWEEP, node::sweep);
            List<LoopLimits> ownLoops = new ArrayList<>();
            for (int j = 0; j < loopsPerNode; j++) {
                LoopLimits loop = new LoopLimits(new SimulatedTurns(), node, loopsPerNode);
                every(Defaults.RATE_LIMIT_SWEEP, loop::sweep);
                ownLoops.add(loop);
            }
            loops.add(ownLoops);
        }
        run(Duration.ofSeconds(1)); // until all know how many they are
    }

    private final class SimulatedTurns implements Turns {

        @Override
        public void execute(Runnable task) {
            at(now + HOP, task);
        }

        @Override
        public void after(Duration delay, Runnable task) {
            at(now + delay.toNanos() / 1000, task);
        }

        @Override
        public long micros() {
            return now;
        }
    }

    long micros() {
        return now;
    }

    void at(long micros, Runnable task) {
        events.add(new Event(micros, order++, task));
    }

    private void every(Duration period, Runnable task) {
        at(now + period.toNanos() / 1000, () -> {
            task.run();
            every(period, task);
        });
    }

    /** One request, now. */
    void request(int node, int loop, Rule rule, String key) {
        Tokens tokens = loops.get(node).get(loop).tokens(rule, key);
        if (tokens.tryTake()) {
            admitted.add(now);
        } else {
            tokens.take(got -> (got ? admitted : refused).add(now));
        }
    }

    void run(Duration time) {
        long until = now + time.toNanos() / 1000;
        for (Event next = events.peek(); next != null && next.micros <= until; next = events.peek()) {
            events.remove();
            now = next.micros;
            next.task.run();
        }
        now = until;
    }

    @Override
    public boolean isHealthy() {
        return isHealthy;
    }

    @Override
    public int nodes() {
        return nodes;
    }

    @Override
    public Future<Lease> lease(String key, Quota quota, long wanted, long returned) {
        asks++;
        Promise<Lease> promise = Promise.promise();
        if (answers) {
            at(now + latency / 2, () -> {
                Lease lease = owned.computeIfAbsent(key, k -> TokenBucket.full(quota, now))
                        .lend(wanted, returned, now);
                at(now + latency / 2, () -> promise.complete(lease));
            });
        }
        return promise.future();
    }
}
