package dev.sluice.route;

import static dev.sluice.config.HttpMatch.ANY;
import static dev.sluice.testkit.RouteConfigs.anyService;
import static dev.sluice.testkit.RouteConfigs.callRegex;
import static dev.sluice.testkit.RouteConfigs.config;
import static dev.sluice.testkit.RouteConfigs.exact;
import static dev.sluice.testkit.RouteConfigs.gateway;
import static dev.sluice.testkit.RouteConfigs.grpcRoute;
import static dev.sluice.testkit.RouteConfigs.header;
import static dev.sluice.testkit.RouteConfigs.key;
import static dev.sluice.testkit.RouteConfigs.listener;
import static dev.sluice.testkit.RouteConfigs.method;
import static dev.sluice.testkit.RouteConfigs.parent;
import static dev.sluice.testkit.RouteConfigs.prefix;
import static dev.sluice.testkit.RouteConfigs.regex;
import static dev.sluice.testkit.RouteConfigs.route;
import static dev.sluice.testkit.RouteConfigs.rule;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.GatewayConfig;
import dev.sluice.config.GrpcTerms;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRule;
import dev.sluice.config.HttpRule.BackendRef;
import dev.sluice.config.RetryTerms;
import dev.sluice.config.RuleTerms;
import dev.sluice.config.TrafficPolicy;
import dev.sluice.config.TrafficPolicy.TargetRef;
import dev.sluice.spi.CallProtocol;
import dev.sluice.testkit.RequestLine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** GRPCRoutes: precedence by service and method, their place among HTTPRoutes, and who takes part in their calls. */
class GrpcRouteTest {

    private static final String GET = "/shop.v1.Orders/Get";
    private static final CallProtocol.Rule RULE = exchange -> null;

    @Test
    void grpcRouteWeight() {
        HttpRule weighted = rule(List.of(), List.of(ref("v1", 70), ref("v2", 30), ref("v3", 0)));
        CompiledRule rule =
                match(GET, grpcRoute("weighted-backends", List.of(), weighted)).rule();
        Map<String, Integer> tickets = new HashMap<>();
        for (int ticket = 0; ticket < rule.totalWeight(); ticket++) {
            tickets.merge(rule.backend(ticket).backend().name(), 1, Integer::sum);
        }
        assertEquals(Map.of("v1", 70, "v2", 30), tickets);
    }

    /** From the most specific to the least, whatever the order in which they are written. */
    @Test
    void whatSaysMoreOfServiceThenOfMethodThenOfHeadersGoesFirst() {
        List<HttpRule> rules = new ArrayList<>(List.of(
                rule("exact-header", header("a", "b", exact(GET))),
                rule("exact", exact(GET)),
                rule("service-header", header("a", "b", prefix("/shop.v1.Orders"))),
                rule("service", prefix("/shop.v1.Orders")),
                rule("expressions", callRegex("shop\\.v1\\..+", "Get|List")),
                rule("longer-expression", callRegex("shop\\.v1\\..+", null)),
                rule("shorter-expression", callRegex("shop\\..+", "Get.*")),
                rule("method-header", header("a", "b", anyService("Get"))),
                rule("method", anyService("Get")),
                rule("method-expression", callRegex(null, "Get|List")),
                rule("all-header", header("a", "b", ANY)),
                rule("all", ANY)));
        List<String> order = rules.stream()
                .map(rule -> rule.backendRefs().get(0).backend().name())
                .toList();
        for (String expected : order) {
            HttpRule[] reversed = rules.toArray(HttpRule[]::new);
            Collections.reverse(Arrays.asList(reversed));
            RequestLine call = new RequestLine("POST", "a.com", GET, Map.of("a", "b"));
            assertEquals(expected, backendOf(table(grpcRoute("r", List.of(), reversed)), call));
            assertEquals(expected, backendOf(table(grpcRoute("r", List.of(), rules.toArray(HttpRule[]::new))), call));
            rules.remove(0);
        }
    }

    @Test
    void aMethodOfAnyServiceIsTheLastSegmentAlone() {
        HttpRoute route = grpcRoute("r", List.of(), rule("v1", anyService("Get")));
        assertEquals("v1", backendOf(GET, route));
        assertEquals("v1", backendOf("/a/Get", route));
        assertNull(backendOf("/a/get", route));
        assertNull(backendOf("/a/Forget", route));
        assertNull(backendOf("/a/Get/", route));
        assertNull(backendOf("/Get", route));
        assertNull(backendOf("//Get", route));
        assertNull(backendOf("*", route));
    }

    @Test
    void expressionsMatchWholeNames() {
        HttpRoute both = grpcRoute("r", List.of(), rule("v1", callRegex("a|shop\\.v1", "G|Get")));
        assertEquals("v1", backendOf("/a/G", both));
        assertEquals("v1", backendOf("/shop.v1/Get", both));
        assertNull(backendOf("/a", both));
        assertNull(backendOf("/shop.v1/GetAll", both));
        assertNull(backendOf("/shopxv1/Get", both));
        HttpRoute method = grpcRoute("r", List.of(), rule("v1", callRegex(null, "G.*")));
        assertEquals("v1", backendOf("/any.Service/Get", method));
        assertNull(backendOf("/any.Service/List", method));
        assertNull(backendOf("/Get", method));
        HttpRoute service = grpcRoute("r", List.of(), rule("v1", callRegex("shop\\..*", null)));
        assertEquals("v1", backendOf("/shop.v1/Get", service));
        assertNull(backendOf("/shop.v1", service));
        assertNull(backendOf("/shop.v1/", service));
    }

    @Test
    void anExpressionThatIsNoneIsRefused() {
        HttpRoute route = grpcRoute("r", List.of(), rule("v1", callRegex("(", null)));
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> table(route));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("default/r[0]: /(?:()"), refused::getMessage);
    }

    @Test
    void onOneListenerTheMoreSpecificPathDecides() {
        HttpRoute calls = grpcRoute(
                "r",
                List.of(),
                rule("grpc-exact", exact(GET)),
                rule("grpc-service", prefix("/shop.v1.Users")),
                rule("grpc-method", anyService("Check")),
                rule("grpc-expression", callRegex("ads\\..*", null)));
        HttpRoute rest = route(
                "r",
                List.of(),
                rule("http-exact", exact("/shop.v1.Users/Get")),
                rule("http-expression", regex("/pay[.]v1[.].*")),
                rule("http-service", prefix("/shop.v1.Orders")),
                rule("http-post", method("POST", prefix("/"))),
                rule("http-all", prefix("/")));
        for (HttpRoute[] routes : List.of(new HttpRoute[] {calls, rest}, new HttpRoute[] {rest, calls})) {
            assertEquals("grpc-exact", backendOf(GET, routes));
            assertEquals("http-service", backendOf("/shop.v1.Orders/List", routes));
            assertEquals("http-exact", backendOf("/shop.v1.Users/Get", routes));
            assertEquals("grpc-service", backendOf("/shop.v1.Users/List", routes));
            assertEquals("http-expression", backendOf("/pay.v1.Pay/Check", routes));
            assertEquals("grpc-method", backendOf("/a.B/Check", routes));
            assertEquals("grpc-expression", backendOf("/ads.v1.Ads/Get", routes));
            assertEquals("http-post", backendOf("/other.B/Get", routes));
            assertEquals("http-all", backendOf(table(routes), RequestLine.get("a.com", "/index.html")));
        }
    }

    @Test
    void atATieTheFirstRouteOfTheConfigurationDecides() {
        HttpRoute calls = grpcRoute("r", List.of(), rule("grpc", exact(GET)));
        HttpRoute rest = route("r", List.of(), rule("http", exact(GET)));
        assertEquals("http", backendOf(GET, rest, calls));
        assertEquals("grpc", backendOf(GET, calls, rest));
    }

    @Test
    void aRouteNamesAServiceByItsPathOrByItsServiceAlone() {
        String check = "/grpc.health.v1.Health/Check";
        assertTrue(names(check, rule("v1", exact(check))));
        assertTrue(names(check, rule("v1", prefix("/grpc.health.v1.Health"))));
        assertTrue(names(check, rule("v1", prefix("/grpc.health.v1.Health/Check"))));
        assertTrue(names("/grpc.health.v1.Health", rule("v1", prefix("/grpc.health.v1.Health"))));
        assertFalse(names(check, rule("v1", prefix("/"))));
        assertFalse(names(check, rule("v1", anyService("Check"))));
        assertFalse(names(check, rule("v1", callRegex("grpc\\.health\\.v1\\.Health", "Check"))));
        assertFalse(names(check, rule("v1", regex(check))));
    }

    private static boolean names(String path, HttpRule rule) {
        return match(path, route("r", List.of(), rule)).names(path);
    }

    @Test
    void aSocketKnowsWhetherAGrpcRouteIsAttached() {
        HttpRoute rest = route("rest", List.of(), rule("v1"));
        assertFalse(table(rest).binds().get(0).grpc());
        assertTrue(table(rest, grpcRoute("calls", List.of(), rule("v1")))
                .binds()
                .get(0)
                .grpc());
        GatewayConfig two = config(
                List.of(gateway("g", listener("one", 80, "a.com"), listener("two", 81, "b.com"))),
                List.of(
                        grpcRoute("calls", List.of(parent("g", "two", 0)), List.of(), rule("v1")),
                        grpcRoute("elsewhere", List.of(parent("g", "one", 0)), List.of("b.com"), rule("v1"))));
        assertEquals(
                List.of(false, true),
                RouteCompiler.compile(two, 1).binds().stream().map(Bind::grpc).toList());
    }

    @Test
    void aPolicyIsForTheRouteOfItsKind() {
        RuleTerms terms = new RuleTerms(
                null, null, false, RetryTerms.DEFAULT, new GrpcTerms(true, Duration.ofSeconds(1), 1, 2, null));
        GatewayConfig config = new GatewayConfig(
                List.of(gateway()),
                List.of(route("r", List.of(), rule("v1", exact("/rest"))), grpcRoute("r", List.of(), rule("v1"))),
                List.of(),
                List.of(),
                List.of(),
                List.of(new TrafficPolicy(key("p"), List.of(new TargetRef(true, key("r"), null)), terms)),
                "test");
        BindRoutes routes = RouteCompiler.compile(config, 1).binds().get(0).routes();
        assertSame(RuleTerms.DEFAULT, taken(routes, "/rest").rule().terms());
        assertSame(terms, taken(routes, GET).rule().terms());
    }

    @Test
    void theFirstProtocolThatHasAPartTakesTheRule() {
        List<String> asked = new ArrayList<>();
        CallProtocol none = (grpc, terms) -> {
            asked.add("none " + grpc);
            return null;
        };
        CallProtocol calls = (grpc, terms) -> {
            asked.add("calls " + grpc + " " + terms.web());
            return grpc ? RULE : null;
        };
        CallProtocol last = (grpc, terms) -> {
            asked.add("last " + grpc);
            return null;
        };
        GatewayConfig config = config(
                List.of(gateway()),
                List.of(
                        route("rest", List.of(), rule("v1", prefix("/rest"))),
                        grpcRoute("calls", List.of(), rule("v1", exact(GET), exact("/b/C")))));
        BindRoutes routes = RouteCompiler.compile(config, 1, List.of(none, calls, last))
                .binds()
                .get(0)
                .routes();
        List<String> ofTheRules =
                List.of("none false", "calls false null", "last false", "none true", "calls true null");
        assertEquals(ofTheRules, asked.subList(0, 5));
        assertEquals(
                List.of("none true", "calls true null"), asked.subList(5, asked.size()), "the gateway's own services");
        CompiledRule rest = taken(routes, "/rest").rule();
        assertFalse(rest.grpc());
        assertNull(rest.call());
        CompiledRule call = taken(routes, GET).rule();
        assertTrue(call.grpc());
        assertSame(RULE, call.call());
        assertNull(match(GET, grpcRoute("calls", List.of(), rule("v1"))).rule().call());
    }

    @Test
    void whatAProtocolRefusesNamesTheRule() {
        GatewayConfig config = config(
                List.of(gateway()), List.of(route("r", List.of(), rule("v1", exact("/a")), rule("v1", exact("/b")))));
        CallProtocol refusing = (grpc, terms) -> {
            throw new IllegalArgumentException("shop.pb (expected: descriptors)");
        };
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> RouteCompiler.compile(config, 1, List.of(refusing)));
        assertEquals("default/r[0]: shop.pb (expected: descriptors)", refused.getMessage());
    }

    private static CompiledMatch taken(BindRoutes routes, String path) {
        CompiledMatch match = routes.match(call(path));
        assertNotNull(match);
        return match;
    }

    private static CompiledMatch match(String path, HttpRoute... routes) {
        return taken(table(routes).binds().get(0).routes(), path);
    }

    private static @Nullable String backendOf(String path, HttpRoute... routes) {
        return backendOf(table(routes), call(path));
    }

    private static @Nullable String backendOf(RouteTable table, RequestLine request) {
        CompiledMatch match = table.binds().get(0).routes().match(request);
        return match == null ? null : match.rule().backend(0).backend().name();
    }

    private static RequestLine call(String path) {
        return new RequestLine("POST", "a.com", path, Map.of());
    }

    private static RouteTable table(HttpRoute... routes) {
        return RouteCompiler.compile(config(List.of(gateway()), List.of(routes)), 1);
    }

    private static BackendRef ref(String backend, int weight) {
        return new BackendRef(key(backend), weight, List.of());
    }
}
