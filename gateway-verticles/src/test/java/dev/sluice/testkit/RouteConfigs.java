package dev.sluice.testkit;

import dev.sluice.config.Backend;
import dev.sluice.config.FilterSpec;
import dev.sluice.config.Gateway;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpMatch.CallMatch;
import dev.sluice.config.HttpMatch.PathMatch;
import dev.sluice.config.HttpMatch.ValueMatch;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRoute.ParentRef;
import dev.sluice.config.HttpRule;
import dev.sluice.config.HttpRule.BackendRef;
import dev.sluice.config.Listener;
import dev.sluice.config.ResourceKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Short spellings of configuration records, all in the namespace {@code default}. */
public final class RouteConfigs {

    /** The gateway that routes attach to unless they say otherwise. */
    public static final String GATEWAY = "same-namespace";

    private RouteConfigs() {}

    public static ResourceKey key(String name) {
        return new ResourceKey("default", name);
    }

    /** One HTTP listener on port 80 for every host. */
    public static Gateway gateway() {
        return gateway(GATEWAY, listener("http", 80, null));
    }

    public static Gateway gateway(String name, Listener... listeners) {
        return new Gateway(key(name), List.of(), List.of(listeners));
    }

    public static Listener listener(String name, int port, @Nullable String hostname) {
        return new Listener(name, hostname, port, Listener.Protocol.HTTP, List.of(), false);
    }

    public static ParentRef parent(String gateway, @Nullable String sectionName, int port) {
        return new ParentRef(key(gateway), sectionName, port);
    }

    /** A route to {@link #GATEWAY}. */
    public static HttpRoute route(String name, List<String> hostnames, HttpRule... rules) {
        return route(name, List.of(parent(GATEWAY, null, 0)), hostnames, rules);
    }

    public static HttpRoute route(String name, List<ParentRef> parents, List<String> hostnames, HttpRule... rules) {
        return new HttpRoute(key(name), parents, hostnames, List.of(rules));
    }

    /** A GRPCRoute to {@link #GATEWAY}. */
    public static HttpRoute grpcRoute(String name, List<String> hostnames, HttpRule... rules) {
        return grpcRoute(name, List.of(parent(GATEWAY, null, 0)), hostnames, rules);
    }

    public static HttpRoute grpcRoute(String name, List<ParentRef> parents, List<String> hostnames, HttpRule... rules) {
        return new HttpRoute(true, key(name), parents, hostnames, List.of(rules));
    }

    /** A rule with one backend; without matches it takes everything. */
    public static HttpRule rule(String backend, HttpMatch... matches) {
        return rule(List.of(), List.of(new BackendRef(key(backend), 1, List.of())), matches);
    }

    public static HttpRule rule(List<FilterSpec> filters, List<BackendRef> backends, HttpMatch... matches) {
        List<HttpMatch> list = matches.length == 0 ? List.of(HttpMatch.ANY) : Arrays.asList(matches);
        return new HttpRule(null, list, filters, backends, null, null);
    }

    public static HttpMatch exact(String path) {
        return path(PathMatch.Type.EXACT, path);
    }

    public static HttpMatch prefix(String path) {
        return path(PathMatch.Type.PATH_PREFIX, path);
    }

    public static HttpMatch regex(String path) {
        return path(PathMatch.Type.REGULAR_EXPRESSION, path);
    }

    /** A GRPCRoute's method of any service. */
    public static HttpMatch anyService(String method) {
        return call(new CallMatch(ValueMatch.Type.EXACT, null, method));
    }

    /** A GRPCRoute's RegularExpression. */
    public static HttpMatch callRegex(@Nullable String service, @Nullable String method) {
        return call(new CallMatch(ValueMatch.Type.REGULAR_EXPRESSION, service, method));
    }

    private static HttpMatch call(CallMatch call) {
        return new HttpMatch(HttpMatch.ANY.path(), null, List.of(), List.of(), call);
    }

    private static HttpMatch path(PathMatch.Type type, String value) {
        return new HttpMatch(new PathMatch(type, value), null, List.of(), List.of());
    }

    public static HttpMatch method(String method, HttpMatch match) {
        return new HttpMatch(match.path(), method, match.headers(), match.queryParams(), match.call());
    }

    public static HttpMatch header(String name, String value, HttpMatch match) {
        return new HttpMatch(
                match.path(), match.method(), plus(match.headers(), name, value), match.queryParams(), match.call());
    }

    public static HttpMatch query(String name, String value, HttpMatch match) {
        return new HttpMatch(
                match.path(), match.method(), match.headers(), plus(match.queryParams(), name, value), match.call());
    }

    private static List<ValueMatch> plus(List<ValueMatch> matches, String name, String value) {
        List<ValueMatch> more = new ArrayList<>(matches);
        more.add(new ValueMatch(ValueMatch.Type.EXACT, name, value));
        return more;
    }

    public static GatewayConfig config(List<Gateway> gateways, List<HttpRoute> routes, Backend... backends) {
        return new GatewayConfig(gateways, routes, List.of(backends), List.of(), List.of(), "test");
    }
}
