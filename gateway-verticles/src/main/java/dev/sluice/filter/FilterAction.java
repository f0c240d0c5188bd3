package dev.sluice.filter;

/** What happens after {@link HttpFilter#onRequest}. */
public enum FilterAction {
    /** The next filter runs, or the request is forwarded. */
    CONTINUE,
    /** The filter answered with {@link FilterContext#reply}; nothing is forwarded. */
    REPLIED,
    /** The filter waits for something; the exchange goes on when it calls {@link FilterContext#resume()}. */
    PAUSED
}
