package dev.sluice.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One {@code matches[]} entry: all of its conditions must hold.
 *
 * @param path the path condition
 * @param method the method, upper case; null for any
 * @param headers every one must match
 * @param queryParams every one must match
 * @param call a condition on the gRPC service and method that no path says; null for none
 */
public record HttpMatch(
        PathMatch path,
        @Nullable String method,
        List<ValueMatch> headers,
        List<ValueMatch> queryParams,
        @Nullable CallMatch call) {

    /** What a rule without {@code matches} means: every path. */
    public static final HttpMatch ANY =
            new HttpMatch(new PathMatch(PathMatch.Type.PATH_PREFIX, "/"), null, List.of(), List.of());

    /** Of an HTTPRoute, or of a GRPCRoute's exact service. */
    public HttpMatch(PathMatch path, @Nullable String method, List<ValueMatch> headers, List<ValueMatch> queryParams) {
        this(path, method, headers, queryParams, null);
    }

    public HttpMatch {
        headers = List.copyOf(headers);
        queryParams = List.copyOf(queryParams);
    }

    /**
     * @param type how to compare
     * @param value begins with {@code /} for EXACT and PATH_PREFIX; an RE2 expression that must match the whole path
     *     for REGULAR_EXPRESSION
     */
    public record PathMatch(Type type, String value) {
        /** Path match types of Gateway API. */
        public enum Type {
            EXACT,
            PATH_PREFIX,
            REGULAR_EXPRESSION
        }
    }

    /**
     * Service and method of a gRPC call, whose path is {@code /service/method}; beside the path {@code /}.
     *
     * @param type EXACT for a method of any service: more than that is a path; or REGULAR_EXPRESSION
     * @param service an RE2 expression that must match the whole name; null for any
     * @param method the name, or an RE2 expression that must match the whole of it; null for any
     */
    public record CallMatch(ValueMatch.Type type, @Nullable String service, @Nullable String method) {}

    /**
     * @param type how to compare
     * @param name the header's name in lower case, or the query parameter's name as it is
     * @param value the value, or an RE2 expression that must match the whole value
     */
    public record ValueMatch(Type type, String name, String value) {
        /** Value match types of Gateway API. */
        public enum Type {
            EXACT,
            REGULAR_EXPRESSION
        }
    }
}
