package dev.sluice.admin;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Kubernetes' three probes. */
final class HealthEndpoint implements AdminEndpoint {

    private final AdminState state;

    HealthEndpoint(AdminState state) {
        this.state = state;
    }

    @Override
    public Map<String, String> paths() {
        Map<String, String> paths = new LinkedHashMap<>();
        paths.put("/livez", "200 while the process answers");
        paths.put("/readyz", "200 when new traffic is welcome, 503 with a reason while warming or draining");
        paths.put("/startedz", "200 once the first configuration is served by every event loop");
        return paths;
    }

    @Override
    public void mount(Router router) {
        router.route("/livez").handler(context -> probe(context, null));
        router.route("/readyz").handler(context -> probe(context, state.unreadyReason()));
        router.route("/startedz").handler(context -> probe(context, state.isStarted() ? null : "warming"));
    }

    private static void probe(RoutingContext context, @Nullable String reason) {
        if (reason == null) {
            AdminReply.json(context, 200, new JsonObject().put("status", "ok"));
        } else {
            AdminReply.json(
                    context, 503, new JsonObject().put("status", "unavailable").put("reason", reason));
        }
    }
}
