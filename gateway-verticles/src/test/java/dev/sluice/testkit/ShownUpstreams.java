package dev.sluice.testkit;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** What a gateway's {@code /upstreams} says of its backend {@code default/app}. */
public final class ShownUpstreams {

    private final TestGateway gateway;

    public ShownUpstreams(TestGateway gateway) {
        this.gateway = gateway;
    }

    /** The backend. */
    public JsonObject app() {
        RawResponse response = gateway.admin("/upstreams?backend=default/app");
        if (response.status() != 200) {
            throw new AssertionError(response.text());
        }
        return new JsonObject(response.text()).getJsonArray("upstreams").getJsonObject(0);
    }

    /** Its endpoints, in their order. */
    public List<JsonObject> endpoints() {
        List<JsonObject> endpoints = new ArrayList<>();
        JsonArray shown = app().getJsonArray("endpoints");
        for (int i = 0; i < shown.size(); i++) {
            endpoints.add(shown.getJsonObject(i));
        }
        return endpoints;
    }

    /** Their addresses. */
    public List<String> addresses() {
        return endpoints().stream()
                .map(endpoint -> endpoint.getString("address"))
                .toList();
    }

    /** The endpoint with this port. */
    public JsonObject endpoint(int port) {
        return endpoints().stream()
                .filter(endpoint -> endpoint.getString("address").endsWith(":" + port))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no endpoint with port " + port));
    }

    /** Its state of health. */
    public String state(int port) {
        return endpoint(port).getJsonObject("health").getString("state");
    }

    /** Waits for it. */
    public void awaitState(int port, String state) {
        Eventually.holds("the endpoint with port " + port + " is " + state, () -> state(port)
                .equals(state));
    }
}
