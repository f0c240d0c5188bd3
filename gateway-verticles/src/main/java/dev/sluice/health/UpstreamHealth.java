package dev.sluice.health;

import dev.sluice.config.Backend;
import dev.sluice.config.ResourceKey;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.observe.UpstreamCounters;
import dev.sluice.spi.ResolvedEndpoint;
import dev.sluice.upstream.EndpointReport;
import dev.sluice.upstream.EndpointView;
import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the endpoints of all backends are. Used on one event loop. */
public final class UpstreamHealth {

    private static final Logger log = LoggerFactory.getLogger(UpstreamHealth.class);

    private final Vertx vertx;
    private final Clock clock;
    private final UpstreamCounters counters;
    private final ProbeClients clients;
    private final SharedHealth shared;
    private final Runnable changed;
    private final Map<ResourceKey, BackendHealth> backends = new HashMap<>();

    /**
     * Of no backends.
     *
     * @param shared what other nodes say, and are told
     * @param changed called when the health of an endpoint has, possibly within {@link #update}
     */
    public UpstreamHealth(Vertx vertx, Clock clock, UpstreamCounters counters, SharedHealth shared, Runnable changed) {
        this.vertx = vertx;
        this.clock = clock;
        this.counters = counters;
        this.clients = new ProbeClients(vertx);
        this.shared = shared;
        this.changed = changed;
    }

    /** Takes over these backends, their terms and their endpoints; what is known of those that remain stays. */
    public void update(
            Collection<Backend> fresh,
            Function<ResourceKey, UpstreamTerms> terms,
            Function<Backend, List<ResolvedEndpoint>> endpoints) {
        Set<ResourceKey> kept = fresh.stream().map(Backend::key).collect(Collectors.toSet());
        for (ResourceKey key : Set.copyOf(backends.keySet())) {
            if (!kept.contains(key)) {
                BackendHealth gone = backends.remove(key);
                if (gone != null) {
                    gone.stop();
                }
            }
        }
        for (Backend backend : fresh) {
            try {
                backends.computeIfAbsent(
                                backend.key(),
                                key -> new BackendHealth(vertx, clock, counters, clients, shared, backend, changed))
                        .update(backend, terms.apply(backend.key()), endpoints.apply(backend));
            } catch (RuntimeException bug) {
                log.error("event=bug backend={}", backend.key(), bug); // the others' table waits for all
            }
        }
    }

    /** Looks whether files of certificates and keys have changed, for the next probes. */
    public void renewCertificates() {
        clients.renew();
    }

    /** What one loop's requests have met at endpoints. */
    public void report(List<EndpointReport> reports) {
        reports.stream().collect(Collectors.groupingBy(EndpointReport::backend)).forEach((key, ofOne) -> {
            BackendHealth backend = backends.get(key);
            if (backend != null) {
                backend.report(ofOne);
            }
        });
    }

    /**
     * Has an endpoint given no new requests, or some again.
     *
     * @param endpoint its address and port
     * @return false when it is not known
     */
    public boolean drain(ResourceKey key, String endpoint, boolean drain) {
        BackendHealth backend = backends.get(key);
        return backend != null && backend.drain(endpoint, drain);
    }

    /** To be called each second: tells other nodes, and takes over what they say. */
    public void share() {
        backends.values().forEach(BackendHealth::share);
        shared.tell();
    }

    /** What is to be published. */
    public Map<ResourceKey, List<EndpointView>> views() {
        return backends.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue()
                .views()));
    }

    /** What is to be shown. */
    public Map<ResourceKey, List<EndpointRecord>> records() {
        return backends.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue()
                .records()));
    }

    /** Ends all probes. */
    public void stop() {
        backends.values().forEach(BackendHealth::stop);
        backends.clear();
        clients.close();
    }
}
