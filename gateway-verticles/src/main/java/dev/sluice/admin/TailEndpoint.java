package dev.sluice.admin;

import dev.sluice.bus.Message.TailPolled;
import dev.sluice.bus.Message.TailRequested;
import dev.sluice.config.Defaults;
import dev.sluice.observe.ExchangeInFlight;
import dev.sluice.observe.TailFilter;
import dev.sluice.observe.TailLine;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.Cluster.Answer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Requests as they end, a line of JSON each, until the client goes away. The event loops, and with them other nodes, are
 * asked again and again for what is new; they forget a tail that is not asked for any more.
 */
final class TailEndpoint implements AdminEndpoint {

    private static final double NANOS_PER_MILLI = 1e6;

    private final Vertx vertx;
    private final AdminQueries queries;
    private final Cluster cluster;
    private final NodeQuestion nodes;
    private long tails;

    TailEndpoint(Vertx vertx, AdminQueries queries, Cluster cluster) {
        this.vertx = vertx;
        this.queries = queries;
        this.cluster = cluster;
        nodes = new NodeQuestion(cluster, "tail", this::here);
    }

    @Override
    public Map<String, String> paths() {
        return Map.of(
                "/tail",
                "requests as they end: ?route=namespace/name&status=5xx&client=IP&path=/prefix&sample=0.1,"
                        + " ?cluster=true for all nodes");
    }

    @Override
    public void mount(Router router) {
        router.route("/tail").handler(this::tail);
    }

    private void tail(RoutingContext context) {
        TailFilter filter;
        try {
            filter = TailQuery.of(context.request());
        } catch (IllegalArgumentException wrong) {
            AdminReply.error(context, 400, String.valueOf(wrong.getMessage()));
            return;
        }
        HttpServerResponse response = context.response()
                .setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/x-ndjson")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .putHeader("x-content-type-options", "nosniff");
        if (context.request().method().equals(HttpMethod.HEAD)) {
            var unused = response.end();
            return;
        }
        boolean everywhere = "true".equals(context.request().getParam("cluster"));
        JsonObject question = TailQuery.json(cluster.self() + "-" + tails++, filter);
        nodes.ask(question, everywhere).onComplete(begun -> follow(response, question, everywhere), context::fail);
    }

    /** From when the head is out, whatever ends is shown. */
    private void follow(HttpServerResponse response, JsonObject question, boolean everywhere) {
        if (response.closed()) {
            return;
        }
        var unusedHead = response.writeHead();
        boolean[] asking = new boolean[1];
        long timer = vertx.setPeriodic(Defaults.TAIL_POLL.toMillis(), id -> {
            // Who reads too slowly is asked for less: what he misses the loops count.
            if (!asking[0] && !response.writeQueueFull()) {
                asking[0] = true;
                nodes.ask(question, everywhere).onComplete((answers, error) -> {
                    asking[0] = false;
                    if (error == null && !response.closed()) {
                        write(response, answers);
                    }
                });
            }
        });
        var unusedClose = response.closeHandler(v -> vertx.cancelTimer(timer));
        var unusedError = response.exceptionHandler(error -> vertx.cancelTimer(timer));
    }

    /** In the order in which they began; then what is missing. */
    private static void write(HttpServerResponse response, List<Answer> answers) {
        Stream.Builder<JsonObject> lines = Stream.builder();
        Stream.Builder<JsonObject> missing = Stream.builder();
        JsonObject gathered = NodeQuestion.gather(answers, (node, body) -> {
            for (Object line : body.getJsonArray("lines")) {
                lines.add(new JsonObject().put("node", node).mergeIn((JsonObject) line));
            }
            if (body.getLong("dropped") > 0) {
                missing.add(new JsonObject().put("node", node).put("dropped", body.getLong("dropped")));
            }
            if (body.getBoolean("refused")) {
                missing.add(new JsonObject()
                        .put("node", node)
                        .put("error", "too many tails (expected: at most " + Defaults.MAX_TAILS + ")"));
            }
        });
        gathered.getJsonArray("unanswered").forEach(node -> missing.add((JsonObject) node));
        StringBuilder text = new StringBuilder();
        Stream.concat(
                        lines.build().sorted(Comparator.comparing((JsonObject line) -> line.getString("time"))),
                        missing.build())
                .forEach(line -> text.append(line.encode()).append('\n'));
        if (!text.isEmpty()) {
            var unused = response.write(text.toString());
        }
    }

    private Future<JsonObject> here(JsonObject question) {
        TailFilter filter = TailQuery.filter(question);
        String id = question.getString("id");
        return queries.tails()
                .ask(ticket -> new TailRequested(ticket, id, filter))
                .map(answers -> {
                    JsonArray lines = new JsonArray();
                    answers.forEach(answer -> answer.batch().lines().forEach(line -> lines.add(json(line))));
                    return new JsonObject()
                            .put("lines", lines)
                            .put(
                                    "dropped",
                                    answers.stream()
                                            .mapToLong(answer -> answer.batch().dropped())
                                            .sum())
                            .put(
                                    "refused",
                                    answers.stream().map(TailPolled::batch).anyMatch(batch -> batch.refused()));
                });
    }

    private static JsonObject json(TailLine line) {
        JsonObject json = new JsonObject()
                .put("time", Instant.ofEpochMilli(line.startMillis()).toString())
                .put("id", ExchangeInFlight.id(line.connectionId(), line.number()))
                .put("requestId", line.requestId())
                .put("client", line.client())
                .put("protocol", line.protocol().alpnName())
                .put("method", line.method())
                .put("authority", line.authority())
                .put("target", line.target())
                .put("status", line.status())
                .put("millis", line.durationNanos() / NANOS_PER_MILLI)
                .put("bytesReceived", line.bytesReceived())
                .put("bytesSent", line.bytesSent())
                .put("tries", line.tries());
        ExchangeJson.putUnlessNull(json, "route", line.route());
        ExchangeJson.putUnlessNull(json, "backend", line.backend());
        ExchangeJson.putUnlessNull(json, "endpoint", line.endpoint());
        ExchangeJson.putUnlessNull(json, "error", line.failure());
        ExchangeJson.putUnlessNull(json, "detail", line.detail());
        return json;
    }
}
