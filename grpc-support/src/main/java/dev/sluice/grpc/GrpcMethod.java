package dev.sluice.grpc;

import dev.sluice.observe.DurationBuckets;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/** The counts of one method's calls; written by all loops, read by whoever asks. */
@SuppressWarnings("EnumOrdinal") // the ordinal is the cell, nothing is stored by it
final class GrpcMethod {

    private final String service;
    private final String name;
    private final LongAdder started = new LongAdder();
    private final LongAdder[] handled = adders(GrpcStatus.values().length);
    private final LongAdder received = new LongAdder();
    private final LongAdder sent = new LongAdder();
    private final LongAdder[] durations = adders(DurationBuckets.COUNT);
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
        durations[DurationBuckets.of(nanos)].increment();
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
        return Arrays.stream(durations).mapToLong(LongAdder::sum).toArray();
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
