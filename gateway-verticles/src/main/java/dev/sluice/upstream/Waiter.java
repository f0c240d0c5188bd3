package dev.sluice.upstream;

import dev.sluice.failure.Failure;
import dev.sluice.loop.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * A request that wants a connection of a {@link ConnectionPool}: one of its two methods is called exactly once, unless it
 * is cancelled before. As a timeout it is the time that it may spend in line.
 */
public abstract class Waiter extends Timeout {

    @Nullable
    Waiter before;

    @Nullable
    Waiter behind;

    /** The connect that this request has started and that is under way. */
    ConnectionPool.@Nullable Connect connect;

    /** In whose line it is; null when in none. */
    @Nullable
    ConnectionPool pool;

    long sinceNanos;

    /** A lease to use and to {@link PooledConnection#release release}. */
    protected abstract void connected(PooledConnection connection);

    /** No connection, and why. */
    protected abstract void failed(Failure failure, @Nullable Throwable cause);

    /** Whether a connect of its own is under way. */
    protected final boolean connecting() {
        return connect != null;
    }

    /** Leaves the line; does nothing when it was served or has failed. */
    public final void cancel() {
        if (pool != null) {
            pool.leave(this);
        }
    }

    @Override
    protected final void expired() {
        ConnectionPool waitedFor = pool;
        if (waitedFor != null) {
            waitedFor.leave(this);
            failed(waitedFor.reasonToWait(), null);
        }
    }
}
