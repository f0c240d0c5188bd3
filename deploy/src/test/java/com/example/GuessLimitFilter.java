package com.example;

import dev.sluice.filter.ConnectionContext;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.FilterContext;
import dev.sluice.filter.FilterFactory;
import dev.sluice.filter.HttpFilter;
import dev.sluice.filter.RequestTiming.Point;
import io.vertx.core.json.JsonObject;

/** Ends connections on which too many requests were answered 401, and tells clients how long the upstream took. */
public final class GuessLimitFilter implements HttpFilter {

    private final int limit;

    private GuessLimitFilter(int limit) {
        this.limit = limit;
    }

    @Override
    public FilterAction onRequest(FilterContext exchange) {
        if (guesses(exchange.connection()) > limit) {
            exchange.connection().abort("more than " + limit + " guesses"); // came in one go behind the others
        }
        return FilterAction.CONTINUE;
    }

    @Override
    public void onResponse(FilterContext exchange) {
        if (exchange.status() == 401) {
            ConnectionContext connection = exchange.connection();
            int guesses = guesses(connection) + 1;
            connection.items().put(GuessLimitFilter.class, guesses);
            if (guesses == limit) {
                connection.close(); // after this answer
            }
        }
        exchange.timing()
                .elapsed(Point.UPSTREAM_REQUEST_HEAD, Point.UPSTREAM_RESPONSE_HEAD)
                .ifPresent(nanos -> exchange.responseHeaders().set("x-upstream-micros", Long.toString(nanos / 1_000)));
    }

    private static int guesses(ConnectionContext connection) {
        return (int) connection.items().getOrDefault(GuessLimitFilter.class, 0);
    }

    /** What {@code spec.class} of a Filter names. */
    public static final class Factory implements FilterFactory {

        @Override
        public HttpFilter create(JsonObject config) {
            return new GuessLimitFilter(config.getInteger("limit", 3));
        }
    }
}
