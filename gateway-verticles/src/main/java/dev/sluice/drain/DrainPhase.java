package dev.sluice.drain;

/** Where a node stands between serving and gone ({@code correctness.md} E8). Only ever moves down this list. */
public enum DrainPhase {
    /** Normal. */
    SERVING,
    /** Lame duck: readiness is 503, new connections and requests are still served. */
    ANNOUNCING,
    /** Nothing new is accepted; exchanges in flight finish. */
    STOPPING,
    /** The deadline has passed: what is left is aborted. */
    FORCING,
    /** Everything is closed. */
    DONE
}
