package dev.sluice.config.load;

import dev.sluice.config.ClusterSettings;
import dev.sluice.config.ClusterSettings.MaxDraining;
import dev.sluice.config.ClusterSettings.NodeAddress;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** {@code Bootstrap spec.cluster} with its defaults filled in and its secret left out. */
final class EffectiveCluster {

    private EffectiveCluster() {}

    static JsonObject of(ClusterSettings cluster) {
        JsonObject shown = new JsonObject().put("name", cluster.name());
        if (cluster.bind() != null) {
            shown.put("bind", cluster.bind().toString());
        }
        shown.put("busPort", cluster.busPort()).put("allowPublicBind", cluster.allowPublicBind());
        if (cluster.service().isEmpty()) {
            shown.put(
                    "members",
                    new JsonArray(cluster.members().stream()
                            .map(NodeAddress::toString)
                            .toList()));
        } else {
            shown.put("kubernetes", new JsonObject().put("service", cluster.service()));
        }
        MaxDraining draining = cluster.maxDraining();
        return shown.put("secret", EffectiveConfig.REDACTED)
                .put("maxDraining", draining.nodes() > 0 ? draining.nodes() : draining.percent() + "%")
                .put("sharedHealth", cluster.sharedHealth());
    }
}
