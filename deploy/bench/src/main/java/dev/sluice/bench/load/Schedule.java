package dev.sluice.bench.load;

import java.time.Duration;

/** When the requests of one event loop are due. Times are {@link System#nanoTime}. */
final class Schedule {

    private final long begin;
    private final long end;
    private final double interval;
    private final double offset;
    private long started;

    /**
     * @param begin when the run begins
     * @param duration how long requests come due
     * @param perSecond requests a second, 0 for one whenever there is a connection for it
     * @param offset nanoseconds the first is due after {@code begin}, so that loops do not send in step
     */
    Schedule(long begin, Duration duration, double perSecond, double offset) {
        this.begin = begin;
        this.end = begin + duration.toNanos();
        this.interval = perSecond > 0 ? 1e9 / perSecond : 0;
        this.offset = offset;
    }

    /** @return when the next request is due; in the past for one that waits */
    long next(long now) {
        return interval == 0 ? Math.max(now, begin) : begin + (long) (offset + started * interval);
    }

    /** The next request was sent. */
    void advance() {
        started++;
    }

    /** @return whether no request is left */
    boolean over(long now) {
        return next(now) - end >= 0;
    }

    /** @return requests that came due and were not sent */
    long unsent() {
        return interval == 0 ? 0 : Math.max(0, (long) Math.ceil((end - begin - offset) / interval) - started);
    }
}
