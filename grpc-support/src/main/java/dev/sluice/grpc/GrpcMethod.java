package dev.sluice.grpc;

import dev.sluice.config.Defaults;
import java.util.concurrent.atomic.LongAdder;

/** The counts of one method's calls; written by all loops, read by whoever asks. */
@SuppressWarnings("EnumOrdinal") // the ordinal is the cell, nothing is stored by it
final class GrpcMethod {

    private static final long[] BOUND_NANOS = Defaults.DURATION_BUCKETS_SECONDS.stream()
            .mapToLong(seconds -> Math.round(seconds * 1e9))
            .toArray();

    /** Of durations; the last has no upper bound. */
    static final int BUCKETS = BOUND_NANOS.length + 1;

    private final String service;
    private final String name;
    private final LongAdder started = new LongAdder();
    private final LongAdder[] handled = adders(GrpcStatus.values().length);
    private final LongAdder received = new LongAdder();
    private final LongAdder sent = new LongAdder();
    private final LongAdder[] durations = adders(BUCKETS);
    private final LongAdder durationNanos = new LongAdder();
    private volatile long lastStartedNanos;

    GrpcMethod(String service, String name) {
        this.service = service;
        this.name = name;
    }

    String service() {
        return service;
    }

    String name() {
        return name;
    }

    /** @param nanoTime when: a reading of the monotonic clock */
    void started(long nanoTime) {
        lastStartedNanos = nanoTime;
        started.increment();
    }

    /** A call is over; all its messages are counted now, so that those of a stream cost nothing. */
    void handled(GrpcStatus status, long nanos, long messagesReceived, long messagesSent) {
        handled[status.ordinal()].increment();
        received.add(messagesReceived);
        sent.add(messagesSent);
        int bucket = 0;
        while (bucket < BOUND_NANOS.length && nanos > BOUND_NANOS[bucket]) {
            bucket++;
        }
        durations[bucket].increment();
        durationNanos.add(nanos);
    }

    long started() {
        return started.sum();
    }

    long handled(GrpcStatus status) {
        return handled[status.ordinal()].sum();
    }

    long messagesReceived() {
        return received.sum();
    }

    long messagesSent() {
        return sent.sum();
    }

    long[] durations() {
        long[] counts = new long[BUCKETS];
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] = durations[i].sum();
        }
        return counts;
    }

    double durationSeconds() {
        return durationNanos.sum() / 1e9;
    }

    /** A reading of the monotonic clock; without a meaning before the first. */
    long lastStartedNanos() {
        return lastStartedNanos;
    }

    private static LongAdder[] adders(int count) {
        LongAdder[] adders = new LongAdder[count];
        for (int i = 0; i < count; i++) {
            adders[i] = new LongAdder();
        }
        return adders;
    }
}
