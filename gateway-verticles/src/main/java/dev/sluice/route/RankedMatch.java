package dev.sluice.route;

import static dev.sluice.config.HttpMatch.PathMatch.Type.REGULAR_EXPRESSION;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpMatch.PathMatch;
import dev.sluice.config.HttpMatch.ValueMatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One {@code matches[]} entry: its conditions beside the path, and its rank among those of the same path. */
final class RankedMatch {

    /**
     * The part of Gateway API's precedence that is left when the paths tie: what it says of a gRPC call, a method, more
     * headers, more query parameters, then the order of the configuration (see {@link RouteCompiler}).
     */
    static final Comparator<RankedMatch> PRECEDENCE = Comparator.comparing((RankedMatch match) -> match.call.rank())
            .thenComparing(match -> match.method == null)
            .thenComparing(match -> -match.headers.length)
            .thenComparing(match -> -match.queryParams.length)
            .thenComparing(match -> match.order);

    private final PathMatch path;
    private final @Nullable Pattern pathPattern;
    private final CallCondition call;
    private final @Nullable String method;
    private final HeaderCondition[] headers;
    private final QueryCondition[] queryParams;
    private final int order;
    private final CompiledMatch result;

    private record HeaderCondition(String name, String value, @Nullable Pattern pattern) {}

    /**
     * @param order the position in the configuration, unique
     * @throws IllegalArgumentException when an expression is not RE2
     */
    RankedMatch(HttpMatch match, CompiledRule rule, int order) {
        path = match.path();
        pathPattern = path.type() == REGULAR_EXPRESSION ? pattern(path.value()) : null;
        call = CallCondition.of(match.call());
        method = match.method();
        headers = firstOfEachName(match.headers()).stream()
                .map(header -> new HeaderCondition(header.name(), header.value(), pattern(header)))
                .toArray(HeaderCondition[]::new);
        queryParams = firstOfEachName(match.queryParams()).stream()
                .map(param -> new QueryCondition(param.name(), param.value(), pattern(param)))
                .toArray(QueryCondition[]::new);
        this.order = order;
        result = new CompiledMatch(
                rule, path.type() == PathMatch.Type.PATH_PREFIX ? prefix() : null, path.type() == PathMatch.Type.EXACT);
    }

    PathMatch path() {
        return path;
    }

    /** The path prefix without its trailing slash, which Gateway API ignores. */
    String prefix() {
        String value = path.value();
        return value.endsWith("/") ? value.substring(0, value.length() - 1) : value;
    }

    CompiledMatch result() {
        return result;
    }

    /** Whether the whole path matches the regular expression. */
    boolean acceptsPath(String requestPath) {
        return pathPattern != null && pathPattern.matcher(requestPath).matches();
    }

    /** Whether everything but the path matches. */
    boolean accepts(RequestHead head) {
        if (method != null && !method.equals(head.method())) {
            return false;
        }
        if (!call.accepts(head.path())) {
            return false;
        }
        for (HeaderCondition header : headers) {
            String value = head.header(header.name);
            if (value == null
                    || !(header.pattern == null
                            ? header.value.equals(value)
                            : header.pattern.matcher(value).matches())) {
                return false;
            }
        }
        for (QueryCondition param : queryParams) {
            if (!param.accepts(head.query())) {
                return false;
            }
        }
        return true;
    }

    /** "Only the first entry with an equivalent name MUST be considered", so the others do not count either. */
    private static List<ValueMatch> firstOfEachName(List<ValueMatch> matches) {
        Set<String> names = new HashSet<>();
        List<ValueMatch> first = new ArrayList<>(matches);
        first.removeIf(match -> !names.add(match.name()));
        return first;
    }

    private static @Nullable Pattern pattern(ValueMatch match) {
        return match.type() == ValueMatch.Type.REGULAR_EXPRESSION ? pattern(match.value()) : null;
    }

    static Pattern pattern(String expression) {
        try {
            return Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(expression + " (expected: an RE2 expression): " + e.getMessage(), e);
        }
    }
}
