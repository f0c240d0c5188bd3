package dev.sluice.upstream;

import dev.sluice.config.Defaults;
import dev.sluice.config.UpstreamTerms.Pool;
import dev.sluice.failure.Failure;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import dev.sluice.observe.Metric;
import dev.sluice.wire.UpstreamErrors;
import io.vertx.core.http.HttpClientConnection;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one loop to one endpoint, and who gets one when.
 *
 * <p>A request takes what is free. Else it waits in line while a connection is opened for it, and is served by
 * whichever comes first, that connection or one that another request gives back. A connect that fails fails only the
 * request that started it, or nobody when that one has been served meanwhile; it is then soon given up. This is what
 * .NET's pool does since version 7. The line and the time in it are bounded, and so is the number of connections.
 */
public final class ConnectionPool {

    private final Loop loop;
    private final PoolGroup group;
    private final Connector connector;
    private final boolean tunnels;
    private final PooledConnections connections;
    private final WaitingLine line = new WaitingLine();
    /** Connects under way that somebody may still be served by. */
    private int connecting;
    /** What the newest connection speaks, and until there is one what it may; with ALPN, others may speak otherwise. */
    private boolean multiplexed;
    /** How many requests the next connection is expected to serve at a time. */
    private int expectedStreams = Integer.MAX_VALUE;
    /** Whether the last connect has failed: one is not relied upon then by all who wait. */
    private boolean failing;

    private boolean closed;
    private boolean advancing;
    /** What a request that waited in vain is told: the last connect's failure, or that all connections are busy. */
    private Failure reasonToWait = Failure.POOL_TIMEOUT;

    ConnectionPool(Loop loop, PoolGroup group, Connector connector, boolean multiplexed) {
        this(loop, group, connector, multiplexed, false);
    }

    private ConnectionPool(Loop loop, PoolGroup group, Connector connector, boolean multiplexed, boolean tunnels) {
        this.loop = loop;
        this.group = group;
        this.connector = connector;
        this.multiplexed = multiplexed;
        this.tunnels = tunnels;
        this.connections = new PooledConnections(loop, group, this::advance);
        group.add(this);
    }

    /**
     * Of HTTP/1.1 connections that become tunnels and are never given back, apart from the others so that they do not use
     * those up.
     */
    static ConnectionPool ofTunnels(Loop loop, PoolGroup group, Connector connector) {
        return new ConnectionPool(loop, group, connector, false, true);
    }

    /** Connections that are open. */
    public int connections() {
        return connections.size();
    }

    /** Open connections without a request. */
    public int idle() {
        return connections.idle();
    }

    /** Connections that are being opened. */
    public int connecting() {
        return connecting;
    }

    /** Requests in line. */
    public int pending() {
        return line.size();
    }

    /** Serves at once, or puts the request in line; fails it when the line is full. */
    public void acquire(Waiter waiter) {
        PooledConnection free = connections.take();
        if (free != null) {
            waiter.connected(lease(free));
        } else if (!group.mayWait()) {
            waiter.failed(Failure.OVERFLOW, null);
        } else {
            if (closed && line.isEmpty()) {
                group.add(this); // to be woken with the others, until nobody waits again
            }
            waiter.pool = this;
            waiter.sinceNanos = loop.nanoTime();
            line.add(waiter);
            group.waits();
            loop.counters().increment(Metric.UPSTREAM_REQUESTS_PENDING);
            loop.timer().arm(waiter, group.terms().breaker().pendingTimeout().toMillis());
            advance();
        }
    }

    /**
     * Stops pooling: idle connections close now, busy ones when their last request ends. Requests in line are still
     * served, each by a connection that closes after it.
     */
    void close() {
        closed = true;
        connections.retireAll();
        if (line.isEmpty()) {
            group.remove(this);
        }
    }

    void released(PooledConnection connection, boolean reusable) {
        connection.unleased(loop.nanoTime());
        loop.counters().add(Metric.UPSTREAM_REQUESTS_ACTIVE, -1);
        if (reusable && !closed) {
            connections.release(connection);
        } else {
            connections.retire(connection);
        }
        advance();
        connections.settle(connection);
    }

    /** Serves the line with what is free, and opens what is still missing. */
    void advance() {
        if (advancing) {
            return; // called from below: the loop goes on and sees what has changed
        }
        advancing = true;
        try {
            Waiter first = line.first();
            while (first != null) {
                PooledConnection free = connections.take();
                if (free != null) {
                    PooledConnection leased = lease(free);
                    loop.histograms().queued(loop.nanoTime() - first.sinceNanos);
                    leave(first);
                    serve(first, leased);
                } else if (!connectOne()) {
                    return;
                }
                first = line.first();
            }
        } finally {
            advancing = false;
        }
    }

    /** Serves one that has waited: what goes wrong there is nothing to those behind it, or to whoever called. */
    private void serve(Waiter waiter, PooledConnection leased) {
        try {
            waiter.connected(leased);
        } catch (RuntimeException bug) {
            loop.bug(bug);
        }
    }

    private PooledConnection lease(PooledConnection connection) {
        connection.leased();
        loop.counters().increment(Metric.UPSTREAM_REQUESTS);
        loop.counters().increment(Metric.UPSTREAM_REQUESTS_ACTIVE);
        return connection;
    }

    /** Takes a waiter out of the line. */
    void leave(Waiter waiter) {
        line.remove(waiter);
        waiter.pool = null;
        loop.timer().cancel(waiter);
        group.waitsNoMore();
        loop.counters().add(Metric.UPSTREAM_REQUESTS_PENDING, -1);
        Connect own = waiter.connect;
        if (own != null) {
            waiter.connect = null;
            own.initiatorLeft();
        }
        if (closed && line.isEmpty()) {
            group.remove(this);
        }
    }

    Failure reasonToWait() {
        return reasonToWait;
    }

    /** Whether it has no connection, nor one that is being opened. */
    boolean bare() {
        return connections.size() == 0 && connecting == 0;
    }

    /** There are new ones. */
    void termsChanged() {
        connections.watchIdleAnew();
    }

    Pool terms() {
        return group.terms().pool();
    }

    private int limit() {
        if (tunnels) {
            return Defaults.MAX_TUNNELS;
        }
        return multiplexed ? terms().multiplexedConnections() : terms().http1Connections();
    }

    /** Opens a connection for the first in line that has none under way, if one is needed and allowed. */
    private boolean connectOne() {
        int streams = multiplexed && !failing ? Math.min(expectedStreams, terms().streamsPerConnection()) : 1;
        if ((long) connecting * streams >= line.size() || connections.usable(multiplexed) + connecting >= limit()) {
            return false;
        }
        Waiter initiator = line.firstWithoutConnect();
        if (initiator == null || !group.mayConnect(this)) {
            return false;
        }
        Connect connect = new Connect(initiator);
        initiator.connect = connect;
        connect.start();
        return true;
    }

    private final Connector.Moves moves = new Connector.Moves() {
        @Override
        public void toHttp3() {
            boolean room = connections.usable(multiplexed) < limit() && group.hasRoom();
            if (!closed && connecting == 0 && !connections.anyHttp3() && room) {
                new Connect(null).start();
            }
        }

        @Override
        public void leaveHttp3() {
            connections.retireAll(true);
            advance();
        }
    };

    /** One try to open a connection. */
    final class Connect extends Timeout implements Connector.Handler {

        /** Who started it; null when that one is no longer in line, and when it was for nobody. */
        private @Nullable Waiter initiator;

        private Runnable giveUp = () -> {};
        private long deadlineNanos;
        private boolean unwanted;
        private boolean over;

        private Connect(@Nullable Waiter initiator) {
            this.initiator = initiator;
        }

        private void start() {
            connecting++;
            loop.counters().increment(Metric.UPSTREAM_CONNECTS_ACTIVE);
            group.connects();
            Duration timeout = terms().connectTimeout();
            deadlineNanos = loop.nanoTime() + timeout.toNanos();
            loop.timer().arm(this, timeout.toMillis());
            giveUp = connector.connect(timeout, this);
        }

        /** It may still serve somebody, but not take as long as it likes. */
        private void initiatorLeft() {
            initiator = null;
            long rest = terms().pendingConnectTimeout().toNanos();
            if (rest < 0 || rest >= deadlineNanos - loop.nanoTime()) {
                return;
            }
            unwanted = true;
            if (rest == 0) {
                expired();
            } else {
                loop.timer().arm(this, terms().pendingConnectTimeout().toMillis());
            }
        }

        @Override
        protected void expired() {
            if (unwanted) {
                var unusedNobody = end();
                giveUp.run();
                loop.counters().increment(Metric.UPSTREAM_CONNECTS_ABANDONED);
                group.connectsNoMore();
                advance();
            } else {
                failed(new TimeoutException(
                        "no connection within " + terms().connectTimeout().toMillis() + " ms"));
                giveUp.run();
            }
        }

        @Override
        public void connected(HttpClientConnection connection) {
            if (over) {
                var unused = connection.close(); // too late
                return;
            }
            Waiter first = end();
            loop.counters().increment(Metric.UPSTREAM_CONNECTS);
            PooledConnection established;
            try {
                double ageFactor = 0.9 + loop.random().nextDouble() / 5;
                established = new PooledConnection(ConnectionPool.this, connection, loop.nanoTime(), ageFactor);
            } catch (RuntimeException gone) {
                connectFailed(first, gone); // it has closed already, with everything that was on it
                return;
            }
            adopt(established);
        }

        @Override
        public void failed(Throwable cause) {
            if (!over) {
                Waiter first = end();
                loop.counters().increment(Metric.UPSTREAM_CONNECT_FAILURES);
                connectFailed(first, cause);
            }
        }

        private @Nullable Waiter end() {
            over = true;
            connecting--;
            loop.counters().add(Metric.UPSTREAM_CONNECTS_ACTIVE, -1);
            loop.timer().cancel(this);
            Waiter first = initiator;
            initiator = null;
            if (first != null) {
                first.connect = null;
            }
            return first;
        }
    }

    private void connectFailed(@Nullable Waiter initiator, Throwable cause) {
        Failure failure = UpstreamErrors.onConnect(cause);
        failing = true;
        reasonToWait = failure;
        if (initiator != null) {
            leave(initiator);
        }
        group.connectsNoMore();
        if (initiator != null) {
            try {
                initiator.failed(failure, cause);
            } catch (RuntimeException bug) {
                loop.bug(bug);
            }
        }
        advance(); // others in line may have relied on it
    }

    private void adopt(PooledConnection connection) {
        failing = false;
        reasonToWait = Failure.POOL_TIMEOUT;
        multiplexed = connection.multiplexed();
        expectedStreams = Math.max(1, connection.maxStreams(terms()));
        connections.add(connection);
        connection.streams().onGoAway(() -> {
            connections.retire(connection);
            advance();
        });
        connection.streams().onMoreStreams(this::advance);
        connector.watch(connection.streams(), moves);
        if (connection.http3()) {
            connections.retireAll(false); // those of a fallback, or from before it was announced
        }
        advance();
        if (closed) {
            connections.retire(connection);
            advance(); // it takes no more of those who wait
        }
        connections.settle(connection);
    }

    /** Makes room for another pool's connection; false when none here is idle. */
    boolean closeOldestIdle() {
        return connections.closeOldestIdle();
    }
}
