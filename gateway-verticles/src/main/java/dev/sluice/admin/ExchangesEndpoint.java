package dev.sluice.admin;

import dev.sluice.bus.Message.ExchangesListed;
import dev.sluice.bus.Message.ExchangesRequested;
import dev.sluice.config.Defaults;
import dev.sluice.config.load.Durations;
import dev.sluice.observe.ExchangeInFlight;
import dev.sluice.observe.ExchangeQuery;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.Cluster.Answer;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Exchanges in flight: those of this node or of all, and one of them by its id, on whichever node it is. */
final class ExchangesEndpoint implements AdminEndpoint {

    private final AdminQueries queries;
    private final NodeQuestion nodes;

    ExchangesEndpoint(AdminQueries queries, Cluster cluster) {
        this.queries = queries;
        nodes = new NodeQuestion(cluster, "exchanges", question -> here(ExchangeJson.query(question)));
    }

    @Override
    public Map<String, String> paths() {
        Map<String, String> paths = new LinkedHashMap<>();
        paths.put(
                "/exchanges",
                "what is in flight, the oldest first: ?route=namespace/name&olderThan=10s&limit="
                        + Defaults.ADMIN_CONNECTIONS + " (at most " + Defaults.MAX_ADMIN_CONNECTIONS
                        + "), ?cluster=true for all nodes");
        paths.put("/exchanges/:id", "what is in flight by that id or x-request-id, on any node");
        return paths;
    }

    @Override
    public void mount(Router router) {
        router.route("/exchanges").handler(this::list);
        router.route("/exchanges/:id").handler(this::find);
    }

    private void list(RoutingContext context) {
        String olderThan = context.request().getParam("olderThan");
        int limit = ConnectionsEndpoint.limit(context.request().getParam("limit"));
        if (limit < 0) {
            AdminReply.error(context, 400, ConnectionsEndpoint.wrongLimit(context));
        } else if (olderThan != null && !Durations.isDuration(olderThan)) {
            AdminReply.error(context, 400, "olderThan=" + olderThan + " (expected: a duration such as 10s)");
        } else {
            ExchangeQuery query = new ExchangeQuery(
                    limit,
                    null,
                    context.request().getParam("route"),
                    olderThan == null ? Duration.ZERO : Durations.parse(olderThan));
            boolean everywhere = "true".equals(context.request().getParam("cluster"));
            nodes.ask(ExchangeJson.of(query), everywhere)
                    .onComplete(answers -> AdminReply.json(context, 200, json(answers, limit)), context::fail);
        }
    }

    private void find(RoutingContext context) {
        String id = context.pathParam("id");
        nodes.ask(ExchangeJson.of(byId(id)), true)
                .onComplete(
                        answers -> {
                            JsonObject found = json(answers, Defaults.MAX_ADMIN_CONNECTIONS);
                            if (found.getJsonArray("exchanges").isEmpty()) {
                                AdminReply.json(context, 404, found.put("error", notFound(id)));
                            } else {
                                AdminReply.json(context, 200, found);
                            }
                        },
                        context::fail);
    }

    private static ExchangeQuery byId(String id) {
        return new ExchangeQuery(Defaults.MAX_ADMIN_CONNECTIONS, id, null, Duration.ZERO);
    }

    private static String notFound(String id) {
        return "exchange=" + id + " (expected: one in flight, as /exchanges?cluster=true lists)";
    }

    private Future<JsonObject> here(ExchangeQuery query) {
        return queries.exchanges()
                .ask(ticket -> new ExchangesRequested(ticket, query))
                .map(answers -> {
                    JsonArray exchanges = new JsonArray();
                    answers.stream()
                            .flatMap(answer -> answer.exchanges().stream())
                            .sorted(Comparator.comparingLong(ExchangeInFlight::ageNanos)
                                    .reversed())
                            .limit(query.limit())
                            .forEach(exchange -> exchanges.add(ExchangeJson.of(exchange)));
                    return new JsonObject()
                            .put("loops", answers.size())
                            .put(
                                    "total",
                                    answers.stream()
                                            .mapToInt(ExchangesListed::total)
                                            .sum())
                            .put("exchanges", exchanges);
                });
    }

    /** Of all nodes, the oldest first; so many of each are here already. */
    private static JsonObject json(List<Answer> answers, int limit) {
        Stream.Builder<JsonObject> all = Stream.builder();
        int[] total = new int[1];
        JsonObject gathered = NodeQuestion.gather(answers, (node, body) -> {
            total[0] += body.getInteger("total");
            for (Object exchange : body.getJsonArray("exchanges")) {
                all.add(new JsonObject().put("node", node).mergeIn((JsonObject) exchange));
            }
        });
        JsonArray exchanges = new JsonArray();
        all.build()
                .sorted(Comparator.comparingDouble((JsonObject exchange) -> exchange.getDouble("ageSeconds"))
                        .reversed())
                .limit(limit)
                .forEach(exchanges::add);
        return gathered.put("total", total[0]).put("exchanges", exchanges);
    }
}
