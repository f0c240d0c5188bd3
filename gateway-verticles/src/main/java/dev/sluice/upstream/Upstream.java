package dev.sluice.upstream;

import dev.sluice.balance.ConcurrencyLimit;
import dev.sluice.balance.Hash64;
import dev.sluice.balance.Selection;
import dev.sluice.balance.StickyTokens;
import dev.sluice.config.Backend;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.HashOn;
import dev.sluice.config.UpstreamTerms.Policy;
import dev.sluice.config.UpstreamTerms.Sticky;
import dev.sluice.loop.Loop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One backend on one loop: its endpoints, each with its connections, and who gets the next request. */
public final class Upstream {

    private final Loop loop;
    private final UpstreamClients clients;
    private final String zone;
    private final EarlyReport early;
    private final PoolGroup pools;
    private final RetryBudget retries;
    private Backend backend;
    private List<EndpointView> views = List.of();
    private List<UpstreamEndpoint> endpoints = List.of();
    private @Nullable Selection<UpstreamEndpoint> selection;
    /** Whether the selection is that of the endpoints and terms before the present ones. */
    private boolean outdated;

    private @Nullable StickyTokens<UpstreamEndpoint> sticky;
    private @Nullable ConcurrencyLimit concurrency;
    private int underWay;
    /** Of those under way, whose answer has not begun: a stream that goes on for hours is no load that a limit sees. */
    private int unanswered;

    /** @param early asked for when an endpoint fails in a row */
    Upstream(Loop loop, UpstreamClients clients, String zone, Backend backend, EarlyReport early) {
        this.loop = loop;
        this.clients = clients;
        this.zone = zone;
        this.backend = backend;
        this.early = early;
        this.pools = new PoolGroup(loop);
        this.retries = new RetryBudget(loop);
    }

    /** What it is the runtime of. */
    public Backend backend() {
        return backend;
    }

    /** How it is used. */
    public UpstreamTerms terms() {
        return pools.terms();
    }

    /** Its endpoints, those that are not fit included. */
    public List<UpstreamEndpoint> endpoints() {
        return endpoints;
    }

    /** The endpoint for a request; null when the backend has none, or none that may be used. */
    public @Nullable UpstreamEndpoint pick(Pick request) {
        Selection<UpstreamEndpoint> present = selection();
        if (present == null) {
            return null;
        }
        Sticky cookie = terms().balancing().sticky();
        if (sticky != null && cookie != null) {
            UpstreamEndpoint bound = sticky.target(request.cookie(cookie.cookie()));
            if (bound != null && !request.tried(bound)) {
                return bound;
            }
        }
        return present.pick(hash(request), request);
    }

    /** What an endpoint's share is at present: its weight, or a part of it during its slow start; 0 when it has none. */
    public double effectiveWeight(UpstreamEndpoint endpoint) {
        Selection<UpstreamEndpoint> present = selection();
        return present == null || !present.mayPick(endpoint) ? 0 : endpoint.weight() * present.ramp(endpoint);
    }

    /**
     * Asks for a place among the requests under way ({@link UpstreamTerms.Breaker#maxRequests()} and
     * {@link UpstreamTerms.Concurrency}), before the first try. A request takes one, however often it is tried.
     *
     * @return whether it has one, which it gives back with {@link #leave} exactly once; else it overflows
     */
    public boolean enter() {
        if (underWay >= loop.share(terms().breaker().maxRequests())
                || (concurrency != null && unanswered >= concurrency.limit())) {
            return false;
        }
        underWay++;
        unanswered++;
        return true;
    }

    /** The answer has begun that the client gets: the request does not count for the adaptive limit any more. */
    public void answering() {
        unanswered--;
    }

    /**
     * Gives the place back: the request is over.
     *
     * @param answered whether it was {@link #answering}
     */
    public void leave(boolean answered) {
        underWay--;
        if (!answered) {
            unanswered--;
        }
    }

    /** Requests that have {@linkplain #enter entered} and not left. */
    public int underWay() {
        return underWay;
    }

    /**
     * The {@code Set-Cookie} that binds the client to the endpoint that answers it.
     *
     * @param request what {@link #pick} was asked with
     * @param endpoint the one whose answer goes to the client
     * @param secure whether the client came over TLS
     * @return null when the backend has no sticky cookie, or the client has brought the right one
     */
    public @Nullable String stickyCookie(Pick request, UpstreamEndpoint endpoint, boolean secure) {
        Sticky cookie = terms().balancing().sticky();
        if (cookie == null || selection() == null || sticky == null) {
            return null;
        }
        return sticky.setCookie(endpoint, request.cookie(cookie.cookie()), secure);
    }

    /** The retries that requests to it may have under way. */
    public RetryBudget retries() {
        return retries;
    }

    /** Whether it has no endpoint because not one of its names has ever resolved. */
    public boolean unresolved() {
        return endpoints.isEmpty() && !backend.endpoints().isEmpty();
    }

    /** Counts what a request has met; that an endpoint fails which is left out already is no news. */
    void tally(UpstreamEndpoint endpoint, EndpointOutcome outcome) {
        if (endpoint.tally().count(outcome, terms().outliers()) && endpoint.fit()) {
            early.soon();
        }
    }

    /** Adds what requests have met since the last call. */
    void report(List<EndpointReport> to) {
        for (UpstreamEndpoint endpoint : endpoints) {
            EndpointReport report = endpoint.tally().take(backend.key(), endpoint.endpoint());
            if (report != null) {
                to.add(report);
            }
        }
    }

    /** What it is doing now. */
    UpstreamRecord use() {
        return new UpstreamRecord(
                backend.key(),
                retries.underWay(),
                endpoints.stream().map(UpstreamEndpoint::use).toList());
    }

    /** Takes over a new description with which its connections can go on. */
    void backend(Backend fresh) {
        backend = fresh;
    }

    /** Takes over a new set of endpoints; unchanged ones keep their connections and what is known of them. */
    void update(List<EndpointView> fresh) {
        if (fresh.equals(views)) {
            return;
        }
        boolean first = views.isEmpty();
        Map<Endpoint, UpstreamEndpoint> known = new LinkedHashMap<>();
        for (UpstreamEndpoint endpoint : endpoints) {
            known.put(endpoint.endpoint(), endpoint);
        }
        Map<Endpoint, UpstreamEndpoint> updated = new LinkedHashMap<>();
        for (EndpointView view : fresh) {
            UpstreamEndpoint endpoint = known.remove(view.endpoint());
            if (endpoint != null) {
                outdated |= endpoint.update(view);
                updated.put(view.endpoint(), endpoint);
            } else if (!updated.containsKey(view.endpoint())) { // an address may be listed twice
                UpstreamEndpoint opened = open(view);
                updated.put(view.endpoint(), opened);
                outdated = true;
                if (!first) {
                    opened.refresh();
                }
            }
        }
        outdated |= !known.isEmpty();
        endpoints = List.copyOf(updated.values());
        views = List.copyOf(fresh); // last: what has thrown is not taken for done
        known.values().forEach(UpstreamEndpoint::close);
    }

    void close() {
        endpoints.forEach(UpstreamEndpoint::close);
        endpoints = List.of();
        views = List.of();
        outdated = true;
    }

    /** Takes over a new policy; connections and what is known of endpoints stay. */
    void terms(UpstreamTerms fresh) {
        if (!fresh.balancing().equals(terms().balancing())) {
            outdated = true;
            if (fresh.balancing().policy() != terms().balancing().policy()) {
                selection = null; // turns and tables of another policy are of no use
            }
        }
        UpstreamTerms.Concurrency asked = fresh.concurrency();
        if (asked == null) {
            concurrency = null;
        } else if (concurrency == null || !asked.equals(terms().concurrency())) {
            concurrency = new ConcurrencyLimit(loop.share(asked.min()), loop.share(asked.max()), loop.nanoTime());
        }
        pools.terms(fresh);
    }

    /** A request has its answer's head from one of its endpoints, or will have none. */
    void answered(EndpointOutcome outcome, long nanos, long now) {
        if (concurrency != null && outcome != EndpointOutcome.UNKNOWN) {
            concurrency.observe(outcome != EndpointOutcome.GATEWAY_ERROR, nanos, unanswered, now);
        }
    }

    /** Built for the first request after a change: several changes at a time, or of unused backends, cost nothing. */
    private @Nullable Selection<UpstreamEndpoint> selection() {
        if (!outdated) {
            return selection;
        }
        outdated = false;
        List<UpstreamEndpoint> taking =
                endpoints.stream().filter(endpoint -> !endpoint.draining()).toList();
        if (taking.isEmpty()) {
            selection = null;
            sticky = null;
            return null;
        }
        Selection<UpstreamEndpoint> built =
                new Selection<>(taking, terms().balancing(), zone, selection, loop.random(), loop::nanoTime);
        selection = built;
        Sticky cookie = terms().balancing().sticky();
        sticky =
                cookie == null ? null : new StickyTokens<>(cookie, backend.key().toString(), taking, built::mayPick);
        return built;
    }

    /** The hash of the first part that the request has; random when it has none, or nobody asks for one. */
    private long hash(Pick request) {
        Policy policy = terms().balancing().policy();
        if (policy == Policy.RING_HASH || policy == Policy.MAGLEV) {
            List<HashOn> parts = terms().balancing().hashOn();
            for (int i = 0; i < parts.size(); i++) {
                String text = part(request, parts.get(i));
                if (text != null && !text.isEmpty()) {
                    return Hash64.of(text);
                }
            }
        }
        return loop.random().nextLong();
    }

    private static @Nullable String part(Pick request, HashOn on) {
        return switch (on.source()) {
            case HEADER -> request.header(on.name());
            case COOKIE -> request.cookie(on.name());
            case SOURCE_IP -> request.clientIp();
        };
    }

    private UpstreamEndpoint open(EndpointView view) {
        Endpoint address = view.endpoint();
        Protocol protocol = backend.protocol();
        boolean http1 = protocol == Protocol.HTTP || protocol == Protocol.HTTPS;
        return new UpstreamEndpoint(
                this,
                loop,
                view,
                new ConnectionPool(loop, pools, clients.connector(backend, address, false), protocol != Protocol.HTTP),
                http1 ? ConnectionPool.ofTunnels(loop, pools, clients.connector(backend, address, true)) : null);
    }
}
