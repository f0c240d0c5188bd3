package dev.sluice.admin;

import dev.sluice.bus.Message.DrainRequested;
import dev.sluice.bus.Message.ProgressListed;
import dev.sluice.bus.Message.ProgressRequested;
import dev.sluice.bus.Message.UndrainRequested;
import dev.sluice.drain.DrainPhase;
import dev.sluice.drain.DrainProgress;
import dev.sluice.spi.Cluster;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** How the node, or another of its cluster, is taken out, and how far that is. */
final class DrainEndpoint implements AdminEndpoint {

    private final AdminQueries queries;
    private final AdminState state;
    private final Cluster cluster;
    private final NodeQuestion nodes;

    /** What a node is asked; by its label in questions. */
    private enum Wish {
        SHOW,
        BEGIN,
        CALL_OFF;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Wish of(String label) {
            return valueOf(label.toUpperCase(Locale.ROOT));
        }
    }

    DrainEndpoint(AdminQueries queries, AdminState state, Cluster cluster) {
        this.queries = queries;
        this.state = state;
        this.cluster = cluster;
        nodes = new NodeQuestion(
                cluster, "drain", question -> here(Wish.of(question.getString("wish")), DrainTimes.of(question))
                        .map(Outcome::toJson));
    }

    /**
     * What came of it.
     *
     * @param status of HTTP
     */
    private record Outcome(int status, JsonObject body) {

        JsonObject toJson() {
            return new JsonObject().put("status", status).put("body", body);
        }

        static Outcome of(JsonObject json) {
            return new Outcome(json.getInteger("status"), json.getJsonObject("body"));
        }
    }

    @Override
    public Map<String, String> paths() {
        Map<String, String> paths = new LinkedHashMap<>();
        paths.put(
                "/drain",
                "the drain's phase and what is left; POST begins one, ?lameDuck=10s&deadline=30s; DELETE calls it off;"
                        + " ?node=ID for another node");
        paths.put("/undrain", "POST serves again, while everything is still accepted; ?node=ID for another node");
        return paths;
    }

    @Override
    public Map<String, Set<HttpMethod>> methods() {
        return Map.of(
                "/drain", Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST, HttpMethod.DELETE),
                "/undrain", Set.of(HttpMethod.POST));
    }

    @Override
    public void mount(Router router) {
        router.post("/drain").handler(context -> fulfil(context, Wish.BEGIN));
        router.delete("/drain").handler(context -> fulfil(context, Wish.CALL_OFF));
        router.post("/undrain").handler(context -> fulfil(context, Wish.CALL_OFF));
        router.route("/drain").handler(context -> fulfil(context, Wish.SHOW));
    }

    private void fulfil(RoutingContext context, Wish wish) {
        DrainTimes times = DrainTimes.of(context.request());
        String node = context.request().getParam("node");
        if (node == null || times.problem() != null) {
            here(wish, times).onComplete(outcome -> reply(context, outcome), context::fail);
        } else if (!cluster.members().contains(node)) {
            String known = String.join(", ", cluster.members());
            AdminReply.error(context, 404, "node=" + node + " (expected: one of " + known + ")");
        } else {
            nodes.ask(node, times.toJson().put("wish", wish.label()))
                    .map(Outcome::of)
                    .onComplete(
                            outcome -> reply(context, outcome),
                            failure -> AdminReply.error(context, 504, "node=" + node + ": " + failure.getMessage()));
        }
    }

    private static void reply(RoutingContext context, Outcome outcome) {
        AdminReply.json(context, outcome.status(), outcome.body());
    }

    private Future<Outcome> here(Wish wish, DrainTimes times) {
        if (times.problem() != null) {
            return Future.succeededFuture(new Outcome(400, new JsonObject().put("error", times.problem())));
        }
        return switch (wish) {
            case SHOW -> show(200);
            case BEGIN -> {
                queries.tell(new DrainRequested(times.lameDuck(), times.deadline()));
                yield show(202);
            }
            case CALL_OFF -> callOff();
        };
    }

    private Future<Outcome> callOff() {
        DrainPhase phase = state.drain().phase();
        if (phase == DrainPhase.SERVING || phase.revocable()) {
            queries.tell(new UndrainRequested());
            return show(202);
        }
        String problem = "phase=" + label(phase) + " (expected: waiting or announcing)";
        return Future.succeededFuture(new Outcome(409, new JsonObject().put("error", problem)));
    }

    /** What was told a moment ago is in effect when the event loops have answered. */
    private Future<Outcome> show(int status) {
        return queries.progress().ask(ProgressRequested::new).map(answers -> {
            DrainProgress progress = answers.stream()
                    .map(ProgressListed::progress)
                    .reduce(new DrainProgress.Counts().progress(), DrainProgress::plus);
            return new Outcome(
                    status, json(state.drain(), progress, Instant.now()).put("node", cluster.self()));
        });
    }

    static JsonObject json(AdminState.Drain drain, DrainProgress progress, Instant now) {
        JsonObject json = new JsonObject()
                .put("phase", label(drain.phase()))
                .put("since", drain.since().toString());
        if (drain.phase() != DrainPhase.SERVING) {
            Duration passed = Duration.between(drain.since(), now);
            json.put("remainingMillis", left(drain.remaining(), passed))
                    .put("acceptingMillis", left(drain.accepting(), passed));
        }
        return json.put("inFlight", json(progress.inFlight())).put("connections", json(progress.connections()));
    }

    private static JsonObject json(Map<DrainProgress.Kind, Integer> counts) {
        JsonObject json = new JsonObject();
        counts.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(count -> json.put(count.getKey().label(), count.getValue()));
        return json;
    }

    private static long left(Duration of, Duration passed) {
        return Math.max(0, of.minus(passed).toMillis());
    }

    private static String label(DrainPhase phase) {
        return phase.name().toLowerCase(Locale.ROOT);
    }
}
