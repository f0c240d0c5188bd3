package dev.sluice.config;

import java.util.List;

/**
 * Everything hot-reloadable, validated: schema and references hold.
 *
 * @param gateways in document order
 * @param routes in document order
 * @param backends in document order
 * @param certificates in document order
 * @param clientPolicies in document order
 * @param trafficPolicies in document order
 * @param digest SHA-256 of the source text and of the bytes of the files that it names, hex
 */
public record GatewayConfig(
        List<Gateway> gateways,
        List<HttpRoute> routes,
        List<Backend> backends,
        List<Certificate> certificates,
        List<ClientPolicy> clientPolicies,
        List<TrafficPolicy> trafficPolicies,
        String digest) {

    public GatewayConfig {
        gateways = List.copyOf(gateways);
        routes = List.copyOf(routes);
        backends = List.copyOf(backends);
        certificates = List.copyOf(certificates);
        clientPolicies = List.copyOf(clientPolicies);
        trafficPolicies = List.copyOf(trafficPolicies);
    }

    /** Without traffic policies. */
    public GatewayConfig(
            List<Gateway> gateways,
            List<HttpRoute> routes,
            List<Backend> backends,
            List<Certificate> certificates,
            List<ClientPolicy> clientPolicies,
            String digest) {
        this(gateways, routes, backends, certificates, clientPolicies, List.of(), digest);
    }
}
