package dev.sluice.route;

import dev.sluice.config.Backend;
import dev.sluice.config.ResourceKey;
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
 */
public record RouteTable(long version, String digest, List<Bind> binds, Map<ResourceKey, Backend> backends) {

    public RouteTable {
        binds = List.copyOf(binds);
        backends = Map.copyOf(backends);
    }
}
