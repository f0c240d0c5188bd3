package dev.sluice.drain;

/**
 * Where a node stands between serving and gone ({@code correctness.md} E8). Moves down this list, and back to {@link #SERVING} only
 * from where everything is still served.
 */
public enum DrainPhase {
    /** Normal. */
    SERVING,
    /** About to drain, once other nodes let it; ready meanwhile. */
    WAITING,
    /** Lame duck: readiness is 503, clients are told to go, new connections and requests are still served. */
    ANNOUNCING,
    /** Nothing new is accepted; exchanges in flight finish. */
    STOPPING,
    /** The deadline has passed: what is left is aborted. */
    FORCING,
    /** Nothing is left; the node leaves its cluster. */
    LEAVING,
    /** Everything is closed. */
    DONE;

    /** Whether new traffic should go elsewhere. */
    public boolean draining() {
        return compareTo(WAITING) > 0;
    }

    /** Whether the node can serve again. */
    public boolean revocable() {
        return this == WAITING || this == ANNOUNCING;
    }
}
