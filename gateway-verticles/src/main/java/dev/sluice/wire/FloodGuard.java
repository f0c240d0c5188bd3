package dev.sluice.wire;

import dev.sluice.config.Defaults;
import dev.sluice.stream.Flood;
import java.util.Arrays;
import java.util.function.LongSupplier;

/** Counts what one connection's client sends, in windows that begin anew with the first event behind their end. */
@SuppressWarnings("EnumOrdinal") // the ordinal is the cell, nothing is stored by it
final class FloodGuard {

    private static final long WINDOW = Defaults.FLOOD_WINDOW.toNanos();
    private static final long YOUNG = Defaults.PREMATURE_RESET_AGE.toNanos();

    private final LongSupplier nanoTime;
    private final FloodListener listener;
    private final int[] counts = new int[Flood.values().length];
    private long windowStart;
    private int streams;
    /** Streams with ids above {@link #olderThan} are younger than two {@link #YOUNG}. */
    private long markTime;

    private long olderThan = -1;
    private long nextOlderThan = -1;
    /** Whether a stream was opened since the last PING. */
    private boolean active;

    private int roomAtPing = -1;
    private boolean flooded;

    FloodGuard(LongSupplier nanoTime, FloodListener listener) {
        this.nanoTime = nanoTime;
        this.listener = listener;
        this.windowStart = nanoTime.getAsLong();
        this.markTime = windowStart;
    }

    /** A stream was opened. */
    void opened(long id) {
        long now = nanoTime.getAsLong();
        roll(now);
        streams++;
        active = true;
        if (now - markTime >= YOUNG) {
            olderThan = now - markTime >= 2 * YOUNG ? id - 1 : nextOlderThan;
            nextOlderThan = id - 1;
            markTime = now;
        }
    }

    /**
     * The client reset a stream.
     *
     * @param answered whether all of its response had been sent
     * @return whether this is too much
     */
    boolean reset(long id, boolean answered) {
        if (listener.reset()) {
            return cut(Flood.ADDRESS, 1);
        }
        if (count(Flood.RESETS)) {
            return true;
        }
        if (answered || id <= olderThan) {
            return false;
        }
        int premature = ++counts[Flood.PREMATURE_RESETS.ordinal()];
        return streams >= Defaults.MIN_STREAMS_TO_JUDGE
                && premature > streams / 2
                && cut(Flood.PREMATURE_RESETS, premature);
    }

    /**
     * A PING came. Those that measure the path follow something that was sent, as gRPC's do, and are honest however many.
     *
     * @param room what may be sent on the connection: other than at the last PING when DATA was sent in between
     * @return whether this is too much
     */
    boolean ping(int room) {
        boolean idle = !active && room == roomAtPing;
        active = false;
        roomAtPing = room;
        return count(Flood.PINGS) || (idle && count(Flood.IDLE_PINGS));
    }

    /** Counts one; returns whether it is one too many. */
    boolean count(Flood kind) {
        roll(nanoTime.getAsLong());
        int count = ++counts[kind.ordinal()];
        return count > kind.limit() && cut(kind, count);
    }

    /** The connection is being cut, for this reason unless it had one; always true. */
    boolean cut(Flood kind, int count) {
        if (!flooded) {
            flooded = true; // what has been read already may still be counted
            listener.flood(kind, count);
        }
        return true;
    }

    private void roll(long now) {
        if (now - windowStart >= WINDOW) {
            windowStart = now;
            streams = 0;
            Arrays.fill(counts, 0);
        }
    }
}
