package dev.sluice.observe;

import dev.sluice.config.Defaults;
import dev.sluice.failure.Failure;
import dev.sluice.failure.ProtocolError;
import dev.sluice.failure.RetryReason;
import dev.sluice.filter.CloseReason.Cause;
import dev.sluice.stream.Flood;
import io.vertx.core.http.HttpVersion;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What one loop's finished exchanges came to: counts and durations by protocol and status class, the same by backend
 * and by route, and counts of failures. Single writer, like the counters; recording allocates nothing but for a backend's or route's first time.
 */
@SuppressWarnings("EnumOrdinal") // the ordinal is the cell, nothing is stored by it
public final class LoopHistograms {

    static final List<String> PROTOCOLS = List.of("h1", "h2", "h3");

    /** Row {@code n} of a backend is for statuses {@code n}xx; the first for no response at all. */
    static final List<String> CLASSES = List.of("none", "1xx", "2xx", "3xx", "4xx", "5xx");

    /** Of a route: what went well, and what ended with a status of the server's fault, HTTP's or the call's, or without any. */
    static final int ROUTE_ROWS = 2;

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final DurationTable downstream = new DurationTable(PROTOCOLS.size() * CLASSES.size());
    private final DurationTable queue = new DurationTable(1);
    private final long[] failures = new long[Failure.values().length];
    /** In one cell, calls that failed behind an HTTP status that says otherwise. */
    private final long[] failedCalls = new long[1];

    private final long[] closed = new long[Cause.values().length];
    private final long[] floods = new long[Flood.values().length];
    private final long[] retries = new long[RetryReason.values().length];
    private volatile Map<ProtocolError, long[]> resets = Map.of();
    private final DurationTables backends = new DurationTables(CLASSES.size(), Defaults.MAX_BACKEND_SERIES);
    private final DurationTables routes = new DurationTables(ROUTE_ROWS, Defaults.MAX_ROUTE_SERIES);

    /** Counts a finished exchange; only on the owning loop. */
    public void record(ExchangeRecord exchange) {
        int status = statusClass(exchange.status());
        long nanos = exchange.durationNanos();
        downstream.record(downstreamRow(protocol(exchange.protocol()), status), nanos);
        boolean isFailedCall = !isFailure(status) && exchange.isFailedCall();
        if (isFailedCall) {
            CELL.setOpaque(failedCalls, 0, failedCalls[0] + 1);
        }
        String route = exchange.route();
        if (route != null) {
            routes.get(route).record(isFailure(status) || isFailedCall ? 1 : 0, nanos);
        }
        Failure failure = exchange.failure();
        if (failure != null) {
            int cell = failure.ordinal();
            CELL.setOpaque(failures, cell, failures[cell] + 1);
        }
        ProtocolError reset = exchange.protocolError();
        if (reset != null) {
            reset(reset);
        }
        String backend = exchange.backend();
        if (backend != null && exchange.endpoint() != null) {
            long headNanos = exchange.upstreamHeadNanos();
            backends.get(backend).record(statusClass(exchange.upstreamStatus()), headNanos < 0 ? nanos : headNanos);
        }
    }

    /** Records how long a request waited for an upstream connection that it got; only on the owning loop. */
    public void queued(long nanos) {
        queue.record(0, nanos);
    }

    /** Codes that are not registered are counted as one, so that no upstream can make the map grow. */
    private void reset(ProtocolError error) {
        ProtocolError known = error.name().equals(ProtocolError.UNKNOWN)
                ? new ProtocolError(error.protocol(), -1, error.scope(), error.phase())
                : error;
        long[] cell = resets.get(known);
        if (cell == null) {
            cell = new long[1];
            Map<ProtocolError, long[]> grown = new HashMap<>(resets); // readers keep the map they have
            grown.put(known, cell);
            resets = grown;
        }
        CELL.setOpaque(cell, 0, cell[0] + 1);
    }

    /** The codes with which upstreams have ended streams, and how often, from any thread. */
    Map<ProtocolError, Long> resets() {
        Map<ProtocolError, Long> counts = new HashMap<>();
        resets.forEach((error, cell) -> counts.put(error, (long) CELL.getOpaque(cell, 0)));
        return counts;
    }

    /** Exchanges that have ended, from any thread. */
    public long requests() {
        return ended(0, CLASSES.size());
    }

    /** Those of them that ended with a status of the server's fault, HTTP's or the call's, or without any, from any thread. */
    public long errors() {
        return ended(0, 1) + ended(CLASSES.indexOf("5xx"), CLASSES.size()) + (long) CELL.getOpaque(failedCalls, 0);
    }

    private long ended(int fromClass, int toClass) {
        long sum = 0;
        for (int protocol = 0; protocol < PROTOCOLS.size(); protocol++) {
            for (int code = fromClass; code < toClass; code++) {
                for (int bucket = 0; bucket < DurationBuckets.COUNT; bucket++) {
                    sum += downstream.count(downstreamRow(protocol, code), bucket);
                }
            }
        }
        return sum;
    }

    /** Counts a client's connection that was closed; only on the owning loop. */
    public void connectionClosed(Cause cause) {
        int cell = cause.ordinal();
        CELL.setOpaque(closed, cell, closed[cell] + 1);
    }

    /** Counts a client's connection that was cut; only on the owning loop. */
    public void flood(Flood kind) {
        int cell = kind.ordinal();
        CELL.setOpaque(floods, cell, floods[cell] + 1);
    }

    /** Counts a request that is tried again; only on the owning loop. */
    public void retried(RetryReason reason) {
        int cell = reason.ordinal();
        CELL.setOpaque(retries, cell, retries[cell] + 1);
    }

    /** How many requests were tried again for this, from any thread. */
    long retries(RetryReason reason) {
        return (long) CELL.getOpaque(retries, reason.ordinal());
    }

    /** Exchanges by row, see {@link #downstreamRow}. */
    DurationTable downstream() {
        return downstream;
    }

    /** Times in line for an upstream connection, in one row. */
    DurationTable queue() {
        return queue;
    }

    /** Upstream responses by backend, then by status class. */
    Map<String, DurationTable> backends() {
        return backends.all();
    }

    /** Exchanges by route, then by whether they went well. */
    Map<String, DurationTable> routes() {
        return routes.all();
    }

    /** How many exchanges failed so, from any thread. */
    long failures(Failure failure) {
        return (long) CELL.getOpaque(failures, failure.ordinal());
    }

    /** How many connections ended so, from any thread. */
    long connectionsClosed(Cause cause) {
        return (long) CELL.getOpaque(closed, cause.ordinal());
    }

    /** How many connections were cut for this, from any thread. */
    long floods(Flood kind) {
        return (long) CELL.getOpaque(floods, kind.ordinal());
    }

    static int downstreamRow(int protocol, int statusClass) {
        return protocol * CLASSES.size() + statusClass;
    }

    private static int protocol(HttpVersion version) {
        return switch (version) {
            case HTTP_1_0, HTTP_1_1 -> 0;
            case HTTP_2 -> 1;
            case HTTP_3 -> 2;
        };
    }

    /** Whether exchanges of this class have failed: by a status of the server's fault, or without any. */
    static boolean isFailure(int statusClass) {
        return statusClass == 0 || statusClass == 5;
    }

    private static int statusClass(int status) {
        int hundreds = status / 100;
        return hundreds < CLASSES.size() ? hundreds : 0;
    }
}
