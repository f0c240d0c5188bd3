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

    PoolGroup(Loop loop) {
        this.loop = loop;
        terms(UpstreamTerms.DEFAULT);
    }

    UpstreamTerms terms() {
        return terms;
    }

    /** Takes over new terms; what is open or waits stays. */
    void terms(UpstreamTerms fresh) {
        terms = fresh;
        maxConnections = loop.share(fresh.breaker().maxConnections());
        maxPending = loop.share(fresh.breaker().maxPending());
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

    /** Whether there may be one more connection; an idle one of another pool makes room for it. */
    boolean mayConnect(ConnectionPool asking) {
        for (int i = 0; i < pools.size() && connections >= maxConnections; i++) {
            if (pools.get(i) != asking) {
                pools.get(i).closeOldestIdle();
            }
        }
        return connections < maxConnections;
    }

    void connects() {
        connections++;
    }

    /** A connection is gone, or will not be. */
    void connectsNoMore() {
        boolean full = connections >= maxConnections;
        connections--;
        if (full) {
            wake();
        }
    }

    /** A connection has become idle, which another pool may have waited for. */
    void idles() {
        if (connections >= maxConnections) {
            wake();
        }
    }

    /** Lets every pool's line go on; whoever was first this time is last the next. */
    private void wake() {
        if (waking || pools.isEmpty()) {
            return;
        }
        waking = true;
        try {
            for (ConnectionPool pool : List.copyOf(pools)) {
                pool.advance();
            }
            if (pools.size() > 1) {
                pools.add(pools.remove(0));
            }
        } finally {
            waking = false;
        }
    }
}
