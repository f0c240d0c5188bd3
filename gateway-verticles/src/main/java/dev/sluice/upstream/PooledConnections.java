package dev.sluice.upstream;

import dev.sluice.config.UpstreamTerms.Pool;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import dev.sluice.observe.Metric;
import io.vertx.core.http.HttpClientConnection;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The open connections of one {@link ConnectionPool}: which has room, and which must close. */
final class PooledConnections {

    private static final Logger log = LoggerFactory.getLogger(PooledConnections.class);

    private final Loop loop;
    private final PoolGroup group;
    private final Runnable onLost;
    /** All that are open, those that finish their last requests included. */
    private final Set<PooledConnection> open = new LinkedHashSet<>();

    /** HTTP/1.1 connections without a request, the most recently used last. */
    private final ArrayDeque<PooledConnection> idle = new ArrayDeque<>();

    /** HTTP/2 and 3 connections that may take requests. */
    private final List<PooledConnection> shared = new ArrayList<>();

    /** Connections that may take requests, now or when they have room again. */
    private int usable;

    private final Timeout idleCheck = new Timeout() {
        @Override
        protected void expired() {
            closeIdle();
        }
    };

    /** @param onLost a connection has closed, and is none of these any more */
    PooledConnections(Loop loop, PoolGroup group, Runnable onLost) {
        this.loop = loop;
        this.group = group;
        this.onLost = onLost;
    }

    int size() {
        return open.size();
    }

    /** How many have no request; counted when asked, which people do. */
    int idle() {
        return (int) open.stream()
                .filter(connection -> connection.openStreams() == 0)
                .count();
    }

    /** How many may take requests, of those that multiplex or of all. */
    int usable(boolean multiplexed) {
        return multiplexed ? shared.size() : usable;
    }

    /** A new one, without a request yet. */
    void add(PooledConnection connection) {
        open.add(connection);
        usable++;
        if (connection.multiplexed()) {
            shared.add(connection);
        } else {
            idle.addLast(connection);
        }
        loop.counters().increment(Metric.UPSTREAM_CONNECTIONS_ACTIVE);
        HttpClientConnection established = connection.connection();
        var unusedError = established.exceptionHandler(
                error -> log.debug("event=upstream_connection_error cause={}", error.toString()));
        var unusedClose = established.closeHandler(v -> lost(connection));
    }

    /** One that has room; the most recently used, so that those not needed become idle and close. */
    @Nullable
    PooledConnection take() {
        PooledConnection http1 = idle.pollLast();
        while (http1 != null && retiredAsSpent(http1)) {
            http1 = idle.pollLast();
        }
        if (http1 != null) {
            return http1;
        }
        for (int i = 0; i < shared.size(); i++) {
            PooledConnection connection = shared.get(i);
            if (retiredAsSpent(connection)) {
                i--; // it has left the list
            } else if (connection.hasCapacity(terms())) {
                return connection;
            }
        }
        return null;
    }

    /** A request on it has ended; it may serve others unless it is spent or retired. */
    void release(PooledConnection connection) {
        if (connection.retired()) {
            retire(connection);
        } else if (!retiredAsSpent(connection) && !connection.multiplexed()) {
            idle.addLast(connection);
        }
    }

    /** Whether it is idle from now on, so that it may be closed for that; call when nobody waits for it. */
    void settle(PooledConnection connection) {
        if (!connection.retired() && connection.openStreams() == 0) {
            watchIdle();
            group.idles();
        }
    }

    /** Gives it no more requests, and closes it as soon as it has none. */
    void retire(PooledConnection connection) {
        if (!connection.retired()) {
            connection.retire();
            unusable(connection);
        }
        if (connection.openStreams() == 0 && !connection.isClosed()) {
            lost(connection);
            var unused = connection.connection().close(); // once: Vert.x throws where a QUIC connection is closed twice
        }
    }

    boolean anyHttp3() {
        return shared.stream().anyMatch(PooledConnection::http3);
    }

    /** Retires those of HTTP/3, or all others. */
    void retireAll(boolean http3) {
        for (PooledConnection connection : List.copyOf(open)) {
            if (connection.http3() == http3) {
                retire(connection);
            }
        }
    }

    /** Retires every one. */
    void retireAll() {
        loop.timer().cancel(idleCheck);
        for (PooledConnection connection : List.copyOf(open)) {
            retire(connection);
        }
    }

    /** Closes the one that has been idle the longest; false when there is none. */
    boolean closeOldestIdle() {
        PooledConnection oldest = idle.peekFirst();
        for (int i = 0; i < shared.size() && oldest == null; i++) {
            oldest = shared.get(i).openStreams() == 0 ? shared.get(i) : null;
        }
        if (oldest != null) {
            retire(oldest);
        }
        return oldest != null;
    }

    private Pool terms() {
        return group.terms().pool();
    }

    private boolean retiredAsSpent(PooledConnection connection) {
        if (connection.spent(terms(), loop)) {
            retire(connection);
            return true;
        }
        return false;
    }

    private void unusable(PooledConnection connection) {
        usable--;
        if (connection.multiplexed()) {
            shared.remove(connection);
        } else {
            idle.remove(connection);
        }
    }

    private void lost(PooledConnection connection) {
        if (!connection.isClosed()) {
            if (!connection.retired()) {
                unusable(connection);
            }
            connection.closed();
            open.remove(connection);
            loop.counters().add(Metric.UPSTREAM_CONNECTIONS_ACTIVE, -1);
            connection.streams().closed();
            group.connectsNoMore();
            onLost.run();
        }
    }

    /** By new terms. */
    void watchIdleAnew() {
        loop.timer().cancel(idleCheck);
        watchIdle();
    }

    /** Looks again when the first idle connection will have been so for too long, or may be too old. */
    private void watchIdle() {
        if (idleCheck.isArmed()) {
            return;
        }
        long deadline = Long.MAX_VALUE;
        long now = loop.nanoTime();
        PooledConnection oldest = idle.peekFirst();
        if (oldest != null) {
            deadline = oldest.idleDeadlineNanos(terms()) - now;
        }
        for (PooledConnection connection : shared) {
            if (connection.openStreams() == 0) {
                deadline = Math.min(deadline, connection.idleDeadlineNanos(terms()) - now);
            }
        }
        if (deadline < Long.MAX_VALUE) {
            long maxAge = terms().maxAge().toNanos();
            long look = maxAge > 0 ? Math.min(deadline, maxAge / 10) : deadline;
            loop.timer().arm(idleCheck, Math.max(0, look) / 1_000_000);
        }
    }

    private void closeIdle() {
        long now = loop.nanoTime();
        List<PooledConnection> candidates = new ArrayList<>(idle);
        candidates.addAll(shared);
        for (PooledConnection connection : candidates) {
            if (connection.openStreams() == 0
                    && (connection.idleDeadlineNanos(terms()) - now <= 0 || connection.spent(terms(), loop))) {
                retire(connection);
            }
        }
        watchIdle();
    }
}
