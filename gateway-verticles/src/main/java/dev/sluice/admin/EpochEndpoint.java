package dev.sluice.admin;

import dev.sluice.bus.Message.NodesSeen;
import dev.sluice.epoch.Epoch;
import dev.sluice.epoch.EpochStatus;
import dev.sluice.epoch.EpochStatus.Watched;
import dev.sluice.spi.NodeFact;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** What the nodes have agreed upon, and which of them have it. */
final class EpochEndpoint implements AdminEndpoint {

    private final AdminState state;

    EpochEndpoint(AdminState state) {
        this.state = state;
    }

    @Override
    public Map<String, String> paths() {
        return Map.of("/config/epoch", "the epoch in use: where it came from, its watch, who has it");
    }

    @Override
    public void mount(Router router) {
        router.route("/config/epoch").handler(this::show);
    }

    private void show(RoutingContext context) {
        EpochStatus status = state.epoch();
        NodesSeen seen = state.nodes();
        if (status == null || seen == null) {
            AdminReply.error(context, 503, "the gateway is starting");
            return;
        }
        Epoch epoch = status.epoch();
        JsonObject json = new JsonObject()
                .put("epoch", epoch.number())
                .put("origin", epoch.origin().label())
                .put("proposer", epoch.proposer())
                .put("since", epoch.since().toString())
                .put("replaces", epoch.replaces())
                .put("files", epoch.text() == null)
                .put("reason", epoch.reason())
                .put("errors", new JsonArray(status.errors()));
        if (!status.behind().isEmpty()) {
            json.put("behind", status.behind());
        }
        Watched watch = status.watch();
        if (watch != null) {
            json.put(
                    "watch",
                    new JsonObject()
                            .put("remainingMillis", watch.remainingMillis())
                            .put("requests", watch.requests())
                            .put("errors", watch.errors())
                            .put("errorShareBefore", watch.shareBefore()));
        }
        JsonArray nodes = new JsonArray();
        seen.nodes().forEach(node -> nodes.add(json(node, epoch)));
        seen.silent().forEach(id -> nodes.add(new JsonObject().put("id", id).put("state", "silent")));
        AdminReply.json(context, 200, json.put("nodes", nodes));
    }

    private static JsonObject json(NodeFact node, Epoch epoch) {
        boolean isSame =
                node.configEpoch() == epoch.number() && node.configText().equals(epoch.textDigest());
        return new JsonObject()
                .put("id", node.id())
                .put("state", isSame ? "active" : node.configEpoch() > epoch.number() ? "ahead" : "behind")
                .put("epoch", node.configEpoch())
                .put("digest", node.configDigest());
    }
}
