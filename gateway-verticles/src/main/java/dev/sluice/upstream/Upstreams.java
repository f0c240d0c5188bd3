package dev.sluice.upstream;

import dev.sluice.config.Backend;
import dev.sluice.config.ResourceKey;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.loop.Loop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Every upstream of one loop. State of what a new snapshot did not change is kept. */
public final class Upstreams {

    private final Loop loop;
    private final UpstreamClients clients;
    private final String zone;
    private final EarlyReport early;
    private final Map<ResourceKey, Upstream> upstreams = new HashMap<>();
    private Map<ResourceKey, List<EndpointView>> endpoints = Map.of();

    /**
     * Of a loop.
     *
     * @param zone where this gateway stands; empty when nobody says
     * @param failing called when an endpoint in use fails in a row, so that {@link #reports} should not wait
     */
    public Upstreams(Loop loop, String zone, Runnable failing) {
        this.loop = loop;
        this.early = new EarlyReport(loop, failing);
        this.zone = zone;
        this.clients = new UpstreamClients(loop);
    }

    /** The upstream of a backend; null when the newest snapshot has none of that name. */
    public @Nullable Upstream get(ResourceKey backend) {
        return upstreams.get(backend);
    }

    /** Takes over the backends of a new snapshot; those that are gone finish what they have and close. */
    public void backends(Map<ResourceKey, Backend> backends, Function<ResourceKey, UpstreamTerms> terms) {
        clients.renew();
        Iterator<Upstream> known = upstreams.values().iterator();
        while (known.hasNext()) {
            Upstream upstream = known.next();
            Backend fresh = backends.get(upstream.backend().key());
            if (fresh != null && sameConnections(fresh, upstream.backend())) {
                upstream.backend(fresh);
            } else {
                upstream.close();
                known.remove();
            }
        }
        for (Backend backend : backends.values()) {
            Upstream upstream =
                    upstreams.computeIfAbsent(backend.key(), key -> new Upstream(loop, clients, zone, backend, early));
            upstream.terms(terms.apply(backend.key()));
            upstream.update(endpoints.getOrDefault(backend.key(), List.of()));
        }
    }

    /** Takes over newly resolved endpoints. */
    public void endpoints(Map<ResourceKey, List<EndpointView>> fresh) {
        endpoints = fresh;
        for (Upstream upstream : upstreams.values()) {
            upstream.update(fresh.getOrDefault(upstream.backend().key(), List.of()));
        }
    }

    /** What requests have met at endpoints since the last call; nothing of those that met none. */
    public List<EndpointReport> reports() {
        List<EndpointReport> reports = new ArrayList<>();
        upstreams.values().forEach(upstream -> upstream.report(reports));
        return reports;
    }

    /** What every upstream is doing now. */
    public List<UpstreamRecord> use() {
        return upstreams.values().stream().map(Upstream::use).toList();
    }

    /** Whether connections of the one are as good as those of the other, so that a change of addresses alone keeps them. */
    private static boolean sameConnections(Backend one, Backend other) {
        return one.protocol() == other.protocol()
                && Objects.equals(one.tls(), other.tls())
                && one.altSvc() == other.altSvc()
                && one.fallback() == other.fallback();
    }

    /** Closes every connection now. */
    public void close() {
        early.close();
        upstreams.values().forEach(Upstream::close);
        upstreams.clear();
        clients.close();
    }
}
