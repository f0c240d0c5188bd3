package dev.sluice.proxy;

import dev.sluice.filter.FilterAction;
import dev.sluice.filter.HttpFilter;
import io.vertx.core.MultiMap;

/** The filters of one exchange: forward over the request, backwards over the response. */
final class ExchangeFilters {

    private static final HttpFilter[] NONE = {};

    /** What the exchange does with their outcome. */
    interface Observer {
        /** All of them let the request pass. */
        void filtersDone();

        /** One threw, or broke the rules. */
        void filterFailed(RuntimeException bug);

        /** One threw while the answer to another failure was made. */
        void note(Throwable bug);

        /** Nothing more is to be run. */
        boolean isDone();
    }

    private final ExchangeFilterView view;
    private final Observer observer;
    private HttpFilter[] filters = NONE;
    private int next;
    private boolean begun;

    ExchangeFilters(ExchangeFilterView view, Observer observer) {
        this.view = view;
        this.observer = observer;
    }

    /** Adds behind those that have run. */
    void append(HttpFilter[] more) {
        if (filters.length == 0) {
            filters = more;
            return;
        }
        HttpFilter[] all = new HttpFilter[filters.length + more.length];
        System.arraycopy(filters, 0, all, 0, filters.length);
        System.arraycopy(more, 0, all, filters.length, more.length);
        filters = all;
    }

    /** Runs those that have not run, until one answers or pauses. */
    void run() {
        begun = true;
        while (next < filters.length && !observer.isDone()) {
            FilterAction action;
            try {
                action = filters[next++].onRequest(view);
            } catch (RuntimeException bug) {
                observer.filterFailed(bug);
                return;
            }
            if (action == FilterAction.REPLIED && !observer.isDone()) {
                observer.filterFailed(new IllegalStateException("REPLIED was returned without a call of reply()"));
            }
            if (action != FilterAction.CONTINUE) {
                return;
            }
        }
        if (!observer.isDone()) {
            observer.filtersDone();
        }
    }

    /** Shows the response's head to those that saw the request. */
    void onResponse() {
        for (int i = next - 1; i >= 0 && !observer.isDone(); i--) {
            try {
                filters[i].onResponse(view);
            } catch (RuntimeException bug) {
                observer.filterFailed(bug);
            }
        }
    }

    /**
     * Lets those that saw the request add to a failure's answer, or all when it has failed before any could; what they do
     * wrong is left out.
     */
    void onFailure() {
        for (int i = (begun ? next : filters.length) - 1; i >= 0; i--) {
            try {
                filters[i].onFailure(view);
            } catch (RuntimeException bug) {
                observer.note(bug);
            }
        }
    }

    /** Shows the request's trailers to those that saw its head. */
    void onRequestTrailers(MultiMap trailers) {
        for (int i = 0; i < next && !observer.isDone(); i++) {
            try {
                filters[i].onRequestTrailers(view, trailers);
            } catch (RuntimeException bug) {
                observer.filterFailed(bug);
            }
        }
    }

    /** Shows the trailers to those that saw the request. */
    void onTrailers(MultiMap trailers) {
        for (int i = next - 1; i >= 0 && !observer.isDone(); i--) {
            try {
                filters[i].onTrailers(view, trailers);
            } catch (RuntimeException bug) {
                observer.filterFailed(bug);
            }
        }
    }
}
