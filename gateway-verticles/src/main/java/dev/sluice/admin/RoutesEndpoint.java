package dev.sluice.admin;

import dev.sluice.config.Defaults;
import dev.sluice.observe.RouteCounts;
import dev.sluice.observe.RouteTraffic;
import dev.sluice.observe.RouteTraffic.Recent;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.Cluster.Answer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What has passed by each route in the last seconds, the slowest first: on this node or on all. */
final class RoutesEndpoint implements AdminEndpoint {

    private final RouteTraffic traffic;
    private final NodeQuestion nodes;

    RoutesEndpoint(Vertx vertx, RouteTraffic traffic, Cluster cluster) {
        this.traffic = traffic;
        nodes = new NodeQuestion(cluster, "routes", question -> Future.succeededFuture(here(traffic.recent())));
        long unused = vertx.setPeriodic(Defaults.ROUTE_WINDOW.toMillis(), id -> this.traffic.turn());
    }

    @Override
    public Map<String, String> paths() {
        return Map.of("/routes", "each route's rate, errors and durations lately, ?cluster=true for all nodes");
    }

    @Override
    public void mount(Router router) {
        router.route("/routes").handler(this::routes);
    }

    private void routes(RoutingContext context) {
        nodes.ask(new JsonObject(), "true".equals(context.request().getParam("cluster")))
                .onComplete(answers -> AdminReply.json(context, 200, json(answers)), context::fail);
    }

    private static JsonObject here(Recent recent) {
        JsonObject routes = new JsonObject();
        recent.routes().forEach((route, counts) -> routes.put(route, new JsonArray(counts.cells())));
        return new JsonObject().put("seconds", recent.seconds()).put("routes", routes);
    }

    /** Of all nodes: counts make the quantiles, but rates are each node's own, whose windows differ. */
    private static final class Sum {
        private RouteCounts counts = RouteCounts.NONE;
        private double requests;
        private double errors;

        void add(RouteCounts more, double seconds) {
            counts = counts.plus(more);
            requests += more.requests() / seconds;
            errors += more.errors() / seconds;
        }

        JsonObject json(String route) {
            return new JsonObject()
                    .put("route", route)
                    .put("requestsPerSecond", tenths(requests))
                    .put("errorsPerSecond", tenths(errors))
                    .put("p50Millis", tenths(counts.quantileMillis(0.5)))
                    .put("p99Millis", tenths(counts.quantileMillis(0.99)));
        }
    }

    private static JsonObject json(List<Answer> answers) {
        Map<String, Sum> sums = new HashMap<>();
        JsonObject gathered = NodeQuestion.gather(answers, (node, body) -> {
            double seconds = body.getDouble("seconds");
            JsonObject routes = body.getJsonObject("routes");
            for (String route : routes.fieldNames()) {
                sums.computeIfAbsent(route, name -> new Sum())
                        .add(RouteCounts.of(longs(routes.getJsonArray(route))), seconds);
            }
        });
        JsonArray shown = new JsonArray();
        sums.entrySet().stream()
                .sorted(Comparator.comparingDouble((Map.Entry<String, Sum> entry) ->
                                entry.getValue().counts.quantileMillis(0.99))
                        .reversed()
                        .thenComparing(Map.Entry::getKey))
                .forEach(entry -> shown.add(entry.getValue().json(entry.getKey())));
        return gathered.put("routes", shown);
    }

    private static List<Long> longs(JsonArray cells) {
        return cells.stream().map(cell -> ((Number) cell).longValue()).toList();
    }

    /** For people. */
    private static double tenths(double value) {
        return Math.round(10 * value) / 10.0;
    }
}
