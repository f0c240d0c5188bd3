package dev.sluice.admin;

import dev.sluice.bus.Message.PushAnswered;
import dev.sluice.bus.Message.PushRequested;
import dev.sluice.config.ConfigProblem;
import dev.sluice.config.Defaults;
import dev.sluice.config.load.Durations;
import dev.sluice.epoch.NodeVerdict;
import dev.sluice.epoch.Push;
import dev.sluice.epoch.PushOutcome;
import dev.sluice.epoch.PushOutcome.Result;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Offers a configuration to all nodes, and answers when they have agreed or not. */
final class Pushes {

    private final AdminQueries queries;

    Pushes(AdminQueries queries) {
        this.queries = queries;
    }

    /** The body is YAML documents. */
    void push(RoutingContext context) {
        Buffer body = context.body().buffer();
        if (body == null || body.length() == 0) {
            AdminReply.error(context, 400, "the body is empty (expected: YAML documents)");
            return;
        }
        try {
            offer(
                    context,
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(body.getBytes()))
                            .toString());
        } catch (CharacterCodingException e) {
            AdminReply.error(context, 400, "the body is not UTF-8 text (expected: YAML documents)");
        }
    }

    /** Goes back to each node's files. */
    void withdraw(RoutingContext context) {
        offer(context, null);
    }

    private void offer(RoutingContext context, @Nullable String text) {
        String watch = context.request().getParam("watch");
        Duration window = watch == null ? Defaults.PUSH_WATCH : duration(watch);
        String dryRun = context.request().getParam("dryRun", "false");
        if (window == null) {
            AdminReply.error(
                    context,
                    400,
                    "watch=" + watch + " (expected: a duration such as 30s, at most "
                            + Defaults.MAX_PUSH_WATCH.toHours() + "h; 0s for none)");
        } else if (!dryRun.equals("true") && !dryRun.equals("false")) {
            AdminReply.error(context, 400, "dryRun=" + dryRun + " (expected: true or false)");
        } else {
            Push push = new Push(text, window, dryRun.equals("true"));
            queries.pushes()
                    .ask(ticket -> new PushRequested(ticket, push))
                    .onComplete(
                            answers -> {
                                if (answers.isEmpty()) {
                                    AdminReply.error(context, 503, "no outcome yet; GET /config/epoch shows it");
                                } else {
                                    PushAnswered answer = answers.get(0);
                                    AdminReply.json(context, status(answer.outcome()), json(answer.outcome()));
                                }
                            },
                            context::fail);
        }
    }

    /** Null for what is none, or too long. */
    private static @Nullable Duration duration(String text) {
        Duration duration = Durations.isDuration(text) ? Durations.parse(text) : null;
        return duration == null || duration.compareTo(Defaults.MAX_PUSH_WATCH) > 0 ? null : duration;
    }

    private static int status(PushOutcome outcome) {
        return switch (outcome.result()) {
            case ACTIVATED, VALID -> 200;
            case REFUSED, ROLLED_BACK -> 422;
            case CONFLICT -> 409;
            case UNANSWERED -> 503;
        };
    }

    private static JsonObject json(PushOutcome outcome) {
        JsonObject json = new JsonObject().put("result", outcome.result().label());
        if (!outcome.reason().isEmpty()) {
            json.put("error", outcome.reason());
        }
        if (outcome.epoch() > 0 && (outcome.result() == Result.ACTIVATED || outcome.result() == Result.ROLLED_BACK)) {
            json.put("epoch", outcome.epoch());
        }
        JsonArray nodes = new JsonArray();
        // What several nodes say is one problem.
        Map<ConfigProblem, JsonArray> problems = new LinkedHashMap<>();
        for (NodeVerdict verdict : outcome.nodes()) {
            JsonObject node = new JsonObject()
                    .put("id", verdict.node())
                    .put("answer", verdict.answer().name().toLowerCase(Locale.ROOT));
            if (!verdict.digest().isEmpty()) {
                node.put("digest", verdict.digest());
            }
            if (!verdict.reason().isEmpty()) {
                node.put("reason", verdict.reason());
            }
            nodes.add(node);
            for (ConfigProblem problem : verdict.problems()) {
                problems.computeIfAbsent(problem, p -> new JsonArray()).add(verdict.node());
            }
        }
        JsonArray listed = new JsonArray();
        problems.forEach(
                (problem, of) -> listed.add(ConfigEndpoint.json(problem).put("nodes", of)));
        return json.put("nodes", nodes).put("problems", listed);
    }
}
