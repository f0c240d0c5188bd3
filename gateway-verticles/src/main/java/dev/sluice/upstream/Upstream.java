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
    private final Backend backend;
    private UpstreamTerms terms = UpstreamTerms.DEFAULT;
    private List<EndpointView> views = List.of();
    private List<UpstreamEndpoint> endpoints = List.of();
    private int next;

    Upstream(Loop loop, UpstreamClients clients, Backend backend) {
        this.loop = loop;
        this.clients = clients;
        this.backend = backend;
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
