package dev.sluice.config.load;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.BackendTls;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.Certificate;
import dev.sluice.config.ClientPolicy;
import dev.sluice.config.FilterSpec;
import dev.sluice.config.Gateway;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRule;
import dev.sluice.config.Listener;
import dev.sluice.config.ResourceKey;
import dev.sluice.config.TrafficPolicy;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is in force, in the shape in which it was written, with all defaults filled in: for the admin API. Paths of key
 * files are shown, their content never; a header's value or a custom filter's setting whose name sounds secret is
 * replaced by {@code REDACTED}.
 */
public final class EffectiveConfig {

    private static final String GATEWAY_API = "gateway.networking.k8s.io";
    private static final String SLUICE = "sluice.dev";

    /** In place of a secret. */
    static final String REDACTED = "REDACTED";

    private static final Pattern SECRET =
            Pattern.compile("(?i).*(secret|token|password|passphrase|credential|key|authorization|cookie).*");

    private EffectiveConfig() {}

    /** {@code {digest, documents: [...]}}. */
    public static JsonObject of(GatewayConfig config) {
        JsonArray documents = new JsonArray();
        config.gateways().forEach(gateway -> documents.add(gateway(gateway)));
        config.routes().forEach(route -> documents.add(route(route)));
        config.backends().forEach(backend -> documents.add(backend(backend)));
        config.certificates().forEach(certificate -> documents.add(certificate(certificate)));
        config.clientPolicies().forEach(policy -> documents.add(clientPolicy(policy)));
        config.trafficPolicies().forEach(policy -> documents.add(trafficPolicy(policy)));
        extensions(config).forEach(documents::add);
        return new JsonObject().put("digest", config.digest()).put("documents", documents);
    }

    /** The Bootstrap document in force. */
    public static JsonObject of(Bootstrap bootstrap) {
        String host = bootstrap.adminHost();
        JsonObject accessLog = new JsonObject().put("enabled", bootstrap.accessLog() != null);
        if (bootstrap.accessLog() != null) {
            accessLog.put("path", bootstrap.accessLog().path());
        }
        JsonObject document = new JsonObject()
                .put("apiVersion", Kind.BOOTSTRAP.apiVersion())
                .put("kind", Kind.BOOTSTRAP.title())
                .put(
                        "spec",
                        new JsonObject()
                                .put(
                                        "admin",
                                        new JsonObject()
                                                .put(
                                                        "address",
                                                        (host.contains(":") ? "[" + host + "]" : host) + ":"
                                                                + bootstrap.adminPort()))
                                .put("eventLoops", bootstrap.eventLoops())
                                .put("transport", bootstrap.transport().name().toLowerCase(Locale.ROOT))
                                .put(
                                        "drain",
                                        new JsonObject()
                                                .put("patience", Durations.format(bootstrap.drainPatience()))
                                                .put("lameDuck", Durations.format(bootstrap.lameDuck()))
                                                .put("deadline", Durations.format(bootstrap.drainDeadline())))
                                .put("accessLog", accessLog)
                                .put(
                                        "limits",
                                        new JsonObject().put("connections", Sizes.encode(bootstrap.maxConnections()))));
        if (!bootstrap.zone().isEmpty()) {
            document.getJsonObject("spec").put("zone", bootstrap.zone());
        }
        if (bootstrap.cluster() != null) {
            document.getJsonObject("spec").put("cluster", EffectiveCluster.of(bootstrap.cluster()));
        }
        return document;
    }

    private static JsonObject gateway(Gateway gateway) {
        JsonObject spec = new JsonObject()
                .put("gatewayClassName", "sluice")
                .put("addresses", array(gateway.addresses(), address -> new JsonObject()
                        .put("type", "IPAddress")
                        .put("value", address)))
                .put("listeners", array(gateway.listeners(), EffectiveConfig::listener));
        return document(Kind.GATEWAY, gateway.key(), spec);
    }

    private static JsonObject listener(Listener listener) {
        JsonObject json = new JsonObject().put("name", listener.name());
        putPresent(json, "hostname", listener.hostname());
        json.put("port", listener.port()).put("protocol", listener.protocol().name());
        if (listener.protocol() == Listener.Protocol.HTTPS) {
            json.put(
                    "tls",
                    new JsonObject()
                            .put("mode", "Terminate")
                            .put(
                                    "certificateRefs",
                                    array(listener.certificates(), key -> reference(Kind.CERTIFICATE, key))));
        }
        String from = listener.routesFromAllNamespaces() ? "All" : "Same";
        return json.put("allowedRoutes", new JsonObject().put("namespaces", new JsonObject().put("from", from)));
    }

    private static JsonObject route(HttpRoute route) {
        JsonObject spec = new JsonObject()
                .put("parentRefs", array(route.parentRefs(), EffectiveConfig::parentRef))
                .put("hostnames", array(route.hostnames(), Function.identity()))
                .put("rules", array(route.rules(), rule -> EffectiveRule.of(rule, route.grpc())));
        return document(route.grpc() ? Kind.GRPC_ROUTE : Kind.HTTP_ROUTE, route.key(), spec);
    }

    private static JsonObject parentRef(HttpRoute.ParentRef parent) {
        JsonObject json = new JsonObject()
                .put("group", GATEWAY_API)
                .put("kind", Kind.GATEWAY.title())
                .put("namespace", parent.gateway().namespace())
                .put("name", parent.gateway().name());
        putPresent(json, "sectionName", parent.sectionName());
        return parent.port() == 0 ? json : json.put("port", parent.port());
    }

    private static JsonObject backend(Backend backend) {
        JsonObject spec = new JsonObject()
                .put("endpoints", array(backend.endpoints(), EffectiveConfig::endpoint))
                .put("protocol", backend.protocol().name())
                .put("altSvc", backend.altSvc())
                .put("fallback", backend.fallback());
        BackendTls tls = backend.tls();
        if (tls != null) {
            JsonObject json = new JsonObject();
            putPresent(json, "sni", tls.sni());
            if (!tls.subjectAltNames().isEmpty()) {
                json.put("subjectAltNames", array(tls.subjectAltNames(), Function.identity()));
            }
            putPresent(json, "caFile", text(tls.caFile()));
            putPresent(json, "certFile", text(tls.certFile()));
            putPresent(json, "keyFile", text(tls.keyFile()));
            spec.put("tls", json.put("insecureSkipVerify", tls.insecureSkipVerify()));
        }
        return document(Kind.BACKEND, backend.key(), spec);
    }

    private static JsonObject endpoint(EndpointAddress endpoint) {
        JsonObject json = endpoint.isService()
                ? new JsonObject().put("service", endpoint.host())
                : new JsonObject()
                        .put("address", endpoint.host())
                        .put("port", endpoint.port())
                        .put("weight", endpoint.weight())
                        .put("priority", endpoint.priority());
        return endpoint.zone().isEmpty() ? json : json.put("zone", endpoint.zone());
    }

    private static JsonObject certificate(Certificate certificate) {
        JsonObject spec = new JsonObject()
                .put("certFile", certificate.certFile().toString())
                .put("keyFile", certificate.keyFile().toString());
        return document(Kind.CERTIFICATE, certificate.key(), spec);
    }

    private static JsonObject clientPolicy(ClientPolicy policy) {
        JsonObject spec = new JsonObject()
                .put(
                        "targetRefs",
                        array(
                                policy.targetRefs(),
                                target -> target(
                                        GATEWAY_API,
                                        Kind.GATEWAY,
                                        target.gateway().name(),
                                        target.sectionName())));
        return document(Kind.CLIENT_POLICY, policy.key(), EffectiveTerms.put(spec, policy.terms()));
    }

    private static JsonObject trafficPolicy(TrafficPolicy policy) {
        JsonArray targets = array(
                policy.targetRefs(),
                target -> target(
                        GATEWAY_API,
                        target.grpc() ? Kind.GRPC_ROUTE : Kind.HTTP_ROUTE,
                        target.route().name(),
                        target.sectionName()));
        policy.backends().forEach(backend -> targets.add(target(SLUICE, Kind.BACKEND, backend.name(), null)));
        JsonObject spec = new JsonObject().put("targetRefs", targets);
        if (!policy.targetRefs().isEmpty()) {
            EffectiveTerms.put(spec, policy.terms());
        }
        if (!policy.backends().isEmpty()) {
            EffectiveUpstreamTerms.put(spec, policy.upstream());
        }
        return document(Kind.TRAFFIC_POLICY, policy.key(), spec);
    }

    private static JsonObject target(String group, Kind kind, String name, @Nullable String sectionName) {
        JsonObject json =
                new JsonObject().put("group", group).put("kind", kind.title()).put("name", name);
        putPresent(json, "sectionName", sectionName);
        return json;
    }

    /** The filters with a document of their own that rules use, each once. */
    private static Collection<JsonObject> extensions(GatewayConfig config) {
        Map<ResourceKey, JsonObject> filters = new LinkedHashMap<>();
        Map<ResourceKey, JsonObject> limits = new LinkedHashMap<>();
        config.routes().stream()
                .flatMap(route -> route.rules().stream())
                .flatMap(EffectiveConfig::filters)
                .forEach(filter -> {
                    if (filter instanceof FilterSpec.Custom custom) {
                        filters.put(custom.key(), filter(custom));
                    } else if (filter instanceof FilterSpec.RateLimit limit) {
                        limits.put(
                                limit.key(),
                                document(Kind.RATE_LIMIT, limit.key(), EffectiveRateLimit.of(limit.terms())));
                    }
                });
        return Stream.of(filters, limits)
                .flatMap(documents -> documents.values().stream())
                .toList();
    }

    private static Stream<FilterSpec> filters(HttpRule rule) {
        return Stream.concat(
                rule.filters().stream(), rule.backendRefs().stream().flatMap(backend -> backend.filters().stream()));
    }

    private static JsonObject filter(FilterSpec.Custom filter) {
        JsonObject spec =
                new JsonObject().put("class", filter.className()).put("config", redactedJson("", filter.config()));
        return document(Kind.FILTER, filter.key(), spec);
    }

    private static @Nullable Object redactedJson(String name, @Nullable Object value) {
        if (isSecret(name)) {
            return REDACTED;
        } else if (value instanceof JsonObject object) {
            JsonObject copy = new JsonObject();
            object.forEach(entry -> copy.put(entry.getKey(), redactedJson(entry.getKey(), entry.getValue())));
            return copy;
        } else if (value instanceof JsonArray list) {
            JsonArray copy = new JsonArray();
            list.forEach(item -> copy.add(redactedJson("", item)));
            return copy;
        }
        return value;
    }

    // --- shared with EffectiveRule ---

    /** The value of something with a name, unless the name sounds secret. */
    static String redacted(String name, String value) {
        return isSecret(name) ? REDACTED : value;
    }

    private static boolean isSecret(String name) {
        return SECRET.matcher(name).matches();
    }

    static <T> JsonArray array(List<T> items, Function<T, ?> encoder) {
        JsonArray array = new JsonArray();
        items.forEach(item -> array.add(encoder.apply(item)));
        return array;
    }

    static JsonObject reference(Kind kind, ResourceKey key) {
        return new JsonObject()
                .put("group", SLUICE)
                .put("kind", kind.title())
                .put("namespace", key.namespace())
                .put("name", key.name());
    }

    static void putPresent(JsonObject json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    private static JsonObject document(Kind kind, ResourceKey key, JsonObject spec) {
        return new JsonObject()
                .put("apiVersion", kind.apiVersion())
                .put("kind", kind.title())
                .put("metadata", new JsonObject().put("name", key.name()).put("namespace", key.namespace()))
                .put("spec", spec);
    }

    private static @Nullable String text(@Nullable Path path) {
        return path == null ? null : path.toString();
    }
}
