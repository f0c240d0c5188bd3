package dev.sluice.admin;

import dev.sluice.config.Backend;
import dev.sluice.config.UpstreamTerms;
import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.config.UpstreamTerms.Outliers;
import dev.sluice.health.EndpointRecord;
import dev.sluice.health.EndpointRecord.LastProbe;
import dev.sluice.upstream.Endpoint;
import dev.sluice.upstream.EndpointHealth;
import dev.sluice.upstream.EndpointView;
import dev.sluice.upstream.UpstreamRecord.Use;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One backend as {@code /upstreams} shows it. */
final class UpstreamJson {

    private final Backend backend;
    private final UpstreamTerms terms;
    private final List<EndpointRecord> endpoints;
    private final List<LoopUse> loops;
    /** By loop, in the same order. */
    private final List<Map<Endpoint, Use>> uses;

    /**
     * Of a backend.
     *
     * @param endpoints what is known of its endpoints
     * @param loops what each event loop is doing, in their order
     */
    UpstreamJson(Backend backend, UpstreamTerms terms, List<EndpointRecord> endpoints, List<LoopUse> loops) {
        this.backend = backend;
        this.terms = terms;
        this.endpoints = endpoints;
        this.loops = loops;
        this.uses = loops.stream().map(loop -> loop.uses(backend.key())).toList();
    }

    JsonObject json() {
        List<Use> all = uses.stream().flatMap(loop -> loop.values().stream()).toList();
        JsonObject json = new JsonObject()
                .put("backend", backend.key().toString())
                .put("protocol", backend.protocol().name())
                .put("policy", policy());
        sum(json, all)
                .put(
                        "retries",
                        loops.stream()
                                .mapToInt(loop -> loop.retries(backend.key()))
                                .sum());
        JsonArray shown = new JsonArray();
        endpoints.forEach(endpoint -> shown.add(json(endpoint)));
        return json.put("endpoints", shown);
    }

    private JsonObject policy() {
        JsonObject policy =
                new JsonObject().put("balancing", lower(terms.balancing().policy()));
        HealthCheck check = terms.healthCheck();
        if (check != null) {
            policy.put("healthCheck", lower(check.type()))
                    .put("healthCheckSeconds", check.interval().toMillis() / 1000.0);
        }
        Outliers outliers = terms.outliers();
        JsonArray ejectedFor = new JsonArray();
        if (outliers.consecutive5xx() > 0) {
            ejectedFor.add("consecutive_5xx");
        }
        if (outliers.consecutiveGatewayErrors() > 0) {
            ejectedFor.add("consecutive_gateway_errors");
        }
        if (outliers.successRateFactor() > 0) {
            ejectedFor.add("success_rate");
        }
        return policy.put("ejectedFor", ejectedFor);
    }

    private JsonObject json(EndpointRecord endpoint) {
        EndpointView view = endpoint.view();
        JsonObject json = new JsonObject()
                .put("address", view.endpoint().label())
                .put("name", view.endpoint().name())
                .put("weight", view.weight())
                .put("priority", view.priority());
        if (!view.zone().isEmpty()) {
            json.put("zone", view.zone());
        }
        json.put("health", json(view.health())).put("ejections", endpoint.ejections());
        if (endpoint.ejectedUntilEpochMillis() > 0) {
            json.put("ejectedUntil", time(endpoint.ejectedUntilEpochMillis()));
        }
        LastProbe probe = endpoint.lastProbe();
        if (probe != null) {
            json.put(
                    "lastProbe",
                    new JsonObject()
                            .put("success", probe.success())
                            .put("result", probe.result())
                            .put("at", time(probe.epochMillis())));
        }
        return uses(json, view.endpoint());
    }

    private static JsonObject json(EndpointHealth health) {
        JsonObject json = new JsonObject().put("state", lower(health.state()));
        if (health.sinceEpochMillis() > 0) {
            json.put("reason", health.reason()).put("since", time(health.sinceEpochMillis()));
        }
        return json;
    }

    /** Summed, and by loop. */
    private JsonObject uses(JsonObject json, Endpoint endpoint) {
        List<Use> all = new ArrayList<>();
        JsonArray byLoop = new JsonArray();
        for (int i = 0; i < loops.size(); i++) {
            Use use = uses.get(i).get(endpoint);
            List<Use> own = use == null ? List.of() : List.of(use);
            all.addAll(own);
            byLoop.add(sum(new JsonObject().put("loop", loops.get(i).loop()), own));
        }
        return sum(json, all).put("byLoop", byLoop);
    }

    private static JsonObject sum(JsonObject to, List<Use> uses) {
        return to.put("requests", uses.stream().mapToInt(Use::requests).sum())
                .put("connections", uses.stream().mapToInt(Use::connections).sum())
                .put("idle", uses.stream().mapToInt(Use::idle).sum())
                .put("connecting", uses.stream().mapToInt(Use::connecting).sum())
                .put("pending", uses.stream().mapToInt(Use::pending).sum());
    }

    private static String time(long epochMillis) {
        return Instant.ofEpochMilli(epochMillis).toString();
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
