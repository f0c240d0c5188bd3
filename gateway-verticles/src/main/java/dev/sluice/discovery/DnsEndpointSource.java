package dev.sluice.discovery;

import static dev.sluice.discovery.StaticEndpointSource.endpoint;
import static dev.sluice.discovery.StaticEndpointSource.isLiteral;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.spi.EndpointSource;
import dev.sluice.spi.ResolvedEndpoint;
import dev.sluice.wire.DnsService;
import io.vertx.core.Future;
import io.vertx.core.Promise;
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

    private final Names names;
    private final Map<String, WatchedName<DnsService>> services = new HashMap<>();
    private final Map<String, WatchedName<String>> hosts = new HashMap<>();
    private final Promise<Void> firstLook = Promise.promise();
    private final Runnable changed = this::changed;
    private List<EndpointAddress> wanted = List.of();
    private @Nullable Listener listener;
    private @Nullable List<ResolvedEndpoint> told;

    DnsEndpointSource(Names names) {
        this.names = names;
    }

    @Override
    public Future<?> start(Backend backend, Listener toTell) {
        wanted = backend.endpoints();
        listener = toTell;
        for (EndpointAddress address : wanted) {
            if (address.isService() && !services.containsKey(address.host())) {
                services.put(address.host(), watch(names.services(address.host())));
            }
        }
        changed();
        return firstLook.future();
    }

    @Override
    public void stop() {
        listener = null;
        services.values().forEach(name -> name.leave(changed));
        hosts.values().forEach(name -> name.leave(changed));
        services.clear();
        hosts.clear();
    }

    private <T> WatchedName<T> watch(WatchedName<T> name) {
        name.watch(changed);
        return name;
    }

    private void changed() {
        Listener toTell = listener;
        if (toTell == null) {
            return;
        }
        watchHosts();
        List<ResolvedEndpoint> found = new ArrayList<>();
        wanted.forEach(address -> expand(address, found::add));
        if (!found.isEmpty() && !found.equals(told)) {
            told = found;
            toTell.endpoints(List.copyOf(found));
        }
        if (services.values().stream().allMatch(WatchedName::asked)
                && hosts.values().stream().allMatch(WatchedName::asked)) {
            firstLook.tryComplete();
        }
    }

    /** Those that the backend names, and those that its services name now. */
    private void watchHosts() {
        Set<String> needed = new HashSet<>();
        for (EndpointAddress address : wanted) {
            if (address.isService()) {
                records(address).forEach(record -> needed.add(record.target()));
            } else {
                needed.add(address.host());
            }
        }
        needed.removeIf(StaticEndpointSource::isLiteral);
        for (String name : needed) {
            if (!hosts.containsKey(name)) {
                hosts.put(name, watch(names.addresses(name)));
            }
        }
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
