package dev.sluice.testkit;

import static dev.sluice.config.HttpMatch.ANY;
import static dev.sluice.testkit.MatchSuite.Case.at;
import static dev.sluice.testkit.MatchSuite.Case.on;
import static dev.sluice.testkit.MatchSuite.NOT_FOUND;
import static dev.sluice.testkit.RouteConfigs.exact;
import static dev.sluice.testkit.RouteConfigs.gateway;
import static dev.sluice.testkit.RouteConfigs.header;
import static dev.sluice.testkit.RouteConfigs.method;
import static dev.sluice.testkit.RouteConfigs.prefix;
import static dev.sluice.testkit.RouteConfigs.query;
import static dev.sluice.testkit.RouteConfigs.route;
import static dev.sluice.testkit.RouteConfigs.rule;

import dev.sluice.config.HttpRoute;
import dev.sluice.testkit.MatchSuite.Case;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The requests and expectations of Gateway API's conformance tests of matching ({@code conformance/tests}, August 2026),
 * so that the same cases drive the compiled table and a gateway over sockets.
 */
public final class ConformanceCases {

    private static final String HOST = "gateway.test";

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
                ListenerCases.hostnameIntersection(),
                ListenerCases.hostnameIntersectionAll(),
                ListenerCases.listenerHostnameMatching(),
                ListenerCases.listenerPortMatching(),
                ListenerCases.listenerIsolation(),
                ListenerCases.listenerIsolationWithHostnameIntersection());
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

    private static MatchSuite suite(String name, List<HttpRoute> routes, Case... cases) {
        return new MatchSuite(name, List.of(gateway()), routes, List.of(cases));
    }

    private static Case get(String target, @Nullable String backend) {
        return at(HOST, target, backend);
    }

    private static Case get(String target, Map<String, String> headers, @Nullable String backend) {
        return on(80, "GET", HOST, target, headers, backend);
    }
}
