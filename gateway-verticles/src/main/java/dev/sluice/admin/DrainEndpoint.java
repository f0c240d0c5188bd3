package dev.sluice.admin;

import dev.sluice.bus.Message.DrainRequested;
import dev.sluice.bus.Message.ProgressListed;
import dev.sluice.bus.Message.ProgressRequested;
import dev.sluice.bus.Message.UndrainRequested;
import dev.sluice.drain.DrainPhase;
import dev.sluice.drain.DrainProgress;
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

/** How the node is taken out, and how far that is. */
final class DrainEndpoint implements AdminEndpoint {

    private final AdminQueries queries;
    private final AdminState state;

    DrainEndpoint(AdminQueries queries, AdminState state) {
        this.queries = queries;
        this.state = state;
    }

    @Override
    public Map<String, String> paths() {
        Map<String, String> paths = new LinkedHashMap<>();
        paths.put(
                "/drain",
                "the drain's phase and what is left; POST begins one, ?lameDuck=10s&deadline=30s; DELETE calls it off");
        paths.put("/undrain", "POST serves again, while everything is still accepted");
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
        router.post("/drain").handler(this::begin);
        router.delete("/drain").handler(this::callOff);
        router.post("/undrain").handler(this::callOff);
        router.route("/drain").handler(context -> show(context, 200));
    }

    private void begin(RoutingContext context) {
        DrainTimes times = DrainTimes.of(context.request());
        if (times.problem() != null) {
            AdminReply.error(context, 400, times.problem());
        } else {
            queries.tell(new DrainRequested(times.lameDuck(), times.deadline()));
            show(context, 202);
        }
    }

    private void callOff(RoutingContext context) {
        DrainPhase phase = state.drain().phase();
        if (phase == DrainPhase.SERVING || phase.revocable()) {
            queries.tell(new UndrainRequested());
            show(context, 202);
        } else {
            AdminReply.error(context, 409, "phase=" + label(phase) + " (expected: waiting or announcing)");
        }
    }

    /** What was told a moment ago is in effect when the event loops have answered. */
    private void show(RoutingContext context, int status) {
        queries.progress()
                .ask(ProgressRequested::new)
                .onComplete(
                        answers -> {
                            DrainProgress progress = answers.stream()
                                    .map(ProgressListed::progress)
                                    .reduce(new DrainProgress.Counts().progress(), DrainProgress::plus);
                            AdminReply.json(context, status, json(state.drain(), progress, Instant.now()));
                        },
                        context::fail);
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
