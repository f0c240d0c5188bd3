package dev.sluice.route;

import dev.sluice.config.Backend;
import dev.sluice.config.ResourceKey;
import dev.sluice.config.UpstreamTerms;
import java.util.List;
import java.util.Map;

/**
 * One compiled configuration snapshot. An exchange takes it once and keeps it to its end, whatever is published
 * meanwhile.
 *
 * @param version counts up by one with every published table of this process, from 1
 * @param digest of the configuration that it was compiled from
 * @param binds the sockets to serve, keys unique
 * @param backends every backend that a rule may pick
 * @param upstreamTerms of those backends that a policy targets
 */
public record RouteTable(
        long version,
        String digest,
        List<Bind> binds,
        Map<ResourceKey, Backend> backends,
        Map<ResourceKey, UpstreamTerms> upstreamTerms) {

    public RouteTable {
        binds = List.copyOf(binds);
        backends = Map.copyOf(backends);
        upstreamTerms = Map.copyOf(upstreamTerms);
    }

    /** How a backend is used. */
    public UpstreamTerms upstreamTerms(ResourceKey backend) {
        return upstreamTerms.getOrDefault(backend, UpstreamTerms.DEFAULT);
    }
}
