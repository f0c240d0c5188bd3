package dev.sluice.filter;

/**
 * Why a client's connection ended.
 *
 * @param cause who ended it, and on what grounds
 * @param text one line for operators; empty when there is nothing to add
 */
public record CloseReason(Cause cause, String text) {

    /** Who ended it, and on what grounds. */
    public enum Cause {
        /** The client closed or reset it, or asked for its close after a response. */
        CLIENT,
        /** Nothing was in flight for too long, or a request's head did not come. */
        IDLE,
        /** It reached the age or the number of requests that it is granted. */
        LIMIT,
        /** The gateway, or the listener, is going away. */
        DRAIN,
        /** {@link ConnectionContext#close}. */
        CLOSED,
        /** {@link ConnectionContext#abort}, whose reason is the text. */
        ABORTED,
        /** Something was wrong: a request that cannot be framed, a response that had to be broken off, a protocol error. */
        ERROR
    }
}
