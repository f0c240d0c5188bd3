package dev.sluice.route;

import dev.sluice.config.FilterSpec;
import dev.sluice.config.FilterSpec.RequestMirror;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRule;
import dev.sluice.config.RuleTerms;
import dev.sluice.filter.BuiltInFilters;
import dev.sluice.filter.HttpFilter;
import dev.sluice.route.CompiledRule.WeightedBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compiles the rules of routes in configuration order, which it keeps as the last tie-breaker. */
final class RuleCompiler {

    private int order;

    /**
     * The matches of a route with what they lead to.
     *
     * @throws IllegalArgumentException when a filter or an expression is refused
     */
    List<RankedMatch> compile(HttpRoute route) {
        List<RankedMatch> matches = new ArrayList<>();
        for (int i = 0; i < route.rules().size(); i++) {
            String name = route.key() + "[" + i + "]";
            try {
                HttpRule rule = route.rules().get(i);
                CompiledRule compiled = rule(name, rule);
                for (HttpMatch match : rule.matches()) {
                    matches.add(new RankedMatch(match, compiled, order++));
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
            }
        }
        return matches;
    }

    private static CompiledRule rule(String name, HttpRule rule) {
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
            backends.add(new WeightedBackend(ref.backend(), ref.weight(), filters(ref.filters())));
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
                RuleTerms.DEFAULT);
    }

    private static HttpFilter[] filters(List<FilterSpec> specs) {
        return specs.stream().map(BuiltInFilters::create).toArray(HttpFilter[]::new);
    }

    private static long millis(@Nullable Duration timeout) {
        return timeout == null ? 0 : timeout.toMillis();
    }
}
