package dev.sluice.observe;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Which exchanges in flight somebody wants to see.
 *
 * @param limit at most so many, the oldest
 * @param id only those of this id or {@code x-request-id}; null for any
 * @param route only those of this route, or of this rule of it; null for any
 * @param olderThan only those that began as long ago
 */
public record ExchangeQuery(int limit, @Nullable String id, @Nullable String route, Duration olderThan) {

    /** Whether {@code namespace/name[rule]} is asked for by {@code namespace/name} or in full; null is no route. */
    static boolean isOfRoute(@Nullable String rule, String asked) {
        return rule != null
                && rule.startsWith(asked)
                && (rule.length() == asked.length() || rule.charAt(asked.length()) == '[');
    }

    /** Whether it asks for an exchange of this route. */
    public boolean takesRoute(@Nullable String rule) {
        return route == null || isOfRoute(rule, route);
    }
}
