package dev.sluice.cluster;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * What nodes send each other, {@code {v, type, node, body}}; fields beyond these are for versions to come.
 *
 * @param version of the type, 1 or more
 * @param node who says it
 */
record Envelope(int version, String type, String node, JsonObject body) {

    JsonObject toJson() {
        return new JsonObject()
                .put("v", version)
                .put("type", type)
                .put("node", node)
                .put("body", body);
    }

    /** Null for what is none. */
    static @Nullable Envelope of(@Nullable Object message) {
        if (message instanceof JsonObject json
                && json.getValue("v") instanceof Integer version
                && json.getValue("type") instanceof String type
                && json.getValue("node") instanceof String node
                && json.getValue("body") instanceof JsonObject body) {
            return new Envelope(version, type, node, body);
        }
        return null;
    }
}
