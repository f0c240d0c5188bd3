package dev.sluice.loop;

import dev.sluice.observe.LoopCounters;
import dev.sluice.observe.LoopHistograms;
import dev.sluice.observe.Metric;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One event loop, seen from the data plane. Created by its ListenerVerticle and used on that loop only. */
public final class Loop {

    private static final Logger log = LoggerFactory.getLogger(Loop.class);

    private static final DateTimeFormatter IMF_FIXDATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private final int index;
    private final int count;
    private final Vertx vertx;
    private final Context context;
    private final LongSupplier nanoTime;
    private final LongSupplier epochMillis;
    private final LoopTimer timer;
    private final LoopCounters counters = new LoopCounters();
    private final LoopHistograms histograms = new LoopHistograms();
    private final SplittableRandom random;
    private List<Runnable> turnEnd = new ArrayList<>();
    private List<Runnable> turnEndSpare = new ArrayList<>();
    private long dateSecond = -1;
    private String date = "";

    /**
     * Call on the loop's own context.
     *
     * @param index 0..count-1
     * @param count all loops
     * @param nanoTime monotonic, for durations and deadlines
     * @param epochMillis wall clock, for the {@code Date} header and the log
     */
    public Loop(
            int index,
            int count,
            Vertx vertx,
            LongSupplier nanoTime,
            LongSupplier epochMillis,
            SplittableRandom random) {
        this.index = index;
        this.count = count;
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.nanoTime = nanoTime;
        this.epochMillis = epochMillis;
        this.timer = new LoopTimer(vertx, nanoTime, this::bug);
        this.random = random;
    }

    /** 0..loops-1. */
    public int index() {
        return index;
    }

    /**
     * This loop's part of a limit of the process. The parts of all loops add up to the limit, but none is below one.
     *
     * @param limit 0 or more; negative for none, which makes parts of {@link Long#MAX_VALUE}
     */
    public long share(long limit) {
        if (limit < 0) {
            return Long.MAX_VALUE;
        }
        return Math.max(1, limit / count + (index < limit % count ? 1 : 0));
    }

    public Vertx vertx() {
        return vertx;
    }

    public LoopTimer timer() {
        return timer;
    }

    public LoopCounters counters() {
        return counters;
    }

    public LoopHistograms histograms() {
        return histograms;
    }

    public SplittableRandom random() {
        return random;
    }

    /** Runs on this loop, from any thread. */
    public void execute(Runnable task) {
        context.runOnContext(v -> task.run());
    }

    /** Runs when the events that the loop is working on are dealt with; one wake-up serves all that ask. */
    public void atTurnEnd(Runnable task) {
        if (turnEnd.isEmpty()) {
            context.runOnContext(v -> turnEnded());
        }
        turnEnd.add(task);
    }

    /** Counts and logs what should not have been thrown, where it must not stop what others wait for. */
    public void bug(RuntimeException bug) {
        counters.increment(Metric.BUGS);
        log.error("event=bug loop={}", index, bug);
    }

    private void turnEnded() {
        List<Runnable> tasks = turnEnd;
        turnEnd = turnEndSpare;
        for (int i = 0; i < tasks.size(); i++) {
            try {
                tasks.get(i).run();
            } catch (RuntimeException bug) {
                bug(bug); // the other tasks are other exchanges'
            }
        }
        tasks.clear();
        turnEndSpare = tasks;
    }

    /** Monotonic nanoseconds. */
    public long nanoTime() {
        return nanoTime.getAsLong();
    }

    /** Wall clock, epoch milliseconds. */
    public long epochMillis() {
        return epochMillis.getAsLong();
    }

    /** The {@code Date} header's value (RFC 9110 section 5.6.7), formatted once a second. */
    public String httpDate() {
        long millis = epochMillis.getAsLong();
        long second = Math.floorDiv(millis, 1000L);
        if (second != dateSecond) {
            dateSecond = second;
            date = IMF_FIXDATE.format(Instant.ofEpochSecond(second));
        }
        return date;
    }
}
