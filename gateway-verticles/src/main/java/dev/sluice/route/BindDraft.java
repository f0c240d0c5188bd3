package dev.sluice.route;

import dev.sluice.config.Certificate;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.ResourceKey;
import dev.sluice.spi.CallProtocol.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One socket while its listeners come together. */
final class BindDraft {

    private final Bind.Key key;
    private final List<String> listeners = new ArrayList<>();
    private final Set<Certificate> certificates = new LinkedHashSet<>();
    private final Map<String, Map<String, List<RankedMatch>>> matches = new LinkedHashMap<>();
    private final ClientTerms terms;
    private boolean grpc;

    BindDraft(Bind.Key key, ClientTerms terms) {
        this.key = key;
        this.terms = terms;
    }

    /** @throws IllegalArgumentException when the terms differ from those of the listeners before */
    void addListener(String name, ClientTerms listenerTerms) {
        if (!terms.equals(listenerTerms)) {
            throw new IllegalArgumentException("client policies of listeners " + listeners.get(0) + " and " + name
                    + " differ (expected: the same, because they share port " + key.port() + ")");
        }
        listeners.add(name);
    }

    void addCertificate(Certificate certificate) {
        certificates.add(certificate);
    }

    /** Listeners of the same hostname, which different gateways may have, act as one. */
    void addHost(String listenerHost) {
        matches.computeIfAbsent(listenerHost, host -> new LinkedHashMap<>());
    }

    /** A GRPCRoute is attached to one of the listeners. */
    void addGrpc() {
        grpc = true;
    }

    void addMatches(String listenerHost, String routeHost, List<RankedMatch> routeMatches) {
        matches.computeIfAbsent(listenerHost, host -> new LinkedHashMap<>())
                .computeIfAbsent(routeHost, host -> new ArrayList<>())
                .addAll(routeMatches);
    }

    /** @param ownCalls the protocol in which the gateway's own services are called; null for none */
    Bind bind(@Nullable Rule ownCalls) {
        Map<String, HostIndex<PathIndex>> byHost = new LinkedHashMap<>();
        Set<ResourceKey> backends = new LinkedHashSet<>();
        matches.forEach((listenerHost, byRouteHost) -> {
            Map<String, PathIndex> paths = new LinkedHashMap<>();
            byRouteHost.forEach((routeHost, list) -> {
                paths.put(routeHost, new PathIndex(list));
                list.forEach(match -> match.result().rule().backends().forEach(to -> backends.add(to.backend())));
            });
            byHost.put(listenerHost, new HostIndex<>(paths));
        });
        return new Bind(
                key,
                listeners,
                List.copyOf(certificates),
                terms,
                grpc,
                ownCalls,
                List.copyOf(backends),
                new HostRoutes(new HostIndex<>(byHost)));
    }
}
