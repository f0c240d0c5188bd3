package dev.sluice.proxy;

import dev.sluice.config.Defaults;
import dev.sluice.failure.Failure;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import org.jspecify.annotations.Nullable;

/** Every deadline of one exchange, as a single entry of the loop's timer: armed for the nearest, looked at again then. */
final class ExchangeDeadlines extends Timeout {

    /** What the exchange does when one has passed. */
    interface Observer {
        /** Called at most once. */
        void deadlinePassed(Failure failure, @Nullable String detail);

        /** Whether the client has sent its whole request. */
        boolean requestComplete();

        /** Whether the response's head may come as late as its first message, as with gRPC. */
        boolean headMayBeLate();
    }

    private final Loop loop;
    private final Observer observer;
    private long lastActivityNanos;
    private long requestNanos = Long.MAX_VALUE;
    private long backendNanos = Long.MAX_VALUE;
    private boolean awaitsHead;

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
            requestNanos = startNanos + millis * 1_000_000L;
            arm();
        }
    }

    /** {@code timeouts.backendRequest}, from now; 0 for none. */
    void backendRequest(long millis) {
        if (millis > 0) {
            backendNanos = loop.nanoTime() + millis * 1_000_000L;
            arm();
        }
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
        if (now >= requestNanos) {
            observer.deadlinePassed(Failure.REQUEST_TIMEOUT, "timeouts.request");
        } else if (now >= backendNanos) {
            observer.deadlinePassed(Failure.UPSTREAM_TIMEOUT, "timeouts.backendRequest");
        } else if (now < idleNanos()) {
            arm();
        } else if (!awaitsHead) {
            observer.deadlinePassed(Failure.STREAM_IDLE, null);
        } else if (observer.requestComplete()) {
            observer.deadlinePassed(Failure.UPSTREAM_TIMEOUT, null);
        } else {
            observer.deadlinePassed(Failure.REQUEST_BODY_TIMEOUT, "the client stopped sending");
        }
    }

    private long idleNanos() {
        boolean headDue = awaitsHead && !observer.headMayBeLate();
        return lastActivityNanos + (headDue ? Defaults.RESPONSE_HEAD_TIMEOUT : Defaults.STREAM_IDLE).toNanos();
    }

    private void arm() {
        long next = Math.min(Math.min(requestNanos, backendNanos), idleNanos());
        loop.timer().arm(this, Math.max(0, (next - loop.nanoTime()) / 1_000_000L));
    }
}
