package dev.sluice.verticle;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.EndpointsPublished;
import dev.sluice.bus.Message.RouteTableCompiled;
import dev.sluice.bus.Message.RouteTablePublished;
import dev.sluice.config.Backend;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Defaults;
import dev.sluice.config.ResourceKey;
import dev.sluice.upstream.Endpoint;
import dev.sluice.upstream.EndpointHealth;
import dev.sluice.upstream.EndpointView;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The single writer of endpoints: resolves the names of backends in the background, again and again, and keeps the last
 * good answer of a name that stops resolving. Publishes a new table right after its backends' endpoints, so that no
 * request meets a backend without them.
 */
final class UpstreamVerticle extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(UpstreamVerticle.class);

    private final Bus bus;
    private final Map<String, List<String>> lastGood = new HashMap<>();
    private Map<ResourceKey, List<EndpointView>> published = Map.of();
    private Map<ResourceKey, Backend> backends = Map.of();
    private @Nullable RouteTableCompiled waiting;
    private boolean resolving;

    UpstreamVerticle(Bus bus) {
        this.bus = bus;
    }

    @Override
    public Future<?> start() {
        bus.consume(RouteTableCompiled.class, this::compiled);
        long unused = vertx.setPeriodic(Defaults.DNS_REFRESH.toMillis(), id -> refresh());
        return Future.succeededFuture();
    }

    private void compiled(RouteTableCompiled compiled) {
        waiting = compiled;
        backends = compiled.table().backends();
        resolve();
    }

    private void refresh() {
        boolean anyName = backends.values().stream()
                .flatMap(backend -> backend.endpoints().stream())
                .anyMatch(address -> !isLiteral(address.host()));
        if (anyName) {
            resolve();
        }
    }

    private void resolve() {
        if (resolving) {
            return; // the round under way ends with another look at what waits
        }
        resolving = true;
        Map<ResourceKey, Backend> wanted = backends;
        List<String> names = wanted.values().stream()
                .flatMap(backend -> backend.endpoints().stream())
                .map(EndpointAddress::host)
                .filter(host -> !isLiteral(host))
                .distinct()
                .toList();
        lookUp(names).onComplete((answers, error) -> {
            resolving = false;
            if (answers != null) {
                answers.forEach(this::answered);
            }
            if (wanted != backends) {
                resolve();
                return;
            }
            publish(wanted);
        });
    }

    /** Each name on a worker of its own: one that hangs does not hold up the others, nor the table beyond the bound. */
    private Future<Map<String, List<String>>> lookUp(List<String> names) {
        Map<String, List<String>> answers = new HashMap<>();
        List<Future<?>> lookUps = new ArrayList<>();
        for (String name : names) {
            lookUps.add(vertx.executeBlocking(() -> addresses(name), false)
                    .timeout(Defaults.DNS_TIMEOUT.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS)
                    .onSuccess(ips -> answers.put(name, ips))
                    .onFailure(error -> log.debug("event=dns_failed name={} cause={}", name, error.toString())));
        }
        return lookUps.isEmpty()
                ? Future.succeededFuture(answers)
                : Future.join(lookUps).transform(v -> Future.succeededFuture(answers));
    }

    private void answered(String name, List<String> ips) {
        List<String> before = lastGood.put(name, ips);
        if (!ips.equals(before)) {
            log.info("event=dns_resolved name={} addresses={}", name, ips);
        }
    }

    private void publish(Map<ResourceKey, Backend> wanted) {
        Map<ResourceKey, List<EndpointView>> fresh =
                wanted.values().stream().collect(Collectors.toMap(Backend::key, this::endpoints));
        if (!fresh.equals(published)) {
            published = fresh;
            bus.publish(new EndpointsPublished(fresh));
        }
        RouteTableCompiled table = waiting;
        if (table != null) {
            waiting = null;
            bus.publish(new RouteTablePublished(table.table(), table.config()));
        }
    }

    private List<EndpointView> endpoints(Backend backend) {
        List<EndpointView> endpoints = new ArrayList<>();
        for (EndpointAddress address : backend.endpoints()) {
            List<String> ips = isLiteral(address.host())
                    ? List.of(address.host())
                    : lastGood.getOrDefault(address.host(), List.of());
            for (String ip : ips) {
                endpoints.add(new EndpointView(
                        new Endpoint(address.host(), ip, address.port()),
                        address.weight(),
                        address.priority(),
                        address.zone(),
                        EndpointHealth.UNKNOWN));
            }
        }
        return List.copyOf(endpoints);
    }

    private static List<String> addresses(String name) throws UnknownHostException {
        return Arrays.stream(InetAddress.getAllByName(name))
                // IPv4 first, then in order: a stable answer changes no endpoint set
                .sorted(Comparator.<InetAddress>comparingInt(ip -> ip.getAddress().length)
                        .thenComparing(InetAddress::getHostAddress))
                .map(InetAddress::getHostAddress)
                .toList();
    }

    private static boolean isLiteral(String host) {
        return host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }
}
