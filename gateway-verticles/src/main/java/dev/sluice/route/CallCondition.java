package dev.sluice.route;

import com.google.re2j.Pattern;
import dev.sluice.config.HttpMatch.CallMatch;
import dev.sluice.config.HttpMatch.ValueMatch;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** What a GRPCRoute's match says of service and method when that is neither one path nor a prefix. */
sealed interface CallCondition {

    /** Whether a call's path, {@code /service/method}, is meant; other paths never are. */
    boolean accepts(String path);

    /** Its place among the others, which wins when it is less. */
    Rank rank();

    /**
     * Gateway API's order of {@code GRPCRouteRule.matches}; of two that say nothing of the service, the Exact one.
     *
     * @param service characters of what is said of the service
     * @param exact whether it is no expression
     * @param method characters of what is said of the method
     */
    record Rank(int service, boolean exact, int method) implements Comparable<Rank> {

        private static final Comparator<Rank> MORE_FIRST = Comparator.comparing(Rank::service)
                .thenComparing(Rank::exact)
                .thenComparing(Rank::method)
                .reversed();

        @Override
        public int compareTo(Rank other) {
            return MORE_FIRST.compare(this, other);
        }
    }

    /** @throws IllegalArgumentException when an expression is not RE2 */
    static CallCondition of(@Nullable CallMatch match) {
        if (match == null) {
            return None.INSTANCE;
        }
        String service = match.service();
        String method = match.method();
        boolean exact = match.type() == ValueMatch.Type.EXACT;
        Rank rank = new Rank(service == null ? 0 : service.length(), exact, method == null ? 0 : method.length());
        return exact
                ? new Method("/" + method, rank)
                : new Expression(
                        RankedMatch.pattern("/(?:" + (service == null ? ".+" : service) + ")/(?:"
                                + (method == null ? "[^/]+" : method) + ")"),
                        rank);
    }

    /** Nothing is said. */
    enum None implements CallCondition {
        INSTANCE;

        private static final Rank LAST = new Rank(0, false, 0);

        @Override
        public boolean accepts(String path) {
            return true;
        }

        @Override
        public Rank rank() {
            return LAST;
        }
    }

    /**
     * A method of any service.
     *
     * @param suffix the method's name with a slash before it
     */
    record Method(String suffix, Rank rank) implements CallCondition {

        @Override
        public boolean accepts(String path) {
            return path.endsWith(suffix) && path.length() > suffix.length() + 1;
        }
    }

    /** @param pattern of the whole path */
    record Expression(Pattern pattern, Rank rank) implements CallCondition {

        @Override
        public boolean accepts(String path) {
            return pattern.matcher(path).matches();
        }
    }
}
