package dev.sluice.admin;

import dev.sluice.bus.Message.RouteTablePublished;
import dev.sluice.config.ConfigProblem;
import dev.sluice.config.Defaults;
import dev.sluice.config.GatewayConfig;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The configuration in use, and what is wrong with a newer one. */
final class ConfigEndpoint implements AdminEndpoint {

    private final AdminState state;
    private final Pushes pushes;
    private final Function<GatewayConfig, JsonObject> effective;

    /** @param effective writes a configuration with its defaults filled in and its secrets left out */
    ConfigEndpoint(AdminState state, Pushes pushes, Function<GatewayConfig, JsonObject> effective) {
        this.pushes = pushes;
        this.state = state;
        this.effective = effective;
    }

    @Override
    public Map<String, String> paths() {
        Map<String, String> paths = new LinkedHashMap<>();
        paths.put(
                "/config",
                "the configuration in use, defaults filled in; POST offers YAML to all nodes, ?watch=30s&dryRun=true;"
                        + " DELETE goes back to each node's files");
        paths.put("/config/problems", "why the newest configuration is not the one in use");
        return paths;
    }

    @Override
    public Map<String, Set<HttpMethod>> methods() {
        return Map.of("/config", Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST, HttpMethod.DELETE));
    }

    @Override
    public void mount(Router router) {
        router.post("/config")
                .handler(BodyHandler.create(false).setBodyLimit(Defaults.MAX_PUSHED_CONFIG_BYTES))
                .handler(pushes::push);
        router.delete("/config").handler(pushes::withdraw);
        router.route("/config").handler(this::config);
        router.route("/config/problems").handler(this::problems);
    }

    private void config(RoutingContext context) {
        RouteTablePublished published = state.published();
        if (published == null) {
            AdminReply.error(context, 503, "no configuration is in use yet");
            return;
        }
        AdminReply.json(
                context,
                200,
                new JsonObject()
                        .put("version", published.table().version())
                        .put("digest", published.table().digest())
                        .put("config", effective.apply(published.config())));
    }

    private void problems(RoutingContext context) {
        AdminState.Rejection rejection = state.rejection();
        JsonArray problems = new JsonArray();
        JsonObject body = new JsonObject().put("problems", problems);
        if (rejection != null) {
            body.put("since", rejection.since().toString());
            rejection.problems().forEach(problem -> problems.add(json(problem)));
        }
        AdminReply.json(context, 200, body);
    }

    static JsonObject json(ConfigProblem problem) {
        return new JsonObject()
                .put("file", problem.file())
                .put("line", problem.line())
                .put("column", problem.column())
                .put("pointer", problem.pointer())
                .put("message", problem.message());
    }
}
