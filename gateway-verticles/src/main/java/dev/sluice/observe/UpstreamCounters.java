package dev.sluice.observe;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the control of upstreams does: look-ups, probes, ejections. Safe for use by several threads. */
public final class UpstreamCounters {

    private final Map<DnsResult, LongAdder> resolutions = zeros(DnsResult.class);
    private final Map<ProbeResult, LongAdder> probes = zeros(ProbeResult.class);
    private final Map<EjectionReason, LongAdder> ejections = zeros(EjectionReason.class);

    /** How a name's look-up ended. */
    public enum DnsResult {
        SUCCESS,
        /** No such name, no such record, or a server that refuses. */
        FAILURE,
        /** No server has answered. */
        TIMEOUT;
    }

    /** How a probe ended. */
    public enum ProbeResult {
        SUCCESS,
        FAILURE,
        TIMEOUT;
    }

    /** Why an endpoint was ejected. */
    public enum EjectionReason {
        CONSECUTIVE_5XX,
        CONSECUTIVE_GATEWAY_ERRORS,
        SUCCESS_RATE,
        /** Of the cluster's other nodes. */
        VOTE;
    }

    /** One more. */
    public void count(DnsResult result) {
        Objects.requireNonNull(resolutions.get(result)).increment();
    }

    /** One more. */
    public void count(ProbeResult result) {
        Objects.requireNonNull(probes.get(result)).increment();
    }

    /** One more. */
    public void count(EjectionReason reason) {
        Objects.requireNonNull(ejections.get(reason)).increment();
    }

    Map<DnsResult, LongAdder> resolutions() {
        return resolutions;
    }

    Map<ProbeResult, LongAdder> probes() {
        return probes;
    }

    Map<EjectionReason, LongAdder> ejections() {
        return ejections;
    }

    /** The value of a result's or reason's label. */
    static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static <E extends Enum<E>> Map<E, LongAdder> zeros(Class<E> type) {
        Map<E, LongAdder> zeros = new EnumMap<>(type);
        for (E value : type.getEnumConstants()) {
            zeros.put(value, new LongAdder());
        }
        return zeros;
    }
}
