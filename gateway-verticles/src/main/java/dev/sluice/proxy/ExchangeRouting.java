package dev.sluice.proxy;

import dev.sluice.config.RuleTerms;
import dev.sluice.failure.Failure;
import dev.sluice.filter.RequestTiming.Point;
import dev.sluice.route.CompiledMatch;
import dev.sluice.route.CompiledRule;
import dev.sluice.route.CompiledRule.WeightedBackend;
import dev.sluice.spi.CallProtocol;
import dev.sluice.spi.LocalService;
import org.jspecify.annotations.Nullable;

/** Where an exchange goes: the rule that it matches and the filters of that, then one of its backends and the filters of that. */
final class ExchangeRouting implements ExchangeFilters.Observer {

    private final Exchange exchange;
    private @Nullable CompiledRule rule;
    private @Nullable WeightedBackend backend;
    private @Nullable LocalService local;
    private boolean filtered;

    ExchangeRouting(Exchange exchange) {
        this.exchange = exchange;
    }

    void route() {
        ProxyHandler proxy = exchange.proxy;
        IncomingRequest incoming = exchange.incoming;
        CompiledMatch match = proxy.routes().match(incoming);
        LocalService service = exchange.journal.grpc() ? proxy.localServices().get(incoming.path(), match) : null;
        if (service != null) {
            serve(service);
            return;
        }
        if (match == null) {
            boolean connect = exchange.upgrade != null && exchange.upgrade.isConnect();
            exchange.fail(connect ? Failure.METHOD_NOT_ALLOWED : Failure.NO_ROUTE, null);
            return;
        }
        exchange.filterView.matched(match);
        matched(match.rule());
    }

    /** The gateway offers it itself: no rule has a part in it. */
    private void serve(LocalService service) {
        local = service;
        exchange.journal.route("gateway" + exchange.incoming.path());
        exchange.journal.reached(Point.ROUTED);
        CallProtocol.Rule protocol = exchange.proxy.ownCalls();
        if (protocol == null || exchange.calling.begin(protocol)) {
            filtersDone();
        }
    }

    private void matched(CompiledRule matched) {
        rule = matched;
        exchange.journal.route(matched.name());
        exchange.journal.reached(Point.ROUTED);
        exchange.deadlines.request(exchange.startNanos, matched.requestTimeoutMillis());
        RuleTerms terms = matched.terms();
        if (exchange.upgrade != null && exchange.upgrade.isConnect() && !terms.connect()) {
            exchange.fail(Failure.METHOD_NOT_ALLOWED, "no route lets CONNECT through");
            return;
        }
        if (terms.maxRequestBodyBytes() != null) {
            exchange.bodyLimit.set(terms.maxRequestBodyBytes());
        }
        if (terms.streamIdleTimeout() != null) {
            exchange.deadlines.streamIdle(terms.streamIdleTimeout());
        }
        exchange.filters.append(matched.filters());
        if (matched.call() == null || exchange.calling.begin(matched.call())) {
            exchange.filters.run();
        }
    }

    /** A paused filter lets go. */
    void resumeFilters() {
        if (!isDone()) {
            exchange.filters.run();
        }
    }

    @Override
    public boolean isDone() {
        return exchange.isDone();
    }

    @Override
    public void note(Throwable bug) {
        exchange.note(bug);
    }

    @Override
    public void filterFailed(RuntimeException bug) {
        exchange.broken(bug);
    }

    @Override
    public void filtersDone() {
        CompiledRule matched = rule;
        if (matched == null && local == null) {
            return;
        }
        if (backend == null && matched != null) {
            if (matched.totalWeight() == 0) {
                exchange.fail(Failure.NO_BACKEND, null);
                return;
            }
            int ticket =
                    matched.backends().size() == 1 ? 0 : exchange.loop.random().nextInt(matched.totalWeight());
            WeightedBackend chosen = matched.backend(ticket);
            backend = chosen;
            exchange.journal.backend(chosen.name());
            if (chosen.filters().length > 0) {
                exchange.filters.append(chosen.filters());
                exchange.filters.run();
                return;
            }
        }
        exchange.journal.reached(Point.FILTERED);
        filtered = true;
        RequestPump body = exchange.body;
        if (body.declaresTooMuch() || body.tooLarge()) {
            exchange.requestTooLarge();
            return;
        }
        if (body.bodyKnown() || (exchange.upgrade != null && exchange.upgrade.wanted())) {
            forward();
        } else if (!exchange.clientSide.usuallyBodyless() && !body.awaitsEnd()) {
            exchange.loop.atTurnEnd(this::forward);
        }
        // else the end of a bodyless HTTP/2 or 3 request is on its way, and bodyKnown() goes on
    }

    /** The first piece of the body has come, or the end. */
    void bodyKnown() {
        if (filtered) {
            forward();
        }
    }

    private void forward() {
        WeightedBackend chosen = backend;
        CompiledRule matched = rule;
        if (isDone() || exchange.upstream.started() || exchange.calling.isExpired()) {
            return;
        }
        if (local != null) {
            exchange.upstream.serve(local);
        } else if (chosen != null && matched != null) {
            exchange.upstream.forward(matched, chosen);
        }
    }
}
