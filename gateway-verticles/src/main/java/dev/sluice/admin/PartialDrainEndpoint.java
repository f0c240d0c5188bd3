package dev.sluice.admin;

import dev.sluice.bus.Message.ConnectionDrainAnswered;
import dev.sluice.bus.Message.ConnectionDrainRequested;
import dev.sluice.bus.Message.EndpointDrainAnswered;
import dev.sluice.bus.Message.EndpointDrainRequested;
import dev.sluice.bus.Message.ListenerDrainRequested;
import dev.sluice.config.ResourceKey;
import dev.sluice.drain.DrainPlan;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Drains a part of the node: a listener's sockets, one client's connection, an endpoint of a backend. */
final class PartialDrainEndpoint implements AdminEndpoint {

    private static final String LISTENER = "/listeners/:namespace/:gateway/:listener/";
    private static final String CONNECTION = "/connections/:id/";
    private static final String ENDPOINT = "/upstreams/:namespace/:name/endpoints/:endpoint/";
    private static final String DRAIN = "drain";
    private static final String UNDRAIN = "undrain";

    private final AdminQueries queries;
    private final AdminState state;
    private final DrainPlan plan;

    /** @param plan of a listener that is told no other times */
    PartialDrainEndpoint(AdminQueries queries, AdminState state, DrainPlan plan) {
        this.queries = queries;
        this.state = state;
        this.plan = plan;
    }

    @Override
    public Map<String, String> paths() {
        Map<String, String> paths = new LinkedHashMap<>();
        paths.put(
                LISTENER + DRAIN, "POST closes its socket when its connections have moved, ?lameDuck=10s&deadline=30s");
        paths.put(LISTENER + UNDRAIN, "POST serves there again");
        paths.put(CONNECTION + DRAIN, "POST ends a client's connection in good order");
        paths.put(ENDPOINT + DRAIN, "POST gives an endpoint no new requests");
        paths.put(ENDPOINT + UNDRAIN, "POST gives it some again");
        return paths;
    }

    @Override
    public Map<String, Set<HttpMethod>> methods() {
        Map<String, Set<HttpMethod>> methods = new LinkedHashMap<>();
        paths().keySet().forEach(path -> methods.put(path, Set.of(HttpMethod.POST)));
        return methods;
    }

    @Override
    public void mount(Router router) {
        router.post(LISTENER + DRAIN).handler(context -> listener(context, true));
        router.post(LISTENER + UNDRAIN).handler(context -> listener(context, false));
        router.post(CONNECTION + DRAIN).handler(this::connection);
        router.post(ENDPOINT + DRAIN).handler(context -> endpoint(context, true));
        router.post(ENDPOINT + UNDRAIN).handler(context -> endpoint(context, false));
    }

    private void listener(RoutingContext context, boolean drain) {
        String name = String.join(
                "/", context.pathParam("namespace"), context.pathParam("gateway"), context.pathParam("listener"));
        Set<String> known = new TreeSet<>(state.drainingListeners());
        state.sockets().forEach(socket -> known.addAll(socket.listeners()));
        DrainTimes times = DrainTimes.of(context.request());
        if (!known.contains(name)) {
            AdminReply.error(context, 404, "listener=" + name + " (expected: one of " + known + ")");
        } else if (times.problem() != null) {
            AdminReply.error(context, 400, times.problem());
        } else {
            DrainPlan asked = plan.with(times.lameDuck(), times.deadline());
            state.drainListener(name, drain);
            queries.tell(new ListenerDrainRequested(name, drain ? asked : null));
            JsonObject reply = new JsonObject().put("listener", name).put("draining", drain);
            if (drain) {
                reply.put("remainingMillis", asked.untilForced().toMillis());
            }
            AdminReply.json(context, 202, reply);
        }
    }

    private void connection(RoutingContext context) {
        String id = context.pathParam("id");
        queries.connectionDrains()
                .ask(ticket -> new ConnectionDrainRequested(ticket, id))
                .onComplete(
                        answers -> {
                            if (answers.stream().anyMatch(ConnectionDrainAnswered::found)) {
                                AdminReply.json(context, 202, new JsonObject().put("connection", id));
                            } else {
                                AdminReply.error(context, 404, "connection=" + id + " (expected: one of /connections)");
                            }
                        },
                        context::fail);
    }

    private void endpoint(RoutingContext context, boolean drain) {
        ResourceKey backend = new ResourceKey(context.pathParam("namespace"), context.pathParam("name"));
        String address = context.pathParam("endpoint");
        queries.endpointDrains()
                .ask(ticket -> new EndpointDrainRequested(ticket, backend, address, drain))
                .onComplete(
                        answers -> {
                            if (answers.stream().anyMatch(EndpointDrainAnswered::found)) {
                                AdminReply.json(
                                        context,
                                        202,
                                        new JsonObject()
                                                .put("backend", backend.toString())
                                                .put("endpoint", address)
                                                .put("draining", drain));
                            } else {
                                AdminReply.error(
                                        context,
                                        404,
                                        "backend=" + backend + " endpoint=" + address
                                                + " (expected: an address of one in /upstreams)");
                            }
                        },
                        context::fail);
    }
}
