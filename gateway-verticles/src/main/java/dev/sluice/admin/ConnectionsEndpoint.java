package dev.sluice.admin;

import dev.sluice.bus.Message.ConnectionsListed;
import dev.sluice.bus.Message.ConnectionsRequested;
import dev.sluice.config.Defaults;
import dev.sluice.observe.ConnectionRecord;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The clients' open connections, some of them. */
final class ConnectionsEndpoint implements AdminEndpoint {

    private static final double NANOS_PER_SECOND = 1e9;

    private final AdminQueries queries;
    private final AdminState state;

    ConnectionsEndpoint(AdminQueries queries, AdminState state) {
        this.queries = queries;
        this.state = state;
    }

    @Override
    public Map<String, String> paths() {
        return Map.of(
                "/connections",
                "clients' open connections, ?limit=" + Defaults.ADMIN_CONNECTIONS + " (at most "
                        + Defaults.MAX_ADMIN_CONNECTIONS + ")");
    }

    @Override
    public void mount(Router router) {
        router.route("/connections").handler(this::connections);
    }

    private void connections(RoutingContext context) {
        int limit = limit(context.request().getParam("limit"));
        if (limit < 0) {
            AdminReply.error(context, 400, wrongLimit(context));
            return;
        }
        queries.connections()
                .ask(ticket -> new ConnectionsRequested(ticket, limit))
                .onComplete(answers -> AdminReply.json(context, 200, json(answers, limit)), context::fail);
    }

    /** -1 for what is none. */
    static int limit(@Nullable String given) {
        if (given == null) {
            return Defaults.ADMIN_CONNECTIONS;
        }
        try {
            int limit = Integer.parseInt(given);
            return limit <= Defaults.MAX_ADMIN_CONNECTIONS ? limit : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    static String wrongLimit(RoutingContext context) {
        return "limit=" + context.request().getParam("limit") + " (expected: 0.." + Defaults.MAX_ADMIN_CONNECTIONS
                + ")";
    }

    private JsonObject json(List<ConnectionsListed> answers, int limit) {
        JsonArray connections = new JsonArray();
        answers.stream()
                .flatMap(answer -> answer.connections().stream())
                .sorted(Comparator.comparingLong(ConnectionRecord::openedNanos))
                .limit(limit)
                .forEach(connection -> connections.add(json(connection)));
        return new JsonObject()
                .put(
                        "total",
                        answers.stream().mapToInt(ConnectionsListed::total).sum())
                .put("loops", answers.size())
                .put(
                        "penalised",
                        new JsonArray(state.penalised().stream().sorted().toList()))
                .put("connections", connections);
    }

    private static JsonObject json(ConnectionRecord connection) {
        JsonObject json = new JsonObject()
                .put("id", connection.id())
                .put("protocol", connection.protocol().alpnName())
                .put("remote", connection.remote())
                .put("local", connection.local());
        putUnlessNull(json, "tls", connection.tlsVersion());
        putUnlessNull(json, "serverName", connection.serverName());
        putUnlessNull(json, "alpn", connection.alpn());
        json.put("ageSeconds", (System.nanoTime() - connection.openedNanos()) / NANOS_PER_SECOND)
                .put("requests", connection.requests())
                .put("inFlight", connection.inFlight());
        if (connection.idleNanos() >= 0) {
            json.put("idleSeconds", connection.idleNanos() / NANOS_PER_SECOND);
        }
        return json;
    }

    private static void putUnlessNull(JsonObject json, String name, @Nullable String value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
