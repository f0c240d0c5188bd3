package dev.sluice.deploy;

import dev.sluice.config.Backend;
import dev.sluice.config.HttpRule;
import dev.sluice.config.TrafficPolicy;
import java.util.List;

/**
 * What goes where, at whatever address it comes in.
 *
 * @param rules of an HTTPRoute that is named {@link #ROUTE}
 * @param grpcRules of a GRPCRoute of the same name; empty for none
 * @param policies of these rules
 * @param backends what they refer to
 */
record Routing(List<HttpRule> rules, List<HttpRule> grpcRules, List<TrafficPolicy> policies, List<Backend> backends) {

    /** The name of both routes. */
    static final String ROUTE = "all";

    Routing {
        rules = List.copyOf(rules);
        grpcRules = List.copyOf(grpcRules);
        policies = List.copyOf(policies);
        backends = List.copyOf(backends);
    }

    /** Of HTTP alone. */
    Routing(List<HttpRule> rules, List<Backend> backends) {
        this(rules, List.of(), List.of(), backends);
    }
}
