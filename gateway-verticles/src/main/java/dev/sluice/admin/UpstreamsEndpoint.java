package dev.sluice.admin;

import dev.sluice.bus.Message.EndpointsListed;
import dev.sluice.bus.Message.EndpointsRequested;
import dev.sluice.bus.Message.RouteTablePublished;
import dev.sluice.bus.Message.UpstreamsListed;
import dev.sluice.bus.Message.UpstreamsRequested;
import dev.sluice.config.Backend;
import dev.sluice.config.ResourceKey;
import dev.sluice.health.EndpointRecord;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The backends in use: their endpoints, how they are, and what each event loop is doing with them. */
final class UpstreamsEndpoint implements AdminEndpoint {

    private final AdminQueries queries;
    private final AdminState state;

    UpstreamsEndpoint(AdminQueries queries, AdminState state) {
        this.queries = queries;
        this.state = state;
    }

    @Override
    public Map<String, String> paths() {
        return Map.of("/upstreams", "backends, their endpoints and how they are, ?backend=namespace/name for one");
    }

    @Override
    public void mount(Router router) {
        router.route("/upstreams").handler(this::upstreams);
    }

    private void upstreams(RoutingContext context) {
        RouteTablePublished published = state.published();
        if (published == null) {
            AdminReply.error(context, 503, "no configuration is in use yet");
            return;
        }
        String asked = context.request().getParam("backend");
        List<Backend> backends = published.table().backends().values().stream()
                .filter(backend -> asked == null || backend.key().toString().equals(asked))
                .sorted(Comparator.comparing(backend -> backend.key().toString()))
                .toList();
        if (asked != null && backends.isEmpty()) {
            AdminReply.error(context, 404, "backend=" + asked + " (expected: namespace/name of one in use)");
            return;
        }
        Future<List<EndpointsListed>> known = queries.endpoints().ask(EndpointsRequested::new);
        Future<List<UpstreamsListed>> used = queries.upstreams().ask(UpstreamsRequested::new);
        Future.all(known, used)
                .onComplete(
                        done -> AdminReply.json(context, 200, json(published, backends, known.result(), used.result())),
                        context::fail);
    }

    private static JsonObject json(
            RouteTablePublished published,
            List<Backend> backends,
            List<EndpointsListed> known,
            List<UpstreamsListed> used) {
        List<LoopUse> loops = LoopUse.of(used);
        JsonArray shown = new JsonArray();
        for (Backend backend : backends) {
            List<EndpointRecord> endpoints = known.stream()
                    .map(answer -> endpoints(answer, backend.key()))
                    .findFirst()
                    .orElse(List.of());
            shown.add(
                    new UpstreamJson(backend, published.table().upstreamTerms(backend.key()), endpoints, loops).json());
        }
        return new JsonObject().put("loops", used.size()).put("upstreams", shown);
    }

    private static List<EndpointRecord> endpoints(EndpointsListed answer, ResourceKey backend) {
        @Nullable List<EndpointRecord> endpoints = answer.endpoints().get(backend);
        return endpoints == null ? List.of() : endpoints;
    }
}
