package dev.sluice.filter;

import io.vertx.core.MultiMap;

/**
 * One filter of a rule, shared by all event loops: immutable, or safe for several threads. Called on the exchange's
 * event loop; it may not block. An exception that it throws ends the exchange with 500 and is counted as a bug.
 */
public interface HttpFilter {

    /** Before a backend is chosen, in the order of the rule's filters. */
    default FilterAction onRequest(FilterContext exchange) {
        return FilterAction.CONTINUE;
    }

    /**
     * When an upstream's final response head has come and is about to be sent, in reverse order; also for responses
     * that a filter gave, not for failures that the gateway answers itself.
     */
    default void onResponse(FilterContext exchange) {}

    /**
     * Before the gateway's answer to a failure is sent, in reverse order, to those whose {@code onRequest} has run, or to all
     * of the rule's when its protocol has refused the request before the first: fields may be set that a client needs to
     * see the answer at all, as CORS does. Status and body are the failure's.
     */
    default void onFailure(FilterContext exchange) {}

    /**
     * Before request trailers are sent to the upstream, in the order of the rule's filters; only when there are any.
     *
     * @param trailers may be changed
     */
    default void onRequestTrailers(FilterContext exchange, MultiMap trailers) {}

    /**
     * Before response trailers are sent, in reverse order; only when there are any.
     *
     * @param trailers may be changed
     */
    default void onTrailers(FilterContext exchange, MultiMap trailers) {}
}
