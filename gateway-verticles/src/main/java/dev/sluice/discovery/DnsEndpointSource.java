package dev.sluice.discovery;

import static dev.sluice.discovery.StaticEndpointSource.endpoint;
import static dev.sluice.discovery.StaticEndpointSource.isLiteral;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Defaults;
import dev.sluice.spi.EndpointSource;
import dev.sluice.spi.ResolvedEndpoint;
import dev.sluice.wire.DnsService;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A backend with names: of hosts, each of which stands for all of its addresses, or of services, whose SRV records name
 * hosts, ports, priorities and weights (RFC 2782). Each name is on its own: one that fails or hangs takes nothing from
 * the others.
 */
final class DnsEndpointSource implements EndpointSource {

    private static final int MAX_WEIGHT = 1000;

    private final Vertx vertx;
    private final Names names;
    private final Map<String, WatchedName<DnsService>> services = new HashMap<>();
    private final Map<String, WatchedName<String>> hosts = new HashMap<>();
    private final Promise<Void> firstLook = Promise.promise();
    private final Runnable changed = this::changed;
    private List<EndpointAddress> wanted = List.of();
    private @Nullable Listener listener;
    private @Nullable List<ResolvedEndpoint> told;

    /** Runs while what was told is kept although less is known now. */
    private @Nullable Long patience;

    private boolean impatient;

    DnsEndpointSource(Vertx vertx, Names names) {
        this.vertx = vertx;
        this.names = names;
    }

    @Override
    public Future<?> start(Backend backend, Listener toTell) {
        wanted = backend.endpoints();
        listener = toTell;
        for (EndpointAddress address : wanted) {
            if (address.isService() && !services.containsKey(address.host())) {
                WatchedName<DnsService> service = names.services(address.host());
                services.put(address.host(), service);
                service.watch(changed);
            }
        }
        changed();
        return firstLook.future();
    }

    @Override
    public void stop() {
        listener = null;
        endPatience();
        services.values().forEach(name -> name.leave(changed));
        hosts.values().forEach(name -> name.leave(changed));
        services.clear();
        hosts.clear();
    }

    private void changed() {
        if (listener == null) {
            return;
        }
        Set<String> needed = neededHosts();
        watch(needed);
        boolean complete = services.values().stream().allMatch(WatchedName::asked)
                && hosts.values().stream().allMatch(WatchedName::asked);
        List<ResolvedEndpoint> found = new ArrayList<>();
        wanted.forEach(address -> expand(address, found::add));
        if (complete || told == null || impatient || new HashSet<>(found).containsAll(told)) {
            tell(found);
            leaveAllBut(needed);
        } else if (patience == null) {
            // New hosts may be about to take the place of old ones: a service that moves shall not shrink on the way.
            patience = vertx.setTimer(Defaults.DNS_TIMEOUT.toMillis(), id -> {
                impatient = true;
                changed();
            });
        }
        if (complete) {
            firstLook.tryComplete();
        }
    }

    private void tell(List<ResolvedEndpoint> found) {
        endPatience();
        if (listener != null && !found.isEmpty() && !found.equals(told)) {
            told = found;
            listener.endpoints(List.copyOf(found));
        }
    }

    private void endPatience() {
        if (patience != null) {
            vertx.cancelTimer(patience);
            patience = null;
        }
        impatient = false;
    }

    /** Those that the backend names, and those that its services name now. */
    private Set<String> neededHosts() {
        Set<String> needed = new HashSet<>();
        for (EndpointAddress address : wanted) {
            if (address.isService()) {
                records(address).forEach(record -> needed.add(record.target()));
            } else {
                needed.add(address.host());
            }
        }
        needed.removeIf(StaticEndpointSource::isLiteral);
        return needed;
    }

    private void watch(Set<String> needed) {
        for (String name : needed) {
            if (!hosts.containsKey(name)) {
                WatchedName<String> host = names.addresses(name);
                hosts.put(name, host); // first, since it may answer at once
                host.watch(changed);
            }
        }
    }

    private void leaveAllBut(Set<String> needed) {
        for (String name : Set.copyOf(hosts.keySet())) {
            WatchedName<String> host = hosts.get(name);
            if (host != null && !needed.contains(name)) {
                hosts.remove(name);
                host.leave(changed);
            }
        }
    }

    private void expand(EndpointAddress address, Consumer<ResolvedEndpoint> to) {
        if (!address.isService()) {
            ips(address.host()).forEach(ip -> to.accept(endpoint(address, ip)));
            return;
        }
        List<DnsService> records = records(address);
        int heaviest = records.stream().mapToInt(DnsService::weight).max().orElse(0);
        for (DnsService record : records) {
            // Weight 0 is for "hardly ever" (RFC 2782); here nothing weighs less than 1 in 1000.
            int weight = heaviest <= MAX_WEIGHT ? record.weight() : record.weight() * MAX_WEIGHT / heaviest;
            EndpointAddress target = new EndpointAddress(
                    record.target(), record.port(), Math.max(1, weight), record.priority(), address.zone());
            ips(record.target()).forEach(ip -> to.accept(endpoint(target, ip)));
        }
    }

    private List<DnsService> records(EndpointAddress address) {
        WatchedName<DnsService> service = services.get(address.host());
        return service == null ? List.of() : service.records();
    }

    private List<String> ips(String host) {
        WatchedName<String> name = hosts.get(host);
        return name != null ? name.records() : isLiteral(host) ? List.of(host) : List.of();
    }
}
