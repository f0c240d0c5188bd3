package dev.sluice.testkit;

import static dev.sluice.config.HttpMatch.ANY;
import static dev.sluice.testkit.RouteConfigs.exact;
import static dev.sluice.testkit.RouteConfigs.gateway;
import static dev.sluice.testkit.RouteConfigs.header;
import static dev.sluice.testkit.RouteConfigs.listener;
import static dev.sluice.testkit.RouteConfigs.method;
import static dev.sluice.testkit.RouteConfigs.parent;
import static dev.sluice.testkit.RouteConfigs.prefix;
import static dev.sluice.testkit.RouteConfigs.query;
import static dev.sluice.testkit.RouteConfigs.route;
import static dev.sluice.testkit.RouteConfigs.rule;

import dev.sluice.config.Gateway;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRoute.ParentRef;
import dev.sluice.testkit.MatchSuite.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The requests and expectations of Gateway API's conformance tests of matching ({@code conformance/tests}, August 2026),
 * so that the same cases drive the compiled table and a gateway over sockets.
 */
public final class ConformanceCases {

    private static final String HOST = "gateway.test";
    private static final @Nullable String NOT_FOUND = null;

    private ConformanceCases() {}

    /** Every suite. */
    public static List<MatchSuite> all() {
        return List.of(
                matching(),
                matchingAcrossRoutes(),
                headerMatching(),
                queryParamMatching(),
                methodMatching(),
                exactPathMatching(),
                pathMatchOrder(),
                hostnameIntersection(),
                hostnameIntersectionAll(),
                listenerHostnameMatching(),
                listenerPortMatching(),
                listenerIsolation(),
                listenerIsolationWithHostnameIntersection());
    }

    private static MatchSuite matching() {
        HttpRoute route = route(
                "matching",
                List.of(),
                rule("v1", prefix("/"), header("version", "one", ANY)),
                rule("v2", prefix("/v2"), header("version", "two", ANY)));
        return suite(
                "HTTPRouteMatching",
                List.of(route),
                get("/", "v1"),
                get("/example", "v1"),
                get("/", Map.of("Version", "one"), "v1"),
                get("/v2", "v2"),
                get("/v2/example", "v2"),
                get("/", Map.of("Version", "two"), "v2"),
                get("/v2/", "v2"),
                get("/v2example", "v1"),
                get("/foo/v2/example", "v1"));
    }

    private static MatchSuite matchingAcrossRoutes() {
        HttpRoute part1 = route(
                "matching-part1",
                List.of("example.com", "example.net"),
                rule("v1", prefix("/"), header("version", "one", ANY)));
        HttpRoute part2 = route(
                "matching-part2", List.of("example.com"), rule("v2", prefix("/v2"), header("version", "two", ANY)));
        return suite(
                "HTTPRouteMatchingAcrossRoutes",
                List.of(part1, part2),
                at("example.com", "/", "v1"),
                at("example.com", "/example", "v1"),
                at("example.net", "/example", "v1"),
                on(80, "GET", "example.com", "/example", Map.of("Version", "one"), "v1"),
                at("example.com", "/v2", "v2"),
                at("example.net", "/v2", "v1"),
                at("example.com", "/v2/example", "v2"),
                on(80, "GET", "example.com", "/", Map.of("Version", "two"), "v2"));
    }

    private static MatchSuite headerMatching() {
        HttpRoute route = route(
                "header-matching",
                List.of(),
                rule("v1", header("version", "one", ANY)),
                rule("v2", header("version", "two", ANY)),
                rule("v1", header("color", "orange", header("version", "two", ANY))),
                rule("v1", header("color", "blue", ANY), header("color", "green", ANY)),
                rule("v2", header("color", "red", ANY), header("color", "yellow", ANY)));
        return suite(
                "HTTPRouteHeaderMatching",
                List.of(route),
                get("/", Map.of("Version", "one"), "v1"),
                get("/", Map.of("Version", "two"), "v2"),
                get("/", Map.of("Version", "two", "Color", "orange"), "v1"),
                get("/", Map.of("Version", "two", "Color", "blue"), "v2"),
                get("/", Map.of("Color", "orange"), NOT_FOUND),
                get("/", Map.of("Some-Other-Header", "one"), NOT_FOUND),
                get("/", Map.of("Color", "blue"), "v1"),
                get("/", Map.of("Color", "green"), "v1"),
                get("/", Map.of("Color", "red"), "v2"),
                get("/", Map.of("Color", "yellow"), "v2"),
                get("/", Map.of("Color", "purple"), NOT_FOUND));
    }

    private static MatchSuite queryParamMatching() {
        HttpRoute route = route(
                "query-param-matching",
                List.of(),
                rule("v1", query("animal", "whale", ANY)),
                rule("v2", query("animal", "dolphin", ANY)),
                rule("v3", query("color", "blue", query("animal", "dolphin", ANY)), query("ANIMAL", "Whale", ANY)),
                rule("v1", query("animal", "whale", prefix("/path1"))),
                rule("v2", query("animal", "whale", header("version", "one", ANY))),
                rule("v3", query("animal", "whale", header("version", "two", prefix("/path2")))),
                rule(
                        "v1",
                        query("animal", "shark", prefix("/path3")),
                        query("animal", "kraken", header("version", "three", prefix("/path4")))),
                rule("v1", prefix("/path5")),
                rule("v2", query("animal", "hydra", ANY)),
                rule("v3", header("version", "four", ANY)));
        return suite(
                "HTTPRouteQueryParamMatching",
                List.of(route),
                get("/?animal=whale", "v1"),
                get("/?animal=dolphin", "v2"),
                get("/?animal=dolphin&color=blue", "v3"),
                get("/?ANIMAL=Whale", "v3"),
                get("/?animal=whale&otherparam=irrelevant", "v1"),
                get("/?animal=dolphin&color=yellow", "v2"),
                get("/?color=blue", NOT_FOUND),
                get("/?animal=dog", NOT_FOUND),
                get("/?animal=whaledolphin", NOT_FOUND),
                get("/", NOT_FOUND),
                get("/path1?animal=whale", "v1"),
                get("/?animal=whale", Map.of("version", "one"), "v2"),
                get("/path2?animal=whale", Map.of("version", "two"), "v3"),
                get("/path3?animal=shark", "v1"),
                get("/path4?animal=kraken", Map.of("version", "three"), "v1"),
                get("/?animal=shark", NOT_FOUND),
                get("/path4?animal=kraken", NOT_FOUND),
                get("/path5?animal=hydra", "v1"),
                get("/?animal=hydra", Map.of("version", "four"), "v3"));
    }

    private static MatchSuite methodMatching() {
        HttpRoute route = route(
                "method-matching",
                List.of(),
                rule("v1", method("POST", ANY)),
                rule("v2", method("GET", ANY)),
                rule("v1", method("GET", prefix("/path1"))),
                rule("v2", method("PUT", header("version", "one", ANY))),
                rule("v3", method("POST", header("version", "two", prefix("/path2")))),
                rule(
                        "v1",
                        method("PATCH", prefix("/path3")),
                        method("DELETE", header("version", "three", prefix("/path4")))),
                rule("v1", prefix("/path5")),
                rule("v2", method("PATCH", ANY)),
                rule("v3", header("version", "four", ANY)));
        return suite(
                "HTTPRouteMethodMatching",
                List.of(route),
                on(80, "POST", HOST, "/", Map.of(), "v1"),
                on(80, "GET", HOST, "/", Map.of(), "v2"),
                on(80, "HEAD", HOST, "/", Map.of(), NOT_FOUND),
                on(80, "GET", HOST, "/path1", Map.of(), "v1"),
                on(80, "PUT", HOST, "/", Map.of("version", "one"), "v2"),
                on(80, "POST", HOST, "/path2", Map.of("version", "two"), "v3"),
                on(80, "PATCH", HOST, "/path3", Map.of(), "v1"),
                on(80, "DELETE", HOST, "/path4", Map.of("version", "three"), "v1"),
                on(80, "PUT", HOST, "/", Map.of(), NOT_FOUND),
                on(80, "DELETE", HOST, "/path4", Map.of(), NOT_FOUND),
                on(80, "PATCH", HOST, "/path5", Map.of(), "v1"),
                on(80, "PATCH", HOST, "/", Map.of("version", "four"), "v2"));
    }

    private static MatchSuite exactPathMatching() {
        HttpRoute route = route("exact-matching", List.of(), rule("v1", exact("/one")), rule("v2", exact("/two")));
        return suite(
                "HTTPRouteExactPathMatching",
                List.of(route),
                get("/one", "v1"),
                get("/two", "v2"),
                get("/", NOT_FOUND),
                get("/one/example", NOT_FOUND),
                get("/two/", NOT_FOUND),
                get("/Two", NOT_FOUND));
    }

    private static MatchSuite pathMatchOrder() {
        HttpRoute route = route(
                "path-matching-order",
                List.of(),
                rule("v1", exact("/match")),
                rule("v2", exact("/match/exact")),
                rule("v3", exact("/match/exact/one")),
                rule("v3", prefix("/match/")),
                rule("v1", prefix("/match/prefix/")),
                rule("v2", prefix("/match/prefix/one")));
        return suite(
                "HTTPRoutePathMatchOrder",
                List.of(route),
                get("/match/exact/one", "v3"),
                get("/match/exact", "v2"),
                get("/match", "v1"),
                get("/match/prefix/one/any", "v2"),
                get("/match/prefix/any", "v1"),
                get("/match/any", "v3"));
    }

    private static MatchSuite hostnameIntersection() {
        Gateway gateway = gateway(
                "hostname-intersection",
                listener("listener-1", 80, "very.specific.com"),
                listener("listener-2", 80, "*.wildcard.io"),
                listener("listener-3", 80, "*.anotherwildcard.io"));
        List<ParentRef> parents = List.of(parent("hostname-intersection", null, 0));
        List<HttpRoute> routes = List.of(
                route(
                        "specific-host-matches-listener-specific-host",
                        parents,
                        List.of("non.matching.com", "*.nonmatchingwildcard.io", "very.specific.com"),
                        rule("v1", prefix("/s1"))),
                route(
                        "specific-host-matches-listener-wildcard-host",
                        parents,
                        List.of(
                                "non.matching.com",
                                "wildcard.io",
                                "foo.wildcard.io",
                                "bar.wildcard.io",
                                "foo.bar.wildcard.io"),
                        rule("v2", prefix("/s2"))),
                route(
                        "wildcard-host-matches-listener-specific-host",
                        parents,
                        List.of("non.matching.com", "*.specific.com"),
                        rule("v3", prefix("/s3"))),
                route(
                        "wildcard-host-matches-listener-wildcard-host",
                        parents,
                        List.of("*.anotherwildcard.io"),
                        rule("v1", prefix("/s4"))),
                route(
                        "no-intersecting-hosts",
                        parents,
                        List.of("specific.but.wrong.com", "wildcard.io"),
                        rule("v2", prefix("/s5"))));
        return new MatchSuite(
                "HTTPRouteHostnameIntersection",
                List.of(gateway),
                routes,
                List.of(
                        at("very.specific.com", "/s1", "v1"),
                        at("very.specific.com:1234", "/s1", "v1"),
                        at("non.matching.com", "/s1", NOT_FOUND),
                        at("foo.nonmatchingwildcard.io", "/s1", NOT_FOUND),
                        at("foo.wildcard.io", "/s1", NOT_FOUND),
                        at("very.specific.com", "/non-matching-prefix", NOT_FOUND),
                        at("foo.wildcard.io", "/s2", "v2"),
                        at("bar.wildcard.io", "/s2", "v2"),
                        at("foo.bar.wildcard.io", "/s2", "v2"),
                        at("non.matching.com", "/s2", NOT_FOUND),
                        at("wildcard.io", "/s2", NOT_FOUND),
                        at("very.specific.com", "/s2", NOT_FOUND),
                        at("foo.wildcard.io", "/non-matching-prefix", NOT_FOUND),
                        at("very.specific.com", "/s3", "v3"),
                        at("non.matching.com", "/s3", NOT_FOUND),
                        at("foo.specific.com", "/s3", NOT_FOUND),
                        at("foo.wildcard.io", "/s3", NOT_FOUND),
                        at("foo.anotherwildcard.io", "/s4", "v1"),
                        at("bar.anotherwildcard.io", "/s4", "v1"),
                        at("foo.bar.anotherwildcard.io", "/s4", "v1"),
                        at("anotherwildcard.io", "/s4", NOT_FOUND),
                        at("foo.wildcard.io", "/s4", NOT_FOUND),
                        at("very.specific.com", "/s4", NOT_FOUND),
                        at("foo.anotherwildcard.io", "/non-matching-prefix", NOT_FOUND),
                        at("specific.but.wrong.com", "/s5", NOT_FOUND),
                        at("wildcard.io", "/s5", NOT_FOUND)));
    }

    private static MatchSuite hostnameIntersectionAll() {
        HttpRoute route = route(
                "hostname-intersection-all",
                List.of("first.com", "sub.first.com", "second.com", "sub.second.com"),
                rule("v2"));
        return suite(
                "HTTPRouteHostnameIntersection (listener without hostname)",
                List.of(route),
                at("first.com", "/", "v2"),
                at("sub.first.com", "/", "v2"),
                at("second.com", "/", "v2"),
                at("sub.second.com", "/", "v2"),
                at("third.com", "/", NOT_FOUND),
                at("sub.third.com", "/", NOT_FOUND));
    }

    private static MatchSuite listenerHostnameMatching() {
        String name = "listener-hostname-matching";
        Gateway gateway = gateway(
                name,
                listener("listener-1", 80, "bar.com"),
                listener("listener-2", 80, "foo.bar.com"),
                listener("listener-3", 80, "*.bar.com"),
                listener("listener-4", 80, "*.foo.com"));
        return new MatchSuite(
                "HTTPRouteListenerHostnameMatching",
                List.of(gateway),
                List.of(
                        route("backend-v1", List.of(parent(name, "listener-1", 0)), List.of(), rule("v1")),
                        route("backend-v2", List.of(parent(name, "listener-2", 0)), List.of(), rule("v2")),
                        route(
                                "backend-v3",
                                List.of(parent(name, "listener-3", 0), parent(name, "listener-4", 0)),
                                List.of(),
                                rule("v3"))),
                List.of(
                        at("bar.com", "/", "v1"),
                        at("foo.bar.com", "/", "v2"),
                        at("baz.bar.com", "/", "v3"),
                        at("boo.bar.com", "/", "v3"),
                        at("multiple.prefixes.bar.com", "/", "v3"),
                        at("multiple.prefixes.foo.com", "/", "v3"),
                        at("foo.com", "/", NOT_FOUND),
                        at("no.matching.host", "/", NOT_FOUND)));
    }

    private static MatchSuite listenerPortMatching() {
        String name = "listener-port-matching";
        Gateway gateway = gateway(
                name,
                listener("listener-1", 80, "foo.com"),
                listener("listener-2", 8080, "foo.com"),
                listener("listener-3", 8080, "bar.com"),
                listener("listener-4", 8090, "foo.com"),
                listener("listener-5", 8090, "bar.com"));
        return new MatchSuite(
                "HTTPRouteListenerPortMatching",
                List.of(gateway),
                List.of(
                        route("backend-v1", List.of(parent(name, null, 80)), List.of(), rule("v1")),
                        route("backend-v2", List.of(parent(name, null, 8080)), List.of(), rule("v2")),
                        route("backend-v3", List.of(parent(name, "listener-4", 8090)), List.of(), rule("v3"))),
                List.of(
                        on(80, "GET", "foo.com", "/", Map.of(), "v1"),
                        on(8080, "GET", "foo.com:8080", "/", Map.of(), "v2"),
                        on(8080, "GET", "bar.com:8080", "/", Map.of(), "v2"),
                        on(8090, "GET", "foo.com:8090", "/", Map.of(), "v3"),
                        on(8090, "GET", "bar.com:8090", "/", Map.of(), NOT_FOUND)));
    }

    private static MatchSuite listenerIsolation() {
        return isolation("GatewayHTTPListenerIsolation", List.of());
    }

    private static MatchSuite listenerIsolationWithHostnameIntersection() {
        return isolation(
                "GatewayHTTPListenerIsolation (routes with hostnames)",
                List.of("bar.com", "*.example.com", "*.foo.example.com", "abc.foo.example.com"));
    }

    private static MatchSuite isolation(String suite, List<String> routeHosts) {
        String name = "http-listener-isolation";
        List<String> sections =
                List.of("empty-hostname", "wildcard-example-com", "wildcard-foo-example-com", "abc-foo-example-com");
        List<String> hosts = List.of("bar.com", "bar.example.com", "bar.foo.example.com", "abc.foo.example.com");
        Gateway gateway = gateway(
                name,
                listener(sections.get(0), 80, null),
                listener(sections.get(1), 80, "*.example.com"),
                listener(sections.get(2), 80, "*.foo.example.com"),
                listener(sections.get(3), 80, "abc.foo.example.com"));
        List<HttpRoute> routes = new ArrayList<>();
        List<Case> cases = new ArrayList<>();
        for (int i = 0; i < sections.size(); i++) {
            String section = sections.get(i);
            routes.add(route(
                    "attaches-to-" + section,
                    List.of(parent(name, section, 0)),
                    routeHosts,
                    rule("v1", prefix("/" + section))));
            for (int j = 0; j < sections.size(); j++) {
                cases.add(at(hosts.get(i), "/" + sections.get(j), i == j ? "v1" : NOT_FOUND));
            }
        }
        return new MatchSuite(suite, List.of(gateway), routes, cases);
    }

    private static MatchSuite suite(String name, List<HttpRoute> routes, Case... cases) {
        return new MatchSuite(name, List.of(gateway()), routes, List.of(cases));
    }

    private static Case get(String target, @Nullable String backend) {
        return at(HOST, target, backend);
    }

    private static Case get(String target, Map<String, String> headers, @Nullable String backend) {
        return on(80, "GET", HOST, target, headers, backend);
    }

    private static Case at(String authority, String target, @Nullable String backend) {
        return on(80, "GET", authority, target, Map.of(), backend);
    }

    private static Case on(
            int port,
            String method,
            String authority,
            String target,
            Map<String, String> headers,
            @Nullable String backend) {
        return new Case(port, new RequestLine(method, authority, target, headers), backend);
    }
}
