package dev.sluice.spi;

import io.vertx.core.Future;
import java.time.Duration;

/**
 * Who may drain when several nodes would. A node asks before its lame duck and goes on serving, ready, until it knows:
 * a node in line is one that clients can still be sent to. Nobody's permission is ever needed: after its patience a
 * node drains without.
 */
public interface DrainPermits {

    /** Nobody to ask: a node on its own drains at once. */
    DrainPermits NONE = patience -> Future.succeededFuture(Permit.ALONE);

    /**
     * Asks for a permit; called on the control event loop, at most one at a time. One that is granted after the
     * patience is given back at once.
     *
     * @param patience the longest wait, zero or more. It is the caller that holds to it, whatever happens here; an
     *     implementation uses it to leave the line in time
     * @return the permit; a failure counts as one, since a node that cannot ask must be able to leave
     */
    Future<Permit> acquire(Duration patience);

    /** The right to drain, kept until it is released. It also has to expire by itself: nodes die. */
    interface Permit {

        /** That of a node that has nobody to share with. */
        Permit ALONE = new Permit() {
            @Override
            public int survivors() {
                return 0;
            }

            @Override
            public void release() {}
        };

        /** How many other nodes go on serving, over which this one's clients spread; 0 when nobody knows. */
        int survivors();

        /** Gives it back: the node serves again, or has nothing left and is about to leave. Called once. */
        void release();
    }
}
