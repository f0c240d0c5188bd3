package dev.sluice.route;

import dev.sluice.config.FilterSpec;
import dev.sluice.config.FilterSpec.RequestMirror;
import dev.sluice.config.GrpcTerms;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRule;
import dev.sluice.config.RuleTerms;
import dev.sluice.config.TrafficPolicy;
import dev.sluice.config.TrafficPolicy.TargetRef;
import dev.sluice.filter.BuiltInFilters;
import dev.sluice.filter.HttpFilter;
import dev.sluice.route.CompiledRule.WeightedBackend;
import dev.sluice.spi.CallProtocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compiles the rules of routes in configuration order, which it keeps as the last tie-breaker. */
final class RuleCompiler {

    private final Map<TargetRef, RuleTerms> terms = new HashMap<>();
    private final List<CallProtocol> protocols;
    private int order;

    /**
     * @param policies of several for one target the first counts, which stands for the oldest
     * @param protocols the first that has a part in a rule's exchanges takes it
     */
    RuleCompiler(List<TrafficPolicy> policies, List<CallProtocol> protocols) {
        this.protocols = List.copyOf(protocols);
        for (TrafficPolicy policy : policies) {
            policy.targetRefs().forEach(target -> terms.putIfAbsent(target, policy.terms()));
        }
    }

    /**
     * The matches of a route with what they lead to.
     *
     * @throws IllegalArgumentException when a filter, an expression or what a protocol is asked is refused
     */
    List<RankedMatch> compile(HttpRoute route) {
        List<RankedMatch> matches = new ArrayList<>();
        for (int i = 0; i < route.rules().size(); i++) {
            String name = route.key() + "[" + i + "]";
            try {
                HttpRule rule = route.rules().get(i);
                CompiledRule compiled = rule(name, route.grpc(), rule, terms(route, rule.name()));
                for (HttpMatch match : rule.matches()) {
                    matches.add(new RankedMatch(match, compiled, order++));
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
            }
        }
        return matches;
    }

    private RuleTerms terms(HttpRoute route, @Nullable String rule) {
        RuleTerms ofRoute = terms.getOrDefault(new TargetRef(route.grpc(), route.key(), null), RuleTerms.DEFAULT);
        return rule == null ? ofRoute : terms.getOrDefault(new TargetRef(route.grpc(), route.key(), rule), ofRoute);
    }

    private CompiledRule rule(String name, boolean grpc, HttpRule rule, RuleTerms terms) {
        List<RequestMirror> mirrors = new ArrayList<>();
        List<FilterSpec> filters = new ArrayList<>();
        for (FilterSpec spec : rule.filters()) {
            if (spec instanceof RequestMirror mirror) {
                mirrors.add(mirror);
            } else {
                filters.add(spec);
            }
        }
        List<WeightedBackend> backends = new ArrayList<>();
        int totalWeight = 0;
        for (HttpRule.BackendRef ref : rule.backendRefs()) {
            backends.add(
                    new WeightedBackend(ref.backend().toString(), ref.backend(), ref.weight(), filters(ref.filters())));
            totalWeight += ref.weight();
        }
        return new CompiledRule(
                name,
                filters(filters),
                backends,
                totalWeight,
                mirrors,
                millis(rule.requestTimeout()),
                millis(rule.backendRequestTimeout()),
                terms,
                grpc,
                call(grpc, terms.grpc()));
    }

    /** What a protocol makes of a rule; null when none has a part in it. */
    CallProtocol.@Nullable Rule call(boolean grpc, GrpcTerms terms) {
        for (CallProtocol protocol : protocols) {
            CallProtocol.Rule rule = protocol.rule(grpc, terms);
            if (rule != null) {
                return rule;
            }
        }
        return null;
    }

    private static HttpFilter[] filters(List<FilterSpec> specs) {
        return specs.stream().map(BuiltInFilters::create).toArray(HttpFilter[]::new);
    }

    private static long millis(@Nullable Duration timeout) {
        return timeout == null ? 0 : timeout.toMillis();
    }
}
