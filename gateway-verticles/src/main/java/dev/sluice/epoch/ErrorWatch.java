package dev.sluice.epoch;

import dev.sluice.config.Defaults;
import dev.sluice.epoch.EpochStatus.Watched;
import dev.sluice.spi.NodeFact;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares the share of errors in the requests of all nodes after a change with that before. Nodes tell totals; what
 * counts is how much these grow, so that a node which comes or goes changes nothing.
 */
final class ErrorWatch {

    private final Map<String, Totals> totals = new HashMap<>();
    /** The last {@link Defaults#PUSH_WATCH_BASELINE}. */
    private final ArrayDeque<Growth> recent = new ArrayDeque<>();

    private double before;
    private long requests;
    private long errors;
    private @Nullable Long end;

    private record Totals(long requests, long errors) {}

    private record Growth(long at, long requests, long errors) {}

    /** A change is in use from now on. */
    void begin(long now, Duration window) {
        forget(now);
        before = share(
                recent.stream().mapToLong(Growth::requests).sum(),
                recent.stream().mapToLong(Growth::errors).sum());
        requests = 0;
        errors = 0;
        end = now + window.toNanos();
    }

    /** There is nothing to compare any more. */
    void stop() {
        end = null;
    }

    /** What nodes have told; nothing new is no harm. */
    void seen(List<NodeFact> nodes, long now) {
        long moreRequests = 0;
        long moreErrors = 0;
        Set<String> present = new HashSet<>();
        for (NodeFact node : nodes) {
            present.add(node.id());
            Totals told = new Totals(node.traffic().requests(), node.traffic().errors());
            Totals last = totals.put(node.id(), told);
            if (last != null) {
                moreRequests += told.requests - last.requests;
                moreErrors += told.errors - last.errors;
            }
        }
        totals.keySet().retainAll(present);
        if (moreRequests > 0) {
            recent.add(new Growth(now, moreRequests, moreErrors));
        }
        forget(now);
        requests += moreRequests;
        errors += moreErrors;
    }

    boolean isRunning() {
        return end != null;
    }

    boolean isOver(long now) {
        return end != null && now - end >= 0;
    }

    /** Whether the share has grown by {@link Defaults#PUSH_WATCH_JUMP}, of requests enough to tell. */
    boolean hasJumped() {
        return end != null
                && requests >= Defaults.PUSH_WATCH_REQUESTS
                && share(requests, errors) >= before + Defaults.PUSH_WATCH_JUMP;
    }

    /** What it has seen; null while it does not run. */
    @Nullable
    Watched watched(long now) {
        Long until = end;
        return until == null
                ? null
                : new Watched(
                        requests,
                        errors,
                        before,
                        Math.max(0, Duration.ofNanos(until - now).toMillis()));
    }

    private void forget(long now) {
        recent.removeIf(growth -> now - growth.at > Defaults.PUSH_WATCH_BASELINE.toNanos());
    }

    private static double share(long requests, long errors) {
        return requests <= 0 ? 0 : (double) errors / requests;
    }
}
