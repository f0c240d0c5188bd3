package dev.sluice.proxy;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.failure.Failure;
import dev.sluice.loop.Loop;
import dev.sluice.loop.LoopTimer;
import dev.sluice.loop.Timeout;
import io.vertx.core.Future;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Every deadline of one exchange, as a single entry of the loop's timer: armed for the nearest, looked at again then. */
final class ExchangeDeadlines extends Timeout {

    /** What the exchange does when one has passed. */
    interface Observer {
        /** Called at most once. */
        void deadlinePassed(Failure failure, @Nullable String detail);

        /** How the client keeps up with its request's body; null when none is waited for. */
        @Nullable
        BodyPace requestPace();

        /** Whether the response's head may come as late as its first message, as with gRPC. */
        boolean headMayBeLate();
    }

    private final Loop loop;
    private final Observer observer;
    private long lastActivityNanos;
    private long requestNanos = Long.MAX_VALUE;
    private @Nullable String requestDeadline;
    private long backendNanos = Long.MAX_VALUE;
    /** When a client that takes nothing of its response will have taken it too slowly. */
    private long stallNanos = Long.MAX_VALUE;

    private @Nullable Future<Void> lastWrite;

    private long streamIdleNanos = Defaults.STREAM_IDLE.toNanos();
    private boolean awaitsHead;
    private long armedForNanos = Long.MAX_VALUE;

    ExchangeDeadlines(Loop loop, Observer observer) {
        this.loop = loop;
        this.observer = observer;
        this.lastActivityNanos = loop.nanoTime();
    }

    void start() {
        arm();
    }

    /** {@code timeouts.request}, from the exchange's beginning; 0 for none. */
    void request(long startNanos, long millis) {
        if (millis > 0) {
            requestWithin(startNanos, millis * 1_000_000L, "timeouts.request");
        }
    }

    /**
     * The same in nanoseconds; the nearest of several counts.
     *
     * @param nanos 0 or more, small enough to be added to a reading of the clock
     * @param whose for the log
     */
    void requestWithin(long startNanos, long nanos, String whose) {
        long end = startNanos + nanos;
        if (requestNanos == Long.MAX_VALUE || end - requestNanos < 0) {
            requestNanos = end;
            requestDeadline = whose;
            arm();
        }
    }

    /** What the nearest of them leaves; {@link Long#MAX_VALUE} for no end. */
    long requestRemainingNanos() {
        return requestNanos == Long.MAX_VALUE ? requestNanos : requestNanos - loop.nanoTime();
    }

    /** Whether the nearest of them has passed, as far as a timer of {@link LoopTimer#TICK_MILLIS} can tell. */
    boolean requestIsDue() {
        return requestRemainingNanos() <= LoopTimer.TICK_MILLIS * 1_000_000L;
    }

    /** What {@code timeouts.request} leaves, in milliseconds; {@link Long#MAX_VALUE} for no end. */
    long requestRemainingMillis() {
        long nanos = requestRemainingNanos();
        return nanos == Long.MAX_VALUE ? nanos : nanos / 1_000_000L;
    }

    /**
     * {@code timeouts.backendRequest} of a try whose answer has begun.
     *
     * @param startNanos when the try did
     * @param millis 0 for none
     */
    void backendRequest(long startNanos, long millis) {
        if (millis > 0) {
            backendNanos = startNanos + millis * 1_000_000L;
            arm();
        }
    }

    /** How long nothing may move; zero for ever. */
    void streamIdle(Duration timeout) {
        streamIdleNanos = timeout.isZero() ? Long.MAX_VALUE : timeout.toNanos();
        arm();
    }

    /** The client has to keep up with a body from now on. */
    void watchBody() {
        arm();
    }

    /**
     * A chunk was written. As much as a connection queues may wait for the client behind it: so long it may take for
     * that at the least rate, as in Kestrel, counted from the last write.
     */
    void wrote(Future<Void> last, ClientTerms.Body terms) {
        lastWrite = last;
        if (terms.minResponseRate() > 0) {
            long payable = Defaults.WRITE_QUEUE_BYTES * 1_000_000_000L / terms.minResponseRate();
            stallNanos = lastActivityNanos + Math.max(terms.rateGrace().toNanos(), payable);
            arm();
        }
    }

    private boolean stalled() {
        return lastWrite != null && !lastWrite.isComplete();
    }

    /** The upstream owes a response head. */
    void awaitHead() {
        awaitsHead = true;
        active();
        arm();
    }

    /** The head has come. */
    void headReceived() {
        awaitsHead = false;
        active();
    }

    /**
     * The exchange has become a tunnel, to which no other deadline applies, or one of its directions has ended.
     *
     * @param idle without a byte in either direction; zero for any
     */
    void tunnel(Duration idle) {
        awaitsHead = false;
        requestNanos = Long.MAX_VALUE;
        backendNanos = Long.MAX_VALUE;
        lastWrite = null;
        active();
        streamIdle(idle);
    }

    /** A byte has moved; the timer itself is left alone until it looks. */
    void active() {
        lastActivityNanos = loop.nanoTime();
    }

    /** When a byte moved last, as far as was noted. */
    long lastActivityNanos() {
        return lastActivityNanos;
    }

    void stop() {
        loop.timer().cancel(this);
    }

    @Override
    protected void expired() {
        long now = loop.nanoTime();
        BodyPace pace = observer.requestPace();
        Failure slow = pace == null ? null : pace.missed(now);
        if (now >= requestNanos) {
            observer.deadlinePassed(Failure.REQUEST_TIMEOUT, requestDeadline);
        } else if (now >= backendNanos) {
            observer.deadlinePassed(Failure.UPSTREAM_TIMEOUT, "timeouts.backendRequest");
        } else if (now >= stallNanos && stalled()) {
            observer.deadlinePassed(Failure.CLIENT_TOO_SLOW, null);
        } else if (slow != null) {
            observer.deadlinePassed(slow, null);
        } else if (now < idleNanos()) {
            arm();
        } else if (!awaitsHead) {
            observer.deadlinePassed(Failure.STREAM_IDLE, null);
        } else if (pace != null && pace.running()) {
            observer.deadlinePassed(Failure.REQUEST_BODY_TIMEOUT, "the client stopped sending");
        } else {
            observer.deadlinePassed(Failure.UPSTREAM_TIMEOUT, null);
        }
    }

    private long idleNanos() {
        boolean headDue = awaitsHead && !observer.headMayBeLate();
        long limit = headDue ? Math.min(Defaults.RESPONSE_HEAD_TIMEOUT.toNanos(), streamIdleNanos) : streamIdleNanos;
        return limit == Long.MAX_VALUE ? limit : lastActivityNanos + limit;
    }

    private void arm() {
        BodyPace pace = observer.requestPace();
        long stall = stalled() ? stallNanos : Long.MAX_VALUE;
        long next = Math.min(Math.min(requestNanos, backendNanos), Math.min(stall, idleNanos()));
        if (pace != null) {
            next = Math.min(next, pace.deadlineNanos());
        }
        // One that is armed for earlier looks again then: a client that is held up and let go costs nothing each time.
        if (next < armedForNanos || !isArmed()) {
            armedForNanos = next;
            if (next == Long.MAX_VALUE) {
                loop.timer().cancel(this);
            } else {
                loop.timer().arm(this, Math.max(0, (next - loop.nanoTime()) / 1_000_000L));
            }
        }
    }
}
