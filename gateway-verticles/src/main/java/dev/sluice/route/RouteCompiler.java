package dev.sluice.route;

import static java.util.Objects.requireNonNull;

import dev.sluice.config.Backend;
import dev.sluice.config.Certificate;
import dev.sluice.config.ClientPolicy;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.ClientPolicy.TargetRef;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.Gateway;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.GrpcTerms;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.Listener;
import dev.sluice.config.ResourceKey;
import dev.sluice.config.TrafficPolicy;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.spi.CallProtocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compiles a validated snapshot; with the indexes of this package the only place that knows Gateway API's precedence
 * rules ({@code HTTPRouteRule.matches}, {@code HTTPRouteSpec.hostnames}, {@code Gateway.listeners}):
 *
 * <ol>
 *   <li>The listener with the most specific hostname takes the request (exact, longest wildcard, none); the others do
 *       not see it, even if that one has no matching route.
 *   <li>Routes with an exact hostname, then with the longest wildcard, and so on, then those that name none. A less
 *       specific one is asked when no rule under the more specific one matches. What counts is the hostname that the
 *       route gives; it takes only those hosts that its listener takes too.
 *   <li>An Exact path.
 *   <li>A RegularExpression path, the one with most characters first. Gateway API leaves the place open; before
 *       prefixes, because the usual catch-all prefix {@code /} would otherwise hide every expression.
 *   <li>A PathPrefix, the one with most characters first.
 *   <li>A RegularExpression of a GRPCRoute, or its Exact method without a service: the one that says most characters of
 *       the service first, then the Exact method, then most characters of the method.
 *   <li>A method; then most header matches; then most query parameter matches.
 *   <li>The order of the configuration: routes, then rules, then matches. It stands for the route's age, so a source
 *       that knows creation times gives the oldest route first, and of equally old ones the first by
 *       {@code namespace/name}.
 * </ol>
 *
 * <p>A GRPCRoute's Exact service and method are an Exact path, its Exact service alone is a PathPrefix: so the order is
 * that of {@code GRPCRouteRule.matches} (characters of the service, of the method, headers), with an Exact service before
 * expressions. GRPCRoutes and HTTPRoutes of one listener are matched together, and the more specific path wins; at a tie
 * the order of the configuration decides, in which files give HTTPRoutes first. Gateway API would have the younger of
 * two such routes rejected when their hostnames overlap; here a REST path and a gRPC service may share a host.
 */
public final class RouteCompiler {

    private final GatewayConfig config;
    private final List<CompiledRoute> routes = new ArrayList<>();

    /** The protocol in which the gateway's own services are called. */
    private final CallProtocol.@Nullable Rule ownCalls;

    private record CompiledRoute(HttpRoute route, List<RankedMatch> matches) {}

    private RouteCompiler(GatewayConfig config, List<CallProtocol> protocols) {
        this.config = config;
        RuleCompiler rules = new RuleCompiler(config.trafficPolicies(), protocols);
        for (HttpRoute route : config.routes()) {
            routes.add(new CompiledRoute(route, rules.compile(route)));
        }
        ownCalls = rules.call(true, GrpcTerms.DEFAULT); // behind the rules, whose names tell what is refused
    }

    /** Compiles without any protocol's part in calls. */
    public static RouteTable compile(GatewayConfig config, long version) {
        return compile(config, version, List.of());
    }

    /**
     * Compiles, off the event loop.
     *
     * @param version the table's version
     * @param protocols asked in order for each rule; the first that has a part in its exchanges takes it
     * @throws IllegalArgumentException with a message for the user, when a filter or a protocol refuses its
     *     configuration or listeners that share a socket have different client policies
     */
    public static RouteTable compile(GatewayConfig config, long version, List<CallProtocol> protocols) {
        RouteCompiler compiler = new RouteCompiler(config, protocols);
        return new RouteTable(
                version, config.digest(), compiler.binds(), compiler.backends(), compiler.upstreamTerms());
    }

    private Map<ResourceKey, UpstreamTerms> upstreamTerms() {
        Map<ResourceKey, UpstreamTerms> terms = new HashMap<>();
        for (TrafficPolicy policy : config.trafficPolicies()) {
            policy.backends().forEach(backend -> terms.putIfAbsent(backend, policy.upstream()));
        }
        return terms;
    }

    private List<Bind> binds() {
        Map<ResourceKey, Certificate> certificates =
                config.certificates().stream().collect(Collectors.toMap(Certificate::key, Function.identity()));
        Map<Bind.Key, BindDraft> drafts = new LinkedHashMap<>();
        for (Gateway gateway : config.gateways()) {
            for (Listener listener : gateway.listeners()) {
                String name = gateway.key() + "/" + listener.name();
                ClientTerms terms = terms(gateway, listener);
                for (String address : gateway.addresses().isEmpty() ? List.of("") : gateway.addresses()) {
                    Bind.Key key =
                            new Bind.Key(address, listener.port(), listener.port() == 0 ? name : "", isHttps(listener));
                    BindDraft draft = drafts.computeIfAbsent(key, newKey -> new BindDraft(newKey, terms));
                    draft.addListener(name, terms);
                    for (ResourceKey certificate : listener.certificates()) {
                        draft.addCertificate(requireNonNull(certificates.get(certificate), certificate::toString));
                    }
                    attach(gateway, listener, draft);
                }
            }
        }
        return drafts.values().stream().map(draft -> draft.bind(ownCalls)).toList();
    }

    private void attach(Gateway gateway, Listener listener, BindDraft draft) {
        String listenerHost = listener.hostname() == null ? HostIndex.ANY : listener.hostname();
        draft.addHost(listenerHost);
        for (CompiledRoute compiled : routes) {
            if (isAttached(compiled.route, gateway, listener)) {
                List<String> hostnames = compiled.route.hostnames();
                for (String routeHost : hostnames.isEmpty() ? List.of(HostIndex.ANY) : hostnames) {
                    if (HostIndex.overlap(listenerHost, routeHost)) {
                        draft.addMatches(listenerHost, routeHost, compiled.matches);
                        if (compiled.route.grpc()) {
                            draft.addGrpc();
                        }
                    }
                }
            }
        }
    }

    private static boolean isAttached(HttpRoute route, Gateway gateway, Listener listener) {
        if (!listener.routesFromAllNamespaces()
                && !route.key().namespace().equals(gateway.key().namespace())) {
            return false;
        }
        for (HttpRoute.ParentRef ref : route.parentRefs()) {
            if (ref.gateway().equals(gateway.key())
                    && (ref.sectionName() == null || ref.sectionName().equals(listener.name()))
                    && (ref.port() == 0 || ref.port() == listener.port())) {
                return true;
            }
        }
        return false;
    }

    private ClientTerms terms(Gateway gateway, Listener listener) {
        ClientPolicy policy = policy(new TargetRef(gateway.key(), listener.name()));
        if (policy == null) {
            policy = policy(new TargetRef(gateway.key(), null));
        }
        ClientTerms terms = policy == null ? ClientTerms.DEFAULT : policy.terms();
        return isHttps(listener) ? terms : terms.withHttp3(Http3.OFF);
    }

    /** Of several policies the first, which stands for the oldest. */
    private @Nullable ClientPolicy policy(TargetRef target) {
        for (ClientPolicy policy : config.clientPolicies()) {
            if (policy.targetRefs().contains(target)) {
                return policy;
            }
        }
        return null;
    }

    private static boolean isHttps(Listener listener) {
        return listener.protocol() == Listener.Protocol.HTTPS;
    }

    /** Those that rules and mirrors refer to: the others need no connections and no resolving. */
    private Map<ResourceKey, Backend> backends() {
        Set<ResourceKey> used = new HashSet<>();
        for (CompiledRoute compiled : routes) {
            for (RankedMatch match : compiled.matches) {
                CompiledRule rule = match.result().rule();
                rule.backends().forEach(backend -> used.add(backend.backend()));
                rule.mirrors().forEach(mirror -> used.add(mirror.backend()));
            }
        }
        return config.backends().stream()
                .filter(backend -> used.contains(backend.key()))
                .collect(Collectors.toMap(Backend::key, Function.identity()));
    }
}
