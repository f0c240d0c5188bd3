package dev.sluice.grpc.service;

import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpMatch.PathMatch;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRule;
import dev.sluice.config.HttpRule.BackendRef;
import dev.sluice.testkit.TestConfig;
import java.util.List;
import java.util.Locale;

/** GRPCRoutes of the tests' gateway. */
final class GrpcRoutes {

    private GrpcRoutes() {}

    /** All calls of a service to one backend. */
    static HttpRoute of(String service, String backend) {
        HttpMatch match =
                new HttpMatch(new PathMatch(PathMatch.Type.PATH_PREFIX, "/" + service), null, List.of(), List.of());
        BackendRef ref = new BackendRef(TestConfig.key(backend), 1, List.of());
        HttpRule rule = new HttpRule(null, List.of(match), List.of(), List.of(ref), null, null);
        return new HttpRoute(
                true,
                TestConfig.key(service.toLowerCase(Locale.ROOT)),
                List.of(new HttpRoute.ParentRef(TestConfig.key("gw"), null, 0)),
                List.of(),
                List.of(rule));
    }
}
