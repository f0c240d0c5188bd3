package dev.sluice.admin;

import dev.sluice.bus.Message.Cut;
import dev.sluice.bus.Message.CutAnswered;
import dev.sluice.bus.Message.CutRequested;
import dev.sluice.spi.Cluster;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Ends one exchange, or one client's connection, on whichever node it is: ids are unique in the cluster. */
final class CutEndpoint implements AdminEndpoint {

    private static final String EXCHANGE = "/exchanges/:id/reset";
    private static final String CONNECTION = "/connections/:id/close";

    private final AdminQueries queries;
    private final NodeQuestion nodes;

    CutEndpoint(AdminQueries queries, Cluster cluster) {
        this.queries = queries;
        nodes = new NodeQuestion(cluster, "cut", this::here);
    }

    @Override
    public Map<String, String> paths() {
        Map<String, String> paths = new LinkedHashMap<>();
        paths.put(EXCHANGE, "POST ends an exchange by its id (not its x-request-id), on any node");
        paths.put(CONNECTION, "POST closes a client's connection with all that is in flight on it, on any node");
        return paths;
    }

    @Override
    public Map<String, Set<HttpMethod>> methods() {
        return Map.of(EXCHANGE, Set.of(HttpMethod.POST), CONNECTION, Set.of(HttpMethod.POST));
    }

    @Override
    public void mount(Router router) {
        router.post(EXCHANGE).handler(context -> cut(context, Cut.EXCHANGE));
        router.post(CONNECTION).handler(context -> cut(context, Cut.CONNECTION));
    }

    private void cut(RoutingContext context, Cut what) {
        String id = context.pathParam("id");
        String name = what.name().toLowerCase(Locale.ROOT);
        nodes.ask(new JsonObject().put("what", name).put("id", id), true)
                .onComplete(
                        answers -> {
                            JsonObject reply = new JsonObject().put(name, id);
                            JsonObject gathered = NodeQuestion.gather(answers, (node, body) -> {
                                if (body.getBoolean("found")) {
                                    reply.put("node", node);
                                }
                            });
                            if (reply.containsKey("node")) {
                                AdminReply.json(context, 200, reply);
                            } else {
                                String expected = " (expected: the id of one in /" + name + "s of a node)";
                                AdminReply.json(context, 404, gathered.put("error", name + "=" + id + expected));
                            }
                        },
                        context::fail);
    }

    private Future<JsonObject> here(JsonObject question) {
        Cut what = Cut.valueOf(question.getString("what").toUpperCase(Locale.ROOT));
        String id = question.getString("id");
        return queries.cuts().ask(ticket -> new CutRequested(ticket, what, id)).map(answers -> new JsonObject()
                .put("found", answers.stream().anyMatch(CutAnswered::found)));
    }
}
