package dev.sluice.proxy;

import dev.sluice.config.ClientTerms;
import dev.sluice.failure.Failure;
import org.jspecify.annotations.Nullable;

/**
 * How fast a client sends its request's body, in the time in which it is let: while the upstream does not keep up, or
 * the client waits for {@code 100 Continue}, the clock stands still. The rate is the average since the beginning, as in
 * Kestrel, so that a pause after a fast piece does no harm.
 */
final class BodyPace {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final ClientTerms.Body terms;
    private boolean running;
    /** Time that counts, without the stretch that is running. */
    private long countedNanos;

    private long runningSinceNanos;
    private long lastByteNanos;
    private long bytes;

    BodyPace(ClientTerms.Body terms) {
        this.terms = terms;
    }

    /** The client may send, or go on sending. */
    void run(long nowNanos) {
        if (!running) {
            running = true;
            runningSinceNanos = nowNanos;
            lastByteNanos = nowNanos;
        }
    }

    /** The client is made to wait. */
    void hold(long nowNanos) {
        if (running) {
            running = false;
            countedNanos += nowNanos - runningSinceNanos;
        }
    }

    void moved(int count, long nowNanos) {
        bytes += count;
        lastByteNanos = nowNanos;
    }

    /** Whether it is the client that something is waited for. */
    boolean running() {
        return running;
    }

    /** What the client has missed by now; null for nothing. */
    @Nullable
    Failure missed(long nowNanos) {
        if (!running) {
            return null;
        }
        if (idleLimited() && nowNanos - lastByteNanos >= terms.idleTimeout().toNanos()) {
            return Failure.REQUEST_BODY_TIMEOUT;
        }
        return rateLimited() && nowNanos >= rateDeadline() ? Failure.REQUEST_TOO_SLOW : null;
    }

    /** When something will have been missed if no byte comes; {@link Long#MAX_VALUE} for never. */
    long deadlineNanos() {
        if (!running) {
            return Long.MAX_VALUE;
        }
        long idle = idleLimited() ? lastByteNanos + terms.idleTimeout().toNanos() : Long.MAX_VALUE;
        return rateLimited() ? Math.min(idle, rateDeadline()) : idle;
    }

    /** When the bytes that have come will be too few. */
    private long rateDeadline() {
        long paidNanos = (long) ((double) bytes / terms.minRequestRate() * NANOS_PER_SECOND);
        long allowedNanos = Math.max(terms.rateGrace().toNanos(), paidNanos);
        return runningSinceNanos - countedNanos + allowedNanos;
    }

    private boolean idleLimited() {
        return !terms.idleTimeout().isZero();
    }

    private boolean rateLimited() {
        return terms.minRequestRate() > 0;
    }
}
