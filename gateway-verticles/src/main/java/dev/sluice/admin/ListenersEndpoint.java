package dev.sluice.admin;

import dev.sluice.bus.Message.BoundSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** What is bound. */
final class ListenersEndpoint implements AdminEndpoint {

    private final AdminState state;

    ListenersEndpoint(AdminState state) {
        this.state = state;
    }

    @Override
    public Map<String, String> paths() {
        return Map.of("/listeners", "the open sockets, and those that could not be opened");
    }

    @Override
    public void mount(Router router) {
        router.route("/listeners").handler(this::listeners);
    }

    private void listeners(RoutingContext context) {
        JsonArray sockets = new JsonArray();
        state.sockets().forEach(socket -> sockets.add(json(socket)));
        AdminReply.json(
                context,
                200,
                new JsonObject()
                        .put("sockets", sockets)
                        .put(
                                "draining",
                                new JsonArray(state.drainingListeners().stream()
                                        .sorted()
                                        .toList()))
                        .put("errors", new JsonArray(state.socketErrors())));
    }

    private static JsonObject json(BoundSocket socket) {
        return new JsonObject()
                .put("listeners", new JsonArray(socket.listeners()))
                .put("host", socket.host())
                .put("port", socket.port())
                .put("protocols", new JsonArray(socket.protocols()))
                .put("tls", socket.tls());
    }
}
