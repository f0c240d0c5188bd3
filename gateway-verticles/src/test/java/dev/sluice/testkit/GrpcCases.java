package dev.sluice.testkit;

import static dev.sluice.testkit.MatchSuite.NOT_FOUND;
import static dev.sluice.testkit.RouteConfigs.exact;
import static dev.sluice.testkit.RouteConfigs.gateway;
import static dev.sluice.testkit.RouteConfigs.grpcRoute;
import static dev.sluice.testkit.RouteConfigs.header;
import static dev.sluice.testkit.RouteConfigs.listener;
import static dev.sluice.testkit.RouteConfigs.parent;
import static dev.sluice.testkit.RouteConfigs.rule;

import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpRoute;
import dev.sluice.testkit.MatchSuite.Case;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gateway API's conformance tests of GRPCRoutes' matching, as {@link ConformanceCases} has those of HTTPRoutes. */
public final class GrpcCases {

    private static final String SERVICE = "/gateway_api_conformance.echo_basic.grpcecho.GrpcEcho";
    private static final String ECHO = SERVICE + "/Echo";

    private GrpcCases() {}

    /** Every suite. */
    public static List<MatchSuite> all() {
        return List.of(exactMethodMatching(), headerMatching(), listenerHostnameMatching());
    }

    private static MatchSuite exactMethodMatching() {
        HttpRoute route = grpcRoute(
                "exact-matching", List.of(), rule("v1", exact(ECHO)), rule("v2", exact(SERVICE + "/EchoTwo")));
        return new MatchSuite(
                "GRPCExactMethodMatching",
                List.of(gateway()),
                List.of(route),
                List.of(
                        call("gateway.test", ECHO, Map.of(), "v1"),
                        call("gateway.test", SERVICE + "/EchoTwo", Map.of(), "v2"),
                        call("gateway.test", SERVICE + "/EchoThree", Map.of(), NOT_FOUND)));
    }

    private static MatchSuite headerMatching() {
        HttpMatch any = HttpMatch.ANY;
        HttpRoute route = grpcRoute(
                "grpc-header-matching",
                List.of(),
                rule("v1", header("version", "one", any)),
                rule("v2", header("version", "two", any)),
                rule("v1", header("color", "orange", header("version", "two", any))),
                rule("v1", header("color", "blue", any), header("color", "green", any)),
                rule("v2", header("color", "red", any), header("color", "yellow", any)));
        return new MatchSuite(
                "GRPCRouteHeaderMatching",
                List.of(gateway()),
                List.of(route),
                List.of(
                        call("gateway.test", ECHO, Map.of("Version", "one"), "v1"),
                        call("gateway.test", ECHO, Map.of("Version", "two"), "v2"),
                        call("gateway.test", ECHO, Map.of("Version", "two", "Color", "orange"), "v1"),
                        call("gateway.test", ECHO, Map.of("Version", "two", "Color", "blue"), "v2"),
                        call("gateway.test", ECHO, Map.of("Color", "orange"), NOT_FOUND),
                        call("gateway.test", ECHO, Map.of("Some-Other-Header", "one"), NOT_FOUND),
                        call("gateway.test", ECHO, Map.of("Color", "blue"), "v1"),
                        call("gateway.test", ECHO, Map.of("Color", "green"), "v1"),
                        call("gateway.test", ECHO, Map.of("Color", "red"), "v2"),
                        call("gateway.test", ECHO, Map.of("Color", "yellow"), "v2"),
                        call("gateway.test", ECHO, Map.of("Color", "purple"), NOT_FOUND)));
    }

    private static MatchSuite listenerHostnameMatching() {
        String gateway = "grpcroute-listener-hostname-matching";
        return new MatchSuite(
                "GRPCRouteListenerHostnameMatching",
                List.of(gateway(
                        gateway,
                        listener("listener-1", 80, "bar.com"),
                        listener("listener-2", 80, "foo.bar.com"),
                        listener("listener-3", 80, "*.bar.com"),
                        listener("listener-4", 80, "*.foo.com"))),
                List.of(
                        grpcRoute("backend-v1", List.of(parent(gateway, "listener-1", 0)), List.of(), rule("v1")),
                        grpcRoute("backend-v2", List.of(parent(gateway, "listener-2", 0)), List.of(), rule("v2")),
                        grpcRoute(
                                "backend-v3",
                                List.of(parent(gateway, "listener-3", 0), parent(gateway, "listener-4", 0)),
                                List.of(),
                                rule("v3"))),
                List.of(
                        call("bar.com", ECHO, Map.of(), "v1"),
                        call("foo.bar.com", ECHO, Map.of(), "v2"),
                        call("baz.bar.com", ECHO, Map.of(), "v3"),
                        call("boo.bar.com", ECHO, Map.of(), "v3"),
                        call("multiple.prefixes.bar.com", ECHO, Map.of(), "v3"),
                        call("multiple.prefixes.foo.com", ECHO, Map.of(), "v3"),
                        call("foo.com", ECHO, Map.of(), NOT_FOUND),
                        call("no.matching.host", ECHO, Map.of(), NOT_FOUND)));
    }

    private static Case call(String host, String path, Map<String, String> headers, @Nullable String backend) {
        return Case.on(80, "POST", host, path, headers, backend);
    }
}
