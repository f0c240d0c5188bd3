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
 */
public record HttpMatch(
        PathMatch path, @Nullable String method, List<ValueMatch> headers, List<ValueMatch> queryParams) {

    /** What a rule without {@code matches} means: every path. */
    public static final HttpMatch ANY =
            new HttpMatch(new PathMatch(PathMatch.Type.PATH_PREFIX, "/"), null, List.of(), List.of());

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
