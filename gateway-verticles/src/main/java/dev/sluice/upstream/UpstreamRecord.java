package dev.sluice.upstream;

import dev.sluice.config.ResourceKey;
import java.util.List;

/**
 * What one backend is doing on one loop, for people.
 *
 * @param backend its key
 * @param retries under way
 * @param endpoints those that are given requests, and those that are left out
 */
public record UpstreamRecord(ResourceKey backend, int retries, List<Use> endpoints) {

    public UpstreamRecord {
        endpoints = List.copyOf(endpoints);
    }

    /**
     * One endpoint.
     *
     * @param endpoint its identity
     * @param requests under way, those in line included
     * @param connections open
     * @param idle of those without a request
     * @param connecting being opened
     * @param pending requests in line for a connection
     */
    public record Use(Endpoint endpoint, int requests, int connections, int idle, int connecting, int pending) {}
}
