package dev.sluice.testkit;

import static dev.sluice.testkit.MatchSuite.Case.at;
import static dev.sluice.testkit.MatchSuite.Case.on;
import static dev.sluice.testkit.MatchSuite.NOT_FOUND;
import static dev.sluice.testkit.RouteConfigs.gateway;
import static dev.sluice.testkit.RouteConfigs.listener;
import static dev.sluice.testkit.RouteConfigs.parent;
import static dev.sluice.testkit.RouteConfigs.prefix;
import static dev.sluice.testkit.RouteConfigs.route;
import static dev.sluice.testkit.RouteConfigs.rule;

import dev.sluice.config.Gateway;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRoute.ParentRef;
import dev.sluice.testkit.MatchSuite.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The part of {@link ConformanceCases} that is about listeners and their hostnames. */
final class ListenerCases {

    private ListenerCases() {}

    static MatchSuite hostnameIntersection() {
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

    static MatchSuite hostnameIntersectionAll() {
        HttpRoute route = route(
                "hostname-intersection-all",
                List.of("first.com", "sub.first.com", "second.com", "sub.second.com"),
                rule("v2"));
        return new MatchSuite(
                "HTTPRouteHostnameIntersection (listener without hostname)",
                List.of(gateway()),
                List.of(route),
                List.of(
                        at("first.com", "/", "v2"),
                        at("sub.first.com", "/", "v2"),
                        at("second.com", "/", "v2"),
                        at("sub.second.com", "/", "v2"),
                        at("third.com", "/", NOT_FOUND),
                        at("sub.third.com", "/", NOT_FOUND)));
    }

    static MatchSuite listenerHostnameMatching() {
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

    static MatchSuite listenerPortMatching() {
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

    static MatchSuite listenerIsolation() {
        return isolation("GatewayHTTPListenerIsolation", List.of());
    }

    static MatchSuite listenerIsolationWithHostnameIntersection() {
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
}
