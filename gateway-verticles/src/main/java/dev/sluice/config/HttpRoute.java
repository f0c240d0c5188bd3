package dev.sluice.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@code gateway.networking.k8s.io/v1 HTTPRoute} or {@code GRPCRoute}, whose matches by service and method are matches by
 * path.
 *
 * @param grpc whether it is a GRPCRoute, so that all its requests are gRPC calls
 * @param key the resource's name
 * @param parentRefs the gateways and listeners that it attaches to
 * @param hostnames exact or {@code *.suffix}, lower case; empty means the listener's own
 * @param rules in document order, which is the last tie-breaker of the precedence rules
 */
public record HttpRoute(
        boolean grpc, ResourceKey key, List<ParentRef> parentRefs, List<String> hostnames, List<HttpRule> rules) {

    public HttpRoute {
        parentRefs = List.copyOf(parentRefs);
        hostnames = List.copyOf(hostnames);
        rules = List.copyOf(rules);
    }

    /** An HTTPRoute. */
    public HttpRoute(ResourceKey key, List<ParentRef> parentRefs, List<String> hostnames, List<HttpRule> rules) {
        this(false, key, parentRefs, hostnames, rules);
    }

    /**
     * A reference to a gateway.
     *
     * @param gateway the gateway's key
     * @param sectionName one listener's name; null means every listener
     * @param port one port; 0 means every port
     */
    public record ParentRef(ResourceKey gateway, @Nullable String sectionName, int port) {}
}
