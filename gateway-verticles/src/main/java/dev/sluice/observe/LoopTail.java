package dev.sluice.observe;

import dev.sluice.config.Defaults;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Shows finished exchanges of one loop to who asks for them again and again, on their way to the access log. While
 * nobody asks it costs a look at an empty map. Used on its loop alone.
 */
public final class LoopTail implements AccessLog {

    private final AccessLog log;
    private final LongSupplier nanoTime;
    private final DoubleSupplier random;
    private final Map<String, Tail> tails = new HashMap<>();

    /**
     * Lines since the last poll.
     *
     * @param dropped how many more there were
     * @param refused whether there are too many tails for this one
     */
    public record Batch(List<TailLine> lines, long dropped, boolean refused) {
        public Batch {
            lines = List.copyOf(lines);
        }
    }

    private static final class Tail {
        private final TailFilter filter;
        private List<TailLine> lines = new ArrayList<>();
        private long dropped;
        private long askedNanos;

        Tail(TailFilter filter) {
            this.filter = filter;
        }
    }

    /**
     * Of no tails.
     *
     * @param log gets everything
     * @param nanoTime monotonic
     * @param random from 0 to less than 1
     */
    public LoopTail(AccessLog log, LongSupplier nanoTime, DoubleSupplier random) {
        this.log = log;
        this.nanoTime = nanoTime;
        this.random = random;
    }

    @Override
    public void log(ExchangeRecord exchange) {
        log.log(exchange);
        if (!tails.isEmpty()) {
            show(exchange);
        }
    }

    @Override
    public void close() {
        log.close();
    }

    /**
     * Takes what a tail has gathered, and begins it with its first poll; it ends when it is not polled for
     * {@link Defaults#TAIL_TTL}.
     *
     * @param id of the tail
     * @param filter of its first poll holds for all
     */
    public Batch poll(String id, TailFilter filter) {
        forget();
        Tail tail = tails.get(id);
        if (tail == null) {
            if (tails.size() >= Defaults.MAX_TAILS) {
                return new Batch(List.of(), 0, true);
            }
            tail = new Tail(filter);
            tails.put(id, tail);
        }
        Batch batch = new Batch(tail.lines, tail.dropped, false);
        tail.lines = new ArrayList<>();
        tail.dropped = 0;
        tail.askedNanos = nanoTime.getAsLong();
        return batch;
    }

    private void show(ExchangeRecord exchange) {
        forget();
        for (Tail tail : tails.values()) {
            if (tail.filter.takes(exchange)
                    && (tail.filter.sample() >= 1 || random.getAsDouble() < tail.filter.sample())) {
                if (tail.lines.size() < Defaults.TAIL_LINES) {
                    tail.lines.add(TailLine.of(exchange));
                } else {
                    tail.dropped++;
                }
            }
        }
    }

    private void forget() {
        long now = nanoTime.getAsLong();
        tails.values().removeIf(tail -> now - tail.askedNanos > Defaults.TAIL_TTL.toNanos());
    }
}
