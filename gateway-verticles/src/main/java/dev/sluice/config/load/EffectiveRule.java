package dev.sluice.config.load;

import static dev.sluice.config.load.EffectiveConfig.array;
import static dev.sluice.config.load.EffectiveConfig.putPresent;
import static dev.sluice.config.load.EffectiveConfig.reference;

import dev.sluice.config.FilterSpec;
import dev.sluice.config.FilterSpec.HeaderChanges;
import dev.sluice.config.FilterSpec.PathModifier;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpMatch.PathMatch;
import dev.sluice.config.HttpMatch.ValueMatch;
import dev.sluice.config.HttpRule;
import dev.sluice.config.ResourceKey;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The rule's part of {@link EffectiveConfig}. */
final class EffectiveRule {

    private EffectiveRule() {}

    static JsonObject of(HttpRule rule, boolean grpc) {
        JsonObject json = new JsonObject();
        putPresent(json, "name", rule.name());
        json.put("matches", array(rule.matches(), grpc ? EffectiveRule::grpcMatch : EffectiveRule::match))
                .put("filters", array(rule.filters(), EffectiveRule::filter))
                .put("backendRefs", array(rule.backendRefs(), backend -> reference(Kind.BACKEND, backend.backend())
                        .put("weight", backend.weight())
                        .put("filters", array(backend.filters(), EffectiveRule::filter))));
        if (grpc) {
            return json;
        }
        JsonObject timeouts = new JsonObject();
        putPresent(timeouts, "request", text(rule.requestTimeout()));
        putPresent(timeouts, "backendRequest", text(rule.backendRequestTimeout()));
        return json.put("timeouts", timeouts);
    }

    private static JsonObject match(HttpMatch match) {
        JsonObject json = new JsonObject()
                .put(
                        "path",
                        new JsonObject()
                                .put("type", pathType(match.path().type()))
                                .put("value", match.path().value()));
        putPresent(json, "method", match.method());
        return json.put("headers", array(match.headers(), EffectiveRule::value))
                .put("queryParams", array(match.queryParams(), EffectiveRule::value));
    }

    private static JsonObject grpcMatch(HttpMatch match) {
        JsonObject json = new JsonObject();
        JsonObject method = GrpcMatch.of(match).json();
        if (method != null) {
            json.put("method", method);
        }
        return json.put("headers", array(match.headers(), EffectiveRule::value));
    }

    private static String pathType(PathMatch.Type type) {
        return switch (type) {
            case EXACT -> "Exact";
            case PATH_PREFIX -> "PathPrefix";
            case REGULAR_EXPRESSION -> "RegularExpression";
        };
    }

    private static JsonObject value(ValueMatch match) {
        return new JsonObject()
                .put("type", match.type() == ValueMatch.Type.EXACT ? "Exact" : "RegularExpression")
                .put("name", match.name())
                .put("value", EffectiveConfig.redacted(match.name(), match.value()));
    }

    private static JsonObject filter(FilterSpec filter) {
        if (filter instanceof FilterSpec.RequestHeaderModifier modifier) {
            return typed("RequestHeaderModifier", headers(modifier.changes()));
        } else if (filter instanceof FilterSpec.ResponseHeaderModifier modifier) {
            return typed("ResponseHeaderModifier", headers(modifier.changes()));
        } else if (filter instanceof FilterSpec.RequestRedirect redirect) {
            return typed("RequestRedirect", redirect(redirect));
        } else if (filter instanceof FilterSpec.UrlRewrite rewrite) {
            JsonObject settings = new JsonObject();
            putPresent(settings, "hostname", rewrite.hostname());
            return typed("URLRewrite", withPath(settings, rewrite.path()));
        } else if (filter instanceof FilterSpec.RequestMirror mirror) {
            return typed(
                    "RequestMirror",
                    new JsonObject()
                            .put("backendRef", reference(Kind.BACKEND, mirror.backend()))
                            .put(
                                    "fraction",
                                    new JsonObject()
                                            .put("numerator", mirror.numerator())
                                            .put("denominator", mirror.denominator())));
        } else if (filter instanceof FilterSpec.Cors cors) {
            return typed("CORS", cors(cors));
        }
        return filter instanceof FilterSpec.RateLimit limit
                ? extension(Kind.RATE_LIMIT, limit.key())
                : extension(Kind.FILTER, ((FilterSpec.Custom) filter).key());
    }

    private static JsonObject extension(Kind kind, ResourceKey key) {
        JsonObject reference = reference(kind, key);
        reference.remove("namespace");
        return typed("ExtensionRef", reference);
    }

    private static JsonObject typed(String type, JsonObject settings) {
        return new JsonObject().put("type", type).put(FilterCheck.FIELDS.get(type), settings);
    }

    private static JsonObject headers(HeaderChanges changes) {
        Function<Map.Entry<String, String>, JsonObject> header = entry -> new JsonObject()
                .put("name", entry.getKey())
                .put("value", EffectiveConfig.redacted(entry.getKey(), entry.getValue()));
        return new JsonObject()
                .put("set", array(changes.set(), header))
                .put("add", array(changes.add(), header))
                .put("remove", array(changes.remove(), Function.identity()));
    }

    private static JsonObject redirect(FilterSpec.RequestRedirect redirect) {
        JsonObject json = new JsonObject();
        putPresent(json, "scheme", redirect.scheme());
        putPresent(json, "hostname", redirect.hostname());
        withPath(json, redirect.path());
        if (redirect.port() != 0) {
            json.put("port", redirect.port());
        }
        return json.put("statusCode", redirect.statusCode());
    }

    private static JsonObject withPath(JsonObject json, @Nullable PathModifier path) {
        if (path == null) {
            return json;
        }
        boolean isFull = path.type() == PathModifier.Type.REPLACE_FULL_PATH;
        return json.put(
                "path",
                new JsonObject()
                        .put("type", isFull ? "ReplaceFullPath" : "ReplacePrefixMatch")
                        .put(isFull ? "replaceFullPath" : "replacePrefixMatch", path.value()));
    }

    private static JsonObject cors(FilterSpec.Cors cors) {
        return new JsonObject()
                .put("allowOrigins", new JsonArray(List.copyOf(cors.allowOrigins())))
                .put("allowMethods", new JsonArray(List.copyOf(cors.allowMethods())))
                .put("allowHeaders", new JsonArray(List.copyOf(cors.allowHeaders())))
                .put("exposeHeaders", new JsonArray(List.copyOf(cors.exposeHeaders())))
                .put("allowCredentials", cors.allowCredentials())
                .put("maxAge", cors.maxAgeSeconds());
    }

    private static @Nullable String text(@Nullable Duration duration) {
        return duration == null ? null : Durations.format(duration);
    }
}
