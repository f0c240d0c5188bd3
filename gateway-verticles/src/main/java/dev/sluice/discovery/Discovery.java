package dev.sluice.discovery;

import dev.sluice.config.Backend;
import dev.sluice.config.Defaults;
import dev.sluice.config.ResourceKey;
import dev.sluice.observe.UpstreamCounters;
import dev.sluice.spi.EndpointSource;
import dev.sluice.spi.ResolvedEndpoint;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The endpoint sources of all backends and what they have told. Used on one event loop. */
public final class Discovery {

    private static final Logger log = LoggerFactory.getLogger(Discovery.class);

    private final Vertx vertx;
    private final List<EndpointSource.Factory> others;
    private final Runnable changed;
    private final Names names;
    /** In the order in which they began. */
    private final Map<Backend, Search> searches = new LinkedHashMap<>();

    /**
     * Of a gateway.
     *
     * @param servers the name servers to ask; none for the system's
     * @param others asked for a source before literals and DNS are tried
     * @param changed called when a backend's endpoints have, or when a search is over; possibly within {@link #begin}
     */
    public Discovery(
            Vertx vertx,
            UpstreamCounters counters,
            List<InetSocketAddress> servers,
            List<EndpointSource.Factory> others,
            Runnable changed) {
        this.vertx = vertx;
        this.others = others;
        this.changed = changed;
        this.names = new Names(vertx, counters, servers);
    }

    private final class Search implements EndpointSource.Listener {

        private final Backend backend;
        private List<ResolvedEndpoint> endpoints;
        private @Nullable EndpointSource source;
        private boolean settled;

        /** @param endpoints in use until the source tells of some */
        private Search(Backend backend, List<ResolvedEndpoint> endpoints) {
            this.backend = backend;
            this.endpoints = endpoints;
        }

        void begin() {
            long timer = vertx.setTimer(Defaults.DNS_TIMEOUT.toMillis(), id -> settle());
            firstLook().onComplete((done, failed) -> {
                vertx.cancelTimer(timer);
                settle();
            });
        }

        /** Over at once for a source that breaks: the other backends need theirs. */
        private Future<?> firstLook() {
            try {
                EndpointSource created = source(backend);
                source = created;
                return Objects.requireNonNull(created.start(backend, this), "start returned null");
            } catch (RuntimeException broken) {
                log.error("event=endpoint_source_failed backend={}", backend.key(), broken);
                return Future.failedFuture(broken);
            }
        }

        void stop() {
            try {
                if (source != null) {
                    source.stop();
                }
            } catch (RuntimeException broken) {
                log.error("event=endpoint_source_failed backend={}", backend.key(), broken);
            }
        }

        private void settle() {
            settled = true;
            changed.run();
        }

        @Override
        public void endpoints(List<ResolvedEndpoint> found) {
            Set<ResolvedEndpoint> distinct = new HashSet<>();
            endpoints = found.stream()
                    .filter(each -> distinct.add(
                            new ResolvedEndpoint(each.name(), each.ip(), each.port(), 1, 0, ""))) // whatever its weight
                    .toList();
            changed.run();
        }
    }

    /**
     * Searches the endpoints of those backends that are not searched yet. One that is described otherwise than before
     * keeps its endpoints until something is told of new ones.
     */
    public void begin(Collection<Backend> backends) {
        Map<ResourceKey, List<ResolvedEndpoint>> known = new HashMap<>();
        searches.forEach((backend, search) -> known.put(backend.key(), search.endpoints));
        for (Backend backend : backends) {
            if (!searches.containsKey(backend)) {
                Search search = new Search(backend, known.getOrDefault(backend.key(), List.of()));
                searches.put(backend, search);
                search.begin();
            }
        }
    }

    /** Whether the first look for each of these is over, or has taken {@link Defaults#DNS_TIMEOUT}. */
    public boolean settled(Collection<Backend> backends) {
        return backends.stream().allMatch(backend -> {
            Search search = searches.get(backend);
            return search != null && search.settled;
        });
    }

    /** What was found last; empty when nothing was. */
    public List<ResolvedEndpoint> endpoints(Backend backend) {
        Search search = searches.get(backend);
        return search == null ? List.of() : search.endpoints;
    }

    /** Ends the search for all others. */
    public void retain(Collection<Backend> backends) {
        Set<Backend> kept = Set.copyOf(backends);
        for (Backend backend : Set.copyOf(searches.keySet())) {
            if (!kept.contains(backend)) {
                Search ended = searches.remove(backend);
                if (ended != null) {
                    ended.stop();
                }
            }
        }
    }

    private EndpointSource source(Backend backend) {
        for (EndpointSource.Factory factory : others) {
            EndpointSource source = factory.create(vertx, backend);
            if (source != null) {
                return source;
            }
        }
        return StaticEndpointSource.suits(backend) ? new StaticEndpointSource() : new DnsEndpointSource(vertx, names);
    }
}
