package dev.sluice.route;

import static dev.sluice.config.HttpMatch.ANY;
import static dev.sluice.testkit.RouteConfigs.config;
import static dev.sluice.testkit.RouteConfigs.exact;
import static dev.sluice.testkit.RouteConfigs.gateway;
import static dev.sluice.testkit.RouteConfigs.header;
import static dev.sluice.testkit.RouteConfigs.key;
import static dev.sluice.testkit.RouteConfigs.listener;
import static dev.sluice.testkit.RouteConfigs.parent;
import static dev.sluice.testkit.RouteConfigs.prefix;
import static dev.sluice.testkit.RouteConfigs.query;
import static dev.sluice.testkit.RouteConfigs.regex;
import static dev.sluice.testkit.RouteConfigs.route;
import static dev.sluice.testkit.RouteConfigs.rule;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sluice.config.Backend;
import dev.sluice.config.FilterSpec.HeaderChanges;
import dev.sluice.config.FilterSpec.RequestHeaderModifier;
import dev.sluice.config.FilterSpec.RequestMirror;
import dev.sluice.config.Gateway;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRule;
import dev.sluice.config.HttpRule.BackendRef;
import dev.sluice.config.Listener;
import dev.sluice.config.ResourceKey;
import dev.sluice.config.RetryTerms;
import dev.sluice.config.RuleTerms;
import dev.sluice.config.TrafficPolicy;
import dev.sluice.config.TrafficPolicy.TargetRef;
import dev.sluice.testkit.RequestLine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteCompilerTest {

    private static final HeaderChanges CHANGES =
            new HeaderChanges(List.of(Map.entry("x-header-set", "v")), List.of(), List.of());

    @Test
    void httpRouteWeight() {
        CompiledRule rule = only(rule(List.of(), List.of(ref("v1", 70), ref("v2", 30), ref("v3", 0))));
        assertEquals(100, rule.totalWeight());
        Map<String, Integer> tickets = new HashMap<>();
        for (int ticket = 0; ticket < rule.totalWeight(); ticket++) {
            tickets.merge(rule.backend(ticket).backend().name(), 1, Integer::sum);
        }
        assertEquals(Map.of("v1", 70, "v2", 30), tickets);
    }

    @Test
    void weightsOfZeroLeaveNoTicket() {
        assertEquals(0, only(rule(List.of(), List.of(ref("v1", 0)))).totalWeight());
    }

    @Test
    void httpRoutePartiallyInvalidKeepsTheShareOfInvalidBackends() {
        HttpRoute route = route("r", List.of(), rule(List.of(), List.of(ref("v1", 1), ref("nonexistent", 1))));
        RouteTable table = RouteCompiler.compile(config(List.of(gateway()), List.of(route), backend("v1")), 1);
        CompiledRule rule =
                assertNotNullMatch(table, RequestLine.get("a.com", "/")).rule();
        assertEquals(2, rule.totalWeight());
        assertEquals(key("nonexistent"), rule.backend(1).backend());
        assertEquals(Set.of(key("v1")), table.backends().keySet());
    }

    @Test
    void httpRouteRequestMirrorAndMultipleMirrors() {
        RequestMirror all = new RequestMirror(key("v2"), 1, 1);
        RequestMirror half = new RequestMirror(key("v3"), 25, 50);
        HttpRule rule = rule(
                List.of(new RequestHeaderModifier(CHANGES), all, half), List.of(ref("v1", 1)), prefix("/multi-mirror"));
        RouteTable table = RouteCompiler.compile(
                config(
                        List.of(gateway()),
                        List.of(route("r", List.of(), rule)),
                        backend("v1"),
                        backend("v2"),
                        backend("v3"),
                        backend("unused")),
                7);
        CompiledRule compiled = assertNotNullMatch(table, RequestLine.get("a.com", "/multi-mirror"))
                .rule();
        assertEquals(List.of(all, half), compiled.mirrors());
        assertEquals(1, compiled.filters().length);
        assertEquals(Set.of(key("v1"), key("v2"), key("v3")), table.backends().keySet());
        assertEquals(7, table.version());
        assertEquals("test", table.digest());
    }

    @Test
    void httpRouteTimeoutRequestAndBackendRequest() {
        HttpRule timed = new HttpRule(
                null, List.of(ANY), List.of(), List.of(ref("v1", 1)), Duration.ofMillis(500), Duration.ofSeconds(1));
        assertEquals(500, only(timed).requestTimeoutMillis());
        assertEquals(1000, only(timed).backendRequestTimeoutMillis());
        HttpRule disabled =
                new HttpRule(null, List.of(ANY), List.of(), List.of(ref("v1", 1)), Duration.ZERO, Duration.ZERO);
        assertEquals(0, only(disabled).requestTimeoutMillis());
        assertEquals(0, only(disabled).backendRequestTimeoutMillis());
        assertEquals(0, only(rule("v1")).requestTimeoutMillis());
    }

    @Test
    void policyOnARuleWinsOverOneOnItsRoute() {
        RuleTerms ofRoute = new RuleTerms(10L, null, false, RetryTerms.DEFAULT);
        RuleTerms ofRule = new RuleTerms(null, Duration.ZERO, true, RetryTerms.DEFAULT);
        HttpRule named = new HttpRule("named", List.of(prefix("/named")), List.of(), List.of(), null, null);
        HttpRule other = new HttpRule("other", List.of(prefix("/other")), List.of(), List.of(), null, null);
        HttpRule free = new HttpRule("named", List.of(prefix("/free")), List.of(), List.of(), null, null);
        RouteTable table = RouteCompiler.compile(
                new GatewayConfig(
                        List.of(gateway()),
                        List.of(route("r", List.of(), named, other), route("s", List.of(), free)),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(
                                new TrafficPolicy(key("p"), List.of(new TargetRef(key("r"), null)), ofRoute),
                                new TrafficPolicy(key("q"), List.of(new TargetRef(key("r"), "named")), ofRule)),
                        "test"),
                1);
        assertEquals(ofRule, terms(table, "/named"));
        assertEquals(ofRoute, terms(table, "/other"));
        assertEquals(RuleTerms.DEFAULT, terms(table, "/free"));
    }

    private static RuleTerms terms(RouteTable table, String path) {
        return assertNotNullMatch(table, RequestLine.get("a.com", path)).rule().terms();
    }

    @Test
    void filtersOfABackendRefBelongToIt() {
        BackendRef ref = new BackendRef(key("v1"), 1, List.of(new RequestHeaderModifier(CHANGES)));
        CompiledRule rule = only(rule(List.of(), List.of(ref, ref("v2", 1))));
        assertEquals(0, rule.filters().length);
        assertEquals(1, rule.backends().get(0).filters().length);
        assertEquals(0, rule.backends().get(1).filters().length);
    }

    @Test
    void refusedFilterNamesItsRule() {
        HeaderChanges host = new HeaderChanges(List.of(), List.of(), List.of("host"));
        HttpRoute route = route(
                "r", List.of(), rule("v1"), rule(List.of(new RequestHeaderModifier(host)), List.of(ref("v1", 1))));
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> binds(route));
        assertEquals(
                "default/r[1]: RequestHeaderModifier of host (expected: URLRewrite with a hostname)",
                refused.getMessage());
    }

    @Test
    void matchedPrefixHasNoTrailingSlash() {
        HttpRoute route = route("r", List.of(), rule("v1", prefix("/foo/"), prefix("/"), exact("/e"), regex("/x+")));
        assertEquals("/foo", match(route, "/foo/bar").matchedPrefix());
        assertEquals("", match(route, "/other").matchedPrefix());
        assertEquals("", match(route, "*").matchedPrefix());
        assertNull(match(route, "/e").matchedPrefix());
        assertNull(match(route, "/xx").matchedPrefix());
    }

    @Test
    void targetWithoutPathMatchesThePrefixOfEverythingAlone() {
        HttpRoute route = route("r", List.of(), rule("v1", prefix("/foo"), prefix("//")), rule("v2", prefix("/")));
        assertEquals("v2", backendOf(match(route, "*")));
        assertEquals("v2", backendOf(match(route, "xfoo")));
    }

    @Test
    void shorterPrefixTakesWhatTheLongerOnesRefuse() {
        HttpMatch longest = header("h", "1", prefix("/a/b/c"));
        HttpRoute route = route("r", List.of(), rule("v1", longest), rule("v2", prefix("/a")));
        assertEquals("v2", backendOf(match(route, "/a/b/c/d")));
    }

    @Test
    void expressionsStandBetweenExactPathsAndPrefixesLongestFirst() {
        HttpRoute route = route(
                "r",
                List.of(),
                rule("prefix", prefix("/a/b/c")),
                rule("short", regex("/a/.*")),
                rule("long", regex("/a/b/.*")),
                rule("exact", exact("/a/b/c")));
        assertEquals("exact", backendOf(match(route, "/a/b/c")));
        assertEquals("long", backendOf(match(route, "/a/b/c/d")));
        assertEquals("short", backendOf(match(route, "/a/x")));
    }

    @Test
    void expressionMustMatchTheWholePathInLinearTime() {
        HttpRoute route = route("r", List.of(), rule("v1", regex("/(a*)*b")));
        assertEquals("v1", backendOf(match(route, "/aaab")));
        // A backtracking engine takes 2^64 steps here.
        assertNull(matchOrNull(route, RequestLine.get("a.com", "/" + "a".repeat(64) + "c")));
        assertNull(matchOrNull(route, RequestLine.get("a.com", "/aab/")));
    }

    @Test
    void malformedExpressionIsRefused() {
        HttpRoute route = route("r", List.of(), rule("v1", regex("/(")));
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> binds(route));
        assertEquals(
                "default/r[0]: /( (expected: an RE2 expression): error parsing regexp: missing closing ): `/(`",
                refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "/?name=two+words, true",
        "/?name=two%20words, true",
        "/?n%61me=two words, true",
        "/?x&&name=two+words&name=other, true",
        "/?name=other&name=two+words, false",
        "/?name, false",
        "/?name=two%2, false",
        "/?name=two+words%, false",
        "/?Name=two+words, false",
    })
    void firstQueryParameterIsComparedDecoded(String target, boolean matches) {
        HttpRoute route = route("r", List.of(), rule("v1", query("name", "two words", ANY)));
        assertEquals(matches, matchOrNull(route, RequestLine.get("a.com", target)) != null);
    }

    @Test
    void onlyTheFirstConditionOfANameCounts() {
        HttpMatch twice = header("h", "2", header("h", "1", ANY));
        HttpRoute route = route("r", List.of(), rule("v1", header("h", "1", ANY)), rule("v2", twice));
        assertEquals("v1", backendOf(matchOrNull(route, new RequestLine("GET", "a.com", "/", Map.of("h", "1")))));
    }

    @Test
    void hostnameThatTheRouteGivesDecidesAlsoOnAnExactListener() {
        Gateway gateway = gateway("g", listener("l", 80, "very.specific.com"));
        List<HttpRoute.ParentRef> parents = List.of(parent("g", null, 0));
        HttpRoute none = route("a", parents, List.of(), rule("none", exact("/x")));
        HttpRoute wildcard = route("b", parents, List.of("*.specific.com"), rule("wildcard"));
        HttpRoute exact = route("c", parents, List.of("very.specific.com"), rule("exact", prefix("/only")));
        RouteTable table = RouteCompiler.compile(config(List.of(gateway), List.of(none, wildcard, exact)), 1);
        assertEquals("exact", backendOf(assertNotNullMatch(table, RequestLine.get("very.specific.com", "/only"))));
        // Nothing under the exact name takes /x; the wildcard comes before no name, whatever the paths.
        assertEquals("wildcard", backendOf(assertNotNullMatch(table, RequestLine.get("very.specific.com", "/x"))));
    }

    @Test
    void routesOfOtherNamespacesAttachOnlyWhereAllowed() {
        HttpRule rule = rule("v1");
        HttpRoute foreign =
                new HttpRoute(new ResourceKey("other", "r"), List.of(parent("g", null, 0)), List.of(), List.of(rule));
        Listener same = listener("same", 80, null);
        Listener all = new Listener("all", null, 81, Listener.Protocol.HTTP, List.of(), true);
        RouteTable table = RouteCompiler.compile(config(List.of(gateway("g", same, all)), List.of(foreign)), 1);
        assertNull(table.binds().get(0).routes().match(RequestLine.get("a.com", "/")));
        assertNotNull(table.binds().get(1).routes().match(RequestLine.get("a.com", "/")));
    }

    /** What a request costs does not grow with the number of routes: the candidates that are tried stay the same. */
    @ParameterizedTest
    @CsvSource({"10", "10000"})
    void asManyCandidatesAreTriedWhateverTheNumberOfRoutes(int count) {
        List<HttpRoute> routes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            HttpMatch[] matches = {
                header("h", "no", prefix("/p" + i)),
                prefix("/p" + i + "/q"),
                header("h", "no", exact("/p" + i + "/q/r"))
            };
            routes.add(route("r" + i, List.of("h" + i + ".com", "*.w" + i + ".com"), rule("v" + i, matches)));
        }
        BindRoutes table = binds(routes.toArray(HttpRoute[]::new)).get(0).routes();
        for (String host : List.of("h7.com", "a.b.w7.com")) {
            CountingHead head = new CountingHead(host, "/p7/q/r");
            assertEquals("v7", backendOf(table.match(head)));
            assertEquals(1, head.headersRead, "the exact path, which fails on its header, then the prefix");
        }
    }

    private static final class CountingHead implements RequestHead {
        private final RequestLine line;
        int headersRead;

        CountingHead(String host, String path) {
            line = RequestLine.get(host, path);
        }

        @Override
        public String method() {
            return line.method();
        }

        @Override
        public String host() {
            return line.host();
        }

        @Override
        public String path() {
            return line.path();
        }

        @Override
        public @Nullable String query() {
            return line.query();
        }

        @Override
        public @Nullable String header(String name) {
            headersRead++;
            return line.header(name);
        }
    }

    private static CompiledRule only(HttpRule rule) {
        return match(route("r", List.of(), rule), "/").rule();
    }

    private static CompiledMatch match(HttpRoute route, String path) {
        CompiledMatch match = matchOrNull(route, RequestLine.get("a.com", path));
        assertNotNull(match);
        return match;
    }

    private static @Nullable CompiledMatch matchOrNull(HttpRoute route, RequestHead head) {
        return binds(route).get(0).routes().match(head);
    }

    private static CompiledMatch assertNotNullMatch(RouteTable table, RequestHead head) {
        CompiledMatch match = table.binds().get(0).routes().match(head);
        assertNotNull(match);
        return match;
    }

    private static List<Bind> binds(HttpRoute... routes) {
        return RouteCompiler.compile(config(List.of(gateway()), List.of(routes)), 1)
                .binds();
    }

    private static @Nullable String backendOf(@Nullable CompiledMatch match) {
        return match == null ? null : match.rule().backend(0).backend().name();
    }

    private static BackendRef ref(String backend, int weight) {
        return new BackendRef(key(backend), weight, List.of());
    }

    private static Backend backend(String name) {
        return new Backend(
                key(name), Backend.Protocol.HTTP, List.of(new Backend.EndpointAddress("127.0.0.1", 1)), null);
    }
}
