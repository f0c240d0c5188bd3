package dev.sluice.config.load;

import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpMatch.CallMatch;
import dev.sluice.config.HttpMatch.PathMatch;
import dev.sluice.config.HttpMatch.ValueMatch;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * A GRPCRoute's {@code matches[].method} and what it is as a match of paths: {@code /service/method} where both are
 * Exact, the prefix {@code /service}, or a condition beside the path.
 *
 * @param type how both are compared
 * @param service null for any
 * @param method null for any
 */
record GrpcMatch(ValueMatch.Type type, @Nullable String service, @Nullable String method) {

    static GrpcMatch of(Field method) {
        return new GrpcMatch(
                method.at("type").text("Exact").equals("Exact")
                        ? ValueMatch.Type.EXACT
                        : ValueMatch.Type.REGULAR_EXPRESSION,
                name(method.at("service")),
                name(method.at("method")));
    }

    /** Gateway API: "if left empty or omitted, will match any". */
    private static @Nullable String name(Field field) {
        return field.text("").isEmpty() ? null : field.text();
    }

    static GrpcMatch of(HttpMatch match) {
        CallMatch call = match.call();
        if (call != null) {
            return new GrpcMatch(call.type(), call.service(), call.method());
        }
        String[] names = match.path().value().split("/", -1);
        return new GrpcMatch(
                ValueMatch.Type.EXACT, names[1].isEmpty() ? null : names[1], names.length > 2 ? names[2] : null);
    }

    PathMatch path() {
        if (type != ValueMatch.Type.EXACT || service == null) {
            return HttpMatch.ANY.path();
        }
        return method == null
                ? new PathMatch(PathMatch.Type.PATH_PREFIX, "/" + service)
                : new PathMatch(PathMatch.Type.EXACT, "/" + service + "/" + method);
    }

    /** What {@link #path} does not say; null for nothing. */
    @Nullable
    CallMatch call() {
        boolean isPath = type == ValueMatch.Type.EXACT && service != null;
        boolean isAny = service == null && method == null;
        return isPath || isAny ? null : new CallMatch(type, service, method);
    }

    /** As it is written; null for every method. */
    @Nullable
    JsonObject json() {
        if (service == null && method == null) {
            return null;
        }
        JsonObject json = new JsonObject().put("type", type == ValueMatch.Type.EXACT ? "Exact" : "RegularExpression");
        EffectiveConfig.putPresent(json, "service", service);
        EffectiveConfig.putPresent(json, "method", method);
        return json;
    }
}
