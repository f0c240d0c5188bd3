package dev.sluice.upstream;

import dev.sluice.config.Defaults;
import dev.sluice.failure.Failure;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import dev.sluice.observe.Metric;
import dev.sluice.wire.UpstreamErrors;
import io.vertx.core.http.HttpClientConnection;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of one loop to one endpoint, and who gets one when.
 *
 * <p>A request takes what is free. Else it waits in line while a connection is opened for it, and is served by
 * whichever comes first, that connection or one that another request gives back (.NET's pool since version 6). A
 * connect that fails fails only the request that started it, or nobody when that one has been served
 * meanwhile. The line and the time in it are bounded, and so is the number of connections.
 */
public final class ConnectionPool {

    /** Opens one connection to the endpoint; the outcome comes on the loop, in bounded time. */
    interface Connector {
        void connect(Handler handler);

        /** Receives exactly one call. */
        interface Handler {
            void connected(HttpClientConnection connection);

            void failed(Throwable cause);
        }
    }

    /** A request that wants a connection; called exactly once unless it is cancelled before. */
    public abstract static class Waiter {

        private @Nullable ConnectionPool pool;
        private boolean connecting;
        private final Timeout timeout = new Timeout() {
            @Override
            protected void expired() {
                ConnectionPool waitedFor = pool;
                if (waitedFor != null) {
                    waitedFor.give(Waiter.this);
                    failed(waitedFor.reasonToWait, null);
                }
            }
        };

        /** A lease to use and to {@link PooledConnection#release release}. */
        protected abstract void connected(PooledConnection connection);

        /** No connection, and why. */
        protected abstract void failed(Failure failure, @Nullable Throwable cause);

        /** Leaves the line; does nothing when it was served or has failed. */
        public final void cancel() {
            if (pool != null) {
                pool.give(this);
            }
        }
    }

    private static final Logger log = LoggerFactory.getLogger(ConnectionPool.class);

    private final Loop loop;
    private final Connector connector;
    private final List<PooledConnection> connections = new ArrayList<>();
    /** HTTP/1.1 connections without a request, the most recently used last. */
    private final ArrayDeque<PooledConnection> idle = new ArrayDeque<>();

    private final Queue<Waiter> line = new ArrayDeque<>();
    private int connecting;
    /** What the newest connection speaks; with ALPN, older ones may speak the other version. */
    private boolean multiplexed;

    private int multiplexedConnections;
    private boolean closed;
    /** What a request that waited in vain is told: the last connect's failure, or that all connections are busy. */
    private Failure reasonToWait = Failure.POOL_TIMEOUT;

    private final Timeout idleCheck = new Timeout() {
        @Override
        protected void expired() {
            closeIdle();
        }
    };

    private final boolean tunnels;

    ConnectionPool(Loop loop, Connector connector, boolean multiplexed) {
        this(loop, connector, multiplexed, false);
    }

    private ConnectionPool(Loop loop, Connector connector, boolean multiplexed, boolean tunnels) {
        this.tunnels = tunnels;
        this.loop = loop;
        this.connector = connector;
        this.multiplexed = multiplexed;
    }

    /**
     * Of HTTP/1.1 connections that become tunnels and are never given back, apart from the others so that they do not use
     * those up.
     */
    static ConnectionPool ofTunnels(Loop loop, Connector connector) {
        return new ConnectionPool(loop, connector, false, true);
    }

    /** Serves at once, or puts the request in line; fails it when the line is full. */
    public void acquire(Waiter waiter) {
        PooledConnection free = take();
        if (free != null) {
            waiter.connected(free);
        } else if (line.size() >= Defaults.MAX_PENDING_REQUESTS) {
            waiter.failed(Failure.OVERFLOW, null);
        } else {
            waiter.pool = this;
            line.add(waiter);
            loop.counters().increment(Metric.UPSTREAM_REQUESTS_PENDING);
            loop.timer().arm(waiter.timeout, Defaults.PENDING_TIMEOUT.toMillis());
            connectFor(waiter);
        }
    }

    /**
     * Stops pooling: idle connections close now, busy ones when their last request ends. Requests in line are still
     * served, each by a connection that closes after it.
     */
    void close() {
        closed = true;
        for (PooledConnection connection : List.copyOf(connections)) {
            connection.retire();
            if (connection.openStreams() == 0) {
                drop(connection);
            }
        }
        idle.clear();
        loop.timer().cancel(idleCheck);
    }

    void released(PooledConnection connection) {
        connection.unleased(loop.nanoTime());
        if (closed) {
            connection.retire();
        }
        loop.counters().add(Metric.UPSTREAM_REQUESTS_ACTIVE, -1);
        if (connection.retired()) {
            if (connection.openStreams() == 0) {
                drop(connection);
            }
            serveOrConnect();
            return;
        }
        Waiter next = line.peek();
        if (next != null && connection.hasCapacity()) {
            serve(connection, next);
        } else if (next != null) {
            serveOrConnect();
        } else {
            if (!connection.multiplexed()) {
                idle.addLast(connection);
            }
            watchIdle();
        }
    }

    private @Nullable PooledConnection take() {
        PooledConnection http1 = idle.pollLast();
        if (http1 != null) {
            return lease(http1);
        }
        if (multiplexedConnections == 0) {
            return null; // only HTTP/1.1 here, and all of it busy
        }
        for (int i = 0; i < connections.size(); i++) {
            PooledConnection connection = connections.get(i);
            if (connection.multiplexed() && connection.hasCapacity()) {
                return lease(connection);
            }
        }
        return null;
    }

    private PooledConnection lease(PooledConnection connection) {
        connection.leased();
        loop.counters().increment(Metric.UPSTREAM_REQUESTS);
        loop.counters().increment(Metric.UPSTREAM_REQUESTS_ACTIVE);
        return connection;
    }

    private void serve(PooledConnection connection, Waiter waiter) {
        give(waiter);
        waiter.connected(lease(connection));
    }

    /** Takes a waiter out of the line. */
    private void give(Waiter waiter) {
        line.remove(waiter);
        waiter.pool = null;
        loop.timer().cancel(waiter.timeout);
        loop.counters().add(Metric.UPSTREAM_REQUESTS_PENDING, -1);
    }

    private int limit() {
        if (tunnels) {
            return Defaults.MAX_TUNNELS;
        }
        return multiplexed ? Defaults.MAX_MUX_CONNECTIONS : Defaults.MAX_H1_CONNECTIONS;
    }

    private void connectFor(Waiter waiter) {
        // A connection that multiplexes will serve many: one being opened is enough for a hundred in line.
        boolean enough = multiplexed && connecting * Defaults.MAX_UPSTREAM_STREAMS >= line.size();
        if (enough || connections.size() + connecting >= limit()) {
            return;
        }
        waiter.connecting = true;
        connecting++;
        connector.connect(new Connector.Handler() {
            @Override
            public void connected(HttpClientConnection connection) {
                connecting--;
                loop.counters().increment(Metric.UPSTREAM_CONNECTS);
                waiter.connecting = false;
                PooledConnection established;
                try {
                    established = new PooledConnection(ConnectionPool.this, connection, loop.nanoTime());
                } catch (RuntimeException gone) {
                    connectFailed(waiter, gone); // it has closed already, with everything that was on it
                    return;
                }
                adopt(established, connection);
            }

            @Override
            public void failed(Throwable cause) {
                connecting--;
                loop.counters().increment(Metric.UPSTREAM_CONNECT_FAILURES);
                waiter.connecting = false;
                connectFailed(waiter, cause);
            }
        });
    }

    private void connectFailed(Waiter initiator, Throwable cause) {
        Failure failure = UpstreamErrors.onConnect(cause);
        reasonToWait = failure;
        if (initiator.pool == this) {
            give(initiator);
            initiator.failed(failure, cause);
        }
        // Those behind it relied on a connection that will not come: each gets a try of its own.
        serveOrConnect();
    }

    private void adopt(PooledConnection connection, HttpClientConnection established) {
        reasonToWait = Failure.POOL_TIMEOUT;
        multiplexed = connection.multiplexed();
        connections.add(connection);
        multiplexedConnections += multiplexed ? 1 : 0;
        loop.counters().increment(Metric.UPSTREAM_CONNECTIONS_ACTIVE);
        var unusedError = established.exceptionHandler(
                error -> log.debug("event=upstream_connection_error cause={}", error.toString()));
        var unusedClose = established.closeHandler(v -> lost(connection));
        connection.streams().onGoAway(() -> goneAway(connection));
        if (closed && line.isEmpty()) {
            drop(connection);
            return;
        }
        if (!connection.multiplexed()) {
            idle.addLast(connection);
        }
        serveOrConnect();
        watchIdle();
    }

    /** Serves the line with what is free, and opens what is still missing. */
    private void serveOrConnect() {
        Waiter waiter = line.peek();
        while (waiter != null) {
            PooledConnection free = take();
            if (free == null) {
                break;
            }
            give(waiter);
            waiter.connected(free);
            waiter = line.peek();
        }
        if (!line.isEmpty() && connections.size() + connecting < limit()) {
            for (Waiter waiting : List.copyOf(line)) {
                if (!waiting.connecting && waiting.pool == this) {
                    connectFor(waiting);
                }
            }
        }
    }

    private void goneAway(PooledConnection connection) {
        connection.retire();
        if (connection.openStreams() == 0) {
            drop(connection);
        }
    }

    private void lost(PooledConnection connection) {
        if (!connection.isClosed()) {
            connection.closed();
            connections.remove(connection);
            multiplexedConnections -= connection.multiplexed() ? 1 : 0;
            idle.remove(connection);
            loop.counters().add(Metric.UPSTREAM_CONNECTIONS_ACTIVE, -1);
            connection.streams().closed();
            serveOrConnect();
        }
    }

    private void drop(PooledConnection connection) {
        if (!connection.isClosed()) { // Vert.x throws where a QUIC connection is closed twice
            lost(connection);
            var unused = connection.connection().close();
        }
    }

    private void watchIdle() {
        if (!idleCheck.isArmed() && !closed) {
            loop.timer().arm(idleCheck, Defaults.UPSTREAM_IDLE.toMillis() / 4);
        }
    }

    private void closeIdle() {
        long deadline = loop.nanoTime() - Defaults.UPSTREAM_IDLE.toNanos();
        boolean anyIdle = false;
        for (PooledConnection connection : List.copyOf(connections)) {
            if (connection.openStreams() > 0) {
                continue;
            }
            if (connection.idleSinceNanos() - deadline <= 0) {
                drop(connection);
            } else {
                anyIdle = true;
            }
        }
        if (anyIdle) {
            watchIdle();
        }
    }
}
