package dev.sluice.config;

import java.util.List;

/**
 * A {@code gateway.networking.k8s.io/v1 Gateway}: a set of listeners that share addresses.
 *
 * @param key the resource's name
 * @param addresses literal IP addresses to bind; empty means every address of the node, IPv6 and IPv4
 * @param listeners at least one listener, names unique within the gateway
 */
public record Gateway(ResourceKey key, List<String> addresses, List<Listener> listeners) {

    public Gateway {
        addresses = List.copyOf(addresses);
        listeners = List.copyOf(listeners);
    }
}
