package dev.sluice.admin;

import dev.sluice.config.GatewayConfig;
import dev.sluice.drain.DrainPlan;
import dev.sluice.observe.GatewayMetrics;
import dev.sluice.spi.CallCount;
import dev.sluice.spi.Cluster;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** THE list of admin endpoints, and what holds for all of them: methods, errors in JSON. */
public final class AdminEndpoints {

    static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD);

    private static final Logger LOG = LoggerFactory.getLogger(AdminEndpoints.class);

    private AdminEndpoints() {}

    /**
     * The admin API's request handler.
     *
     * @param adminHost the host that it is bound to, as configured
     * @param queries asks the other verticles
     * @param cluster of which this gateway is a node
     * @param plan of drains that are told no other times
     * @param effective writes a configuration with its defaults filled in and its secrets left out
     * @param calls what calls have come to, by method; asked from any thread
     */
    public static Handler<HttpServerRequest> handler(
            Vertx vertx,
            String adminHost,
            AdminState state,
            GatewayMetrics metrics,
            AdminQueries queries,
            Cluster cluster,
            DrainPlan plan,
            Function<GatewayConfig, JsonObject> effective,
            Supplier<List<CallCount>> calls) {
        List<AdminEndpoint> endpoints = new ArrayList<>(List.of(
                new HealthEndpoint(state),
                new MetricsEndpoint(vertx, metrics),
                new ConfigEndpoint(state, new Pushes(queries), effective),
                new EpochEndpoint(state),
                new ListenersEndpoint(state),
                new ConnectionsEndpoint(queries, state),
                new UpstreamsEndpoint(queries, state),
                new ClusterEndpoint(state),
                new ChannelzEndpoint(queries, state, metrics, calls),
                new DrainEndpoint(queries, state, cluster),
                new PartialDrainEndpoint(queries, state, plan),
                new RoutesEndpoint(vertx, metrics.routes(), cluster),
                new ExchangesEndpoint(queries, cluster),
                new CutEndpoint(queries, cluster),
                new TailEndpoint(vertx, queries, cluster)));
        endpoints.add(new IndexEndpoint(endpoints));
        return router(vertx, adminHost, endpoints);
    }

    private static Router router(Vertx vertx, String adminHost, List<AdminEndpoint> endpoints) {
        Router router = Router.router(vertx);
        router.route().handler(new HostGuard(adminHost));
        for (AdminEndpoint endpoint : endpoints) {
            for (String path : endpoint.paths().keySet()) {
                Set<HttpMethod> methods = endpoint.methods().getOrDefault(path, READING);
                router.route(path).handler(context -> only(methods, context));
                router.route(path).handler(LocalWrites::guard);
            }
            endpoint.mount(router);
        }
        router.route().handler(context -> AdminReply.error(context, 404, "no such path; GET / lists them"));
        router.errorHandler(400, context -> AdminReply.error(context, 400, "the request is malformed"));
        router.errorHandler(413, context -> AdminReply.error(context, 413, "the body is too large"));
        router.errorHandler(500, AdminEndpoints::failed);
        return router;
    }

    /** Runs before an endpoint's own handler; Vert.x leaves the body of an answer to HEAD out by itself. */
    private static void only(Set<HttpMethod> methods, RoutingContext context) {
        HttpMethod method = context.request().method();
        if (methods.contains(method)) {
            context.next();
        } else {
            String allowed = methods.stream().map(HttpMethod::name).sorted().collect(Collectors.joining(", "));
            context.response().putHeader(HttpHeaders.ALLOW, allowed);
            AdminReply.error(
                    context, 405, method.name() + " (expected: " + allowed.replaceFirst(", (\\w+)$", " or $1") + ")");
        }
    }

    private static void failed(RoutingContext context) {
        LOG.error("admin request failed path={}", context.request().path(), context.failure());
        AdminReply.error(context, 500, "the admin API failed; the log tells why");
    }
}
