package dev.sluice.upstream;

import dev.sluice.config.UpstreamTerms;
import dev.sluice.loop.Loop;
import java.util.ArrayList;
import java.util.List;

/**
 * What the pools of one upstream share on one loop: their terms, and the breaker's numbers of connections and of
 * requests in line, of which every loop has its part.
 */
final class PoolGroup {

    private final Loop loop;
    private final List<ConnectionPool> pools = new ArrayList<>();
    private UpstreamTerms terms = UpstreamTerms.DEFAULT;
    private long maxConnections;
    private long maxPending;
    /** Open, or being opened for somebody. */
    private int connections;

    private int pending;
    private boolean waking;
    /** Whether there was a reason to wake while that was done. */
    private boolean again;

    PoolGroup(Loop loop) {
        this.loop = loop;
        terms(UpstreamTerms.DEFAULT);
    }

    UpstreamTerms terms() {
        return terms;
    }

    /** Takes over new terms; what is open or waits stays. */
    void terms(UpstreamTerms fresh) {
        boolean other = !fresh.pool().equals(terms.pool());
        terms = fresh;
        maxConnections = loop.share(fresh.breaker().maxConnections());
        maxPending = loop.share(fresh.breaker().maxPending());
        if (other) {
            pools.forEach(ConnectionPool::termsChanged);
        }
        wake();
    }

    int connections() {
        return connections;
    }

    int pending() {
        return pending;
    }

    void add(ConnectionPool pool) {
        pools.add(pool);
    }

    void remove(ConnectionPool pool) {
        pools.remove(pool);
    }

    /** Whether one more may get in line. */
    boolean mayWait() {
        return pending < maxPending;
    }

    void waits() {
        pending++;
    }

    void waitsNoMore() {
        pending--;
    }

    /**
     * Whether there may be one more connection; idle ones of other pools make room for it. Without room, a pool that has
     * none may have one all the same: those that have would keep theirs for as long as they have requests.
     */
    boolean mayConnect(ConnectionPool asking) {
        boolean nested = waking;
        waking = true; // the room is for who asks
        try {
            int i = 0;
            while (i < pools.size() && !hasRoom()) {
                ConnectionPool pool = pools.get(i);
                if (pool == asking || !pool.closeOldestIdle()) {
                    i++;
                }
            }
        } finally {
            waking = nested;
        }
        return hasRoom() || asking.bare();
    }

    /** Whether there may be one more connection as it is. */
    boolean hasRoom() {
        return connections < maxConnections;
    }

    void connects() {
        connections++;
    }

    /** A connection is gone, or will not be. */
    void connectsNoMore() {
        boolean full = !hasRoom();
        connections--;
        if (full) {
            wake();
        }
    }

    /** A connection has become idle, which another pool may have waited for. */
    void idles() {
        if (!hasRoom()) {
            wake();
        }
    }

    /** Lets every pool's line go on; whoever was first this time is last the next. */
    private void wake() {
        again = true;
        if (waking) {
            return;
        }
        waking = true;
        try {
            while (again && pending > 0) {
                again = false;
                for (ConnectionPool pool : List.copyOf(pools)) {
                    pool.advance();
                }
                if (pools.size() > 1) {
                    pools.add(pools.remove(0));
                }
            }
        } finally {
            waking = false;
        }
    }
}
