package dev.sluice.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One {@code rules[]} entry of an {@link HttpRoute}.
 *
 * @param name the rule's optional name
 * @param matches alternatives, any of which selects the rule; never empty (the default is the path prefix {@code /})
 * @param filters in execution order
 * @param backendRefs where to forward; empty only when a filter answers (a redirect)
 * @param requestTimeout {@code timeouts.request}: from the request's head to the response's end; null or zero for none
 * @param backendRequestTimeout {@code timeouts.backendRequest}: one try, from its first byte sent to the response's
 *     end; null or zero for none
 */
public record HttpRule(
        @Nullable String name,
        List<HttpMatch> matches,
        List<FilterSpec> filters,
        List<BackendRef> backendRefs,
        @Nullable Duration requestTimeout,
        @Nullable Duration backendRequestTimeout) {

    public HttpRule {
        matches = List.copyOf(matches);
        filters = List.copyOf(filters);
        backendRefs = List.copyOf(backendRefs);
    }

    /**
     * One backend of a rule.
     *
     * @param backend the {@link Backend}'s key
     * @param weight 0..1000000; the share of requests is weight over the sum of weights
     * @param filters run only for requests that go to this backend, after the rule's own
     */
    public record BackendRef(ResourceKey backend, int weight, List<FilterSpec> filters) {

        public BackendRef {
            filters = List.copyOf(filters);
        }
    }
}
