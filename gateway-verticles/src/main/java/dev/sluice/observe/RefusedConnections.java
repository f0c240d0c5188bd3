package dev.sluice.observe;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts the client connections that were turned away, by reason. Safe for use by several threads. */
public final class RefusedConnections {

    private final Map<Reason, LongAdder> counts = new EnumMap<>(Reason.class);

    public RefusedConnections() {
        for (Reason reason : Reason.values()) {
            counts.put(reason, new LongAdder());
        }
    }

    /** Why a connection was turned away. */
    public enum Reason {
        /** {@code limits.connections} of the Bootstrap. */
        PROCESS,
        /** {@code limits.connections} of the ClientPolicy. */
        LISTENER,
        /** {@code limits.connectionsPerClient} of the ClientPolicy. */
        CLIENT,
        /** A source that is trusted to speak the PROXY protocol sent no header, none in time, or a malformed one. */
        PROXY_PROTOCOL;

        /** The label's value. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** One more. */
    public void count(Reason reason) {
        Objects.requireNonNull(counts.get(reason)).increment();
    }

    /** How many so far. */
    public long get(Reason reason) {
        return Objects.requireNonNull(counts.get(reason)).sum();
    }
}
