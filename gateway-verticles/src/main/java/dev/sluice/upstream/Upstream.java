package dev.sluice.upstream;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.loop.Loop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One backend on one loop: its endpoints, each with its connections, taken in turn. */
public final class Upstream {

    private final Loop loop;
    private final UpstreamClients clients;
    private final String zone;
    private final Backend backend;
    private UpstreamTerms terms = UpstreamTerms.DEFAULT;
    private List<EndpointView> views = List.of();
    private List<UpstreamEndpoint> endpoints = List.of();
    private final RetryBudget retries;
    private int next;

    Upstream(Loop loop, UpstreamClients clients, String zone, Backend backend) {
        this.loop = loop;
        this.clients = clients;
        this.zone = zone;
        this.backend = backend;
        this.retries = new RetryBudget(loop);
        // Loops start at different places, or the first endpoint would get every loop's first request.
        this.next = loop.random().nextInt(1 << 16);
    }

    /** What it is the runtime of. */
    public Backend backend() {
        return backend;
    }

    /** How it is used. */
    public UpstreamTerms terms() {
        return terms;
    }

    /** The endpoint for a request; null when the backend has none. */
    public @Nullable UpstreamEndpoint pick(Pick request) {
        int size = endpoints.size();
        if (size == 0) {
            return null;
        }
        next = next + 1 >= size ? 0 : next + 1;
        return endpoints.get(next);
    }

    /**
     * Asks for a place among the requests under way ({@link UpstreamTerms.Breaker#maxRequests()} and
     * {@link UpstreamTerms.Concurrency}), before the first {@link #pick}. A request takes one, however often it is tried.
     *
     * @return whether it has one, which it gives back with {@link #leave} exactly once; else it overflows
     */
    public boolean enter() {
        return true;
    }

    /** Gives the place back: the request is over, answered or not. */
    public void leave() {}

    /**
     * The {@code Set-Cookie} that binds the client to the endpoint that answers it.
     *
     * @param request what {@link #pick} was asked with
     * @param endpoint the one whose answer goes to the client
     * @param secure whether the client came over TLS
     * @return null when the backend has no sticky cookie, or the client has brought the right one
     */
    public @Nullable String stickyCookie(Pick request, UpstreamEndpoint endpoint, boolean secure) {
        return null;
    }

    /** The retries that requests to it may have under way. */
    public RetryBudget retries() {
        return retries;
    }

    /** Whether it has no endpoint because not one of its names has ever resolved. */
    public boolean unresolved() {
        return endpoints.isEmpty() && !backend.endpoints().isEmpty();
    }

    /** Takes over a new set of endpoints; unchanged ones keep their connections. */
    void update(List<EndpointView> fresh) {
        if (fresh.equals(views)) {
            return;
        }
        views = List.copyOf(fresh);
        Map<Endpoint, UpstreamEndpoint> known = new HashMap<>();
        for (UpstreamEndpoint endpoint : endpoints) {
            known.put(endpoint.endpoint(), endpoint);
        }
        List<UpstreamEndpoint> updated = new ArrayList<>(fresh.size());
        for (EndpointView view : views) {
            UpstreamEndpoint endpoint = known.remove(view.endpoint());
            updated.add(endpoint == null ? open(view.endpoint()) : endpoint);
        }
        endpoints = List.copyOf(updated);
        next = Math.floorMod(next, Math.max(1, endpoints.size()));
        known.values().forEach(UpstreamEndpoint::close);
    }

    void close() {
        endpoints.forEach(UpstreamEndpoint::close);
        endpoints = List.of();
        views = List.of();
    }

    /** Takes over a new policy; connections and what is known of endpoints stay. */
    void terms(UpstreamTerms fresh) {
        terms = fresh;
    }

    private UpstreamEndpoint open(Endpoint address) {
        Protocol protocol = backend.protocol();
        boolean multiplexed = protocol != Protocol.HTTP && protocol != Protocol.HTTPS;
        boolean http1 = protocol == Protocol.HTTP || protocol == Protocol.HTTPS;
        return new UpstreamEndpoint(
                address,
                new ConnectionPool(loop, clients.connector(backend, address, false), multiplexed),
                http1 ? ConnectionPool.ofTunnels(loop, clients.connector(backend, address, true)) : null);
    }
}
