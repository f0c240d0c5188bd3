package dev.sluice.admin;

import dev.sluice.bus.Message.NodesSeen;
import dev.sluice.spi.NodeFact;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** All gateways that act as one, as this one sees them. */
final class ClusterEndpoint implements AdminEndpoint {

    private final AdminState state;

    ClusterEndpoint(AdminState state) {
        this.state = state;
    }

    @Override
    public Map<String, String> paths() {
        return Map.of("/cluster", "the cluster's nodes: phase, configuration, traffic");
    }

    @Override
    public void mount(Router router) {
        router.route("/cluster").handler(this::cluster);
    }

    private void cluster(RoutingContext context) {
        NodesSeen seen = state.nodes();
        if (seen == null) {
            AdminReply.error(context, 503, "the gateway is starting");
            return;
        }
        JsonArray nodes = new JsonArray();
        seen.nodes().forEach(node -> nodes.add(json(node)));
        // In sight, but not heard of: it is starting, of another version, or in trouble.
        seen.silent().forEach(id -> nodes.add(new JsonObject().put("id", id).put("phase", "silent")));
        AdminReply.json(
                context,
                200,
                new JsonObject()
                        .put("self", seen.self())
                        .put("clustered", seen.isClustered())
                        .put("degraded", seen.isDegraded())
                        .put("configDiffers", differs(seen))
                        .put("nodes", nodes));
    }

    /** Nodes that have no configuration yet are no others. */
    private static boolean differs(NodesSeen seen) {
        return seen.nodes().stream()
                        .map(NodeFact::configDigest)
                        .filter(digest -> !digest.isEmpty())
                        .distinct()
                        .count()
                > 1;
    }

    private static JsonObject json(NodeFact node) {
        JsonObject json = new JsonObject().put("id", node.id());
        return json.mergeIn(node.toJson());
    }
}
