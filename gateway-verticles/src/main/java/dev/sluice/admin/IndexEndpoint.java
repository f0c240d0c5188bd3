package dev.sluice.admin;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.Map;

/** What else there is. */
final class IndexEndpoint implements AdminEndpoint {

    private final JsonObject index = new JsonObject();

    IndexEndpoint(List<AdminEndpoint> others) {
        others.forEach(endpoint -> endpoint.paths().forEach(index::put));
    }

    @Override
    public Map<String, String> paths() {
        return Map.of("/", "this list");
    }

    @Override
    public void mount(Router router) {
        router.route("/").handler(context -> AdminReply.json(context, 200, index));
    }
}
