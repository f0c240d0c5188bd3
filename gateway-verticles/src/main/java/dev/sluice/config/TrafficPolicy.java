package dev.sluice.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@code sluice.dev/v1 TrafficPolicy}: what routes ask of their requests.
 *
 * @param key the resource's name
 * @param targetRefs the routes or single rules it applies to; a policy on a rule wins over one on its route
 * @param terms what holds for them
 */
public record TrafficPolicy(ResourceKey key, List<TargetRef> targetRefs, RuleTerms terms) {

    public TrafficPolicy {
        targetRefs = List.copyOf(targetRefs);
    }

    /**
     * @param route the route's key
     * @param sectionName one rule's name; null for all
     */
    public record TargetRef(ResourceKey route, @Nullable String sectionName) {}
}
