package dev.sluice.discovery;

import dev.sluice.config.Backend;
import dev.sluice.config.Defaults;
import dev.sluice.observe.UpstreamCounters;
import dev.sluice.spi.EndpointSource;
import dev.sluice.spi.ResolvedEndpoint;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The endpoint sources of all backends and what they have told. Used on one event loop. */
public final class Discovery {

    private final Vertx vertx;
    private final List<EndpointSource.Factory> others;
    private final Runnable changed;
    private final Names names;
    private final Map<Backend, Search> searches = new HashMap<>();

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

        private final EndpointSource source;
        private List<ResolvedEndpoint> endpoints = List.of();
        private boolean settled;

        private Search(EndpointSource source) {
            this.source = source;
        }

        void begin(Backend backend) {
            long timer = vertx.setTimer(Defaults.DNS_TIMEOUT.toMillis(), id -> settle());
            source.start(backend, this).onComplete((done, failed) -> {
                vertx.cancelTimer(timer);
                settle();
            });
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

    /** Searches the endpoints of those backends that are not searched yet. */
    public void begin(Collection<Backend> backends) {
        for (Backend backend : backends) {
            if (!searches.containsKey(backend)) {
                Search search = new Search(source(backend));
                searches.put(backend, search);
                search.begin(backend);
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
                    ended.source.stop();
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
        return StaticEndpointSource.suits(backend) ? new StaticEndpointSource() : new DnsEndpointSource(names);
    }
}
