package dev.sluice.limit;

/** What is known of one key, and can be forgotten. */
interface Account extends Lender {

    /** Looks at it, at regular times: whether it can be forgotten without a loss, once it is {@link #close closed}. */
    boolean isDone();

    /** It is forgotten: what it has goes back. */
    void close();
}
