package dev.sluice.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@code sluice.dev/v1 TrafficPolicy}: what routes ask of their requests, or how backends are used.
 *
 * @param key the resource's name
 * @param targetRefs the routes or single rules it applies to; a policy on a rule wins over one on its route
 * @param terms what holds for them
 * @param backends the backends it applies to
 * @param upstream what holds for those
 */
public record TrafficPolicy(
        ResourceKey key,
        List<TargetRef> targetRefs,
        RuleTerms terms,
        List<ResourceKey> backends,
        UpstreamTerms upstream) {

    public TrafficPolicy {
        targetRefs = List.copyOf(targetRefs);
        backends = List.copyOf(backends);
    }

    /** Of routes alone. */
    public TrafficPolicy(ResourceKey key, List<TargetRef> targetRefs, RuleTerms terms) {
        this(key, targetRefs, terms, List.of(), UpstreamTerms.DEFAULT);
    }

    /**
     * @param grpc whether it is a GRPCRoute, which may have the name of an HTTPRoute
     * @param route the route's key
     * @param sectionName one rule's name; null for all
     */
    public record TargetRef(boolean grpc, ResourceKey route, @Nullable String sectionName) {

        /** An HTTPRoute or a rule of it. */
        public TargetRef(ResourceKey route, @Nullable String sectionName) {
            this(false, route, sectionName);
        }
    }
}
