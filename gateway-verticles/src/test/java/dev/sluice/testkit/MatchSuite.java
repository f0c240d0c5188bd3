package dev.sluice.testkit;

import dev.sluice.config.Backend;
import dev.sluice.config.Gateway;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRoute.ParentRef;
import dev.sluice.config.Listener;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One Gateway API conformance test of matching: a configuration, requests, and the backend that takes each.
 *
 * @param name the {@code ShortName} of the test in {@code conformance/tests}
 */
public record MatchSuite(String name, List<Gateway> gateways, List<HttpRoute> routes, List<Case> cases) {

    /** The backend of a request that no route takes. */
    static final @Nullable String NOT_FOUND = null;

    /**
     * @param port the listener's port that the request is sent to
     * @param backend the name of the backend that takes it; null for 404
     */
    public record Case(int port, RequestLine request, @Nullable String backend) {

        /** A GET to port 80. */
        static Case at(String authority, String target, @Nullable String backend) {
            return on(80, "GET", authority, target, Map.of(), backend);
        }

        /** Any request. */
        static Case on(
                int port,
                String method,
                String authority,
                String target,
                Map<String, String> headers,
                @Nullable String backend) {
            return new Case(port, new RequestLine(method, authority, target, headers), backend);
        }

        @Override
        public String toString() {
            String headers =
                    request.headers().isEmpty() ? "" : " " + request.headers().toString();
            return request.method() + " " + request.authority() + request.target() + headers + " -> "
                    + (backend == null ? "404" : backend);
        }
    }

    /**
     * The configuration.
     *
     * @param ports from the suite's port numbers to those to be used, which must be free and not 0
     * @param backends the backends {@code v1}, {@code v2} and {@code v3}
     */
    public GatewayConfig config(IntUnaryOperator ports, List<Backend> backends) {
        return new GatewayConfig(
                gateways.stream().map(gateway -> onPorts(gateway, ports)).toList(),
                routes.stream().map(route -> onPorts(route, ports)).toList(),
                backends,
                List.of(),
                List.of(),
                name);
    }

    private static Gateway onPorts(Gateway gateway, IntUnaryOperator ports) {
        return new Gateway(
                gateway.key(),
                gateway.addresses(),
                gateway.listeners().stream()
                        .map(it -> new Listener(
                                it.name(),
                                it.hostname(),
                                ports.applyAsInt(it.port()),
                                it.protocol(),
                                it.certificates(),
                                it.routesFromAllNamespaces()))
                        .toList());
    }

    private static HttpRoute onPorts(HttpRoute route, IntUnaryOperator ports) {
        return new HttpRoute(
                route.grpc(),
                route.key(),
                route.parentRefs().stream()
                        .map(it -> new ParentRef(
                                it.gateway(), it.sectionName(), it.port() == 0 ? 0 : ports.applyAsInt(it.port())))
                        .toList(),
                route.hostnames(),
                route.rules());
    }
}
