package dev.sluice.stream;

import dev.sluice.config.Defaults;
import java.util.Set;

/**
 * What TrailersResetVerticle has decided for all loops.
 *
 * @param maxRstFrames RST_STREAM frames that one connection may send per {@link Defaults#RST_WINDOW} before GOAWAY
 * @param penalised addresses that may have no HTTP/2 and HTTP/3 connections for now, as literal IPs
 */
public record StreamPolicy(int maxRstFrames, Set<String> penalised) {

    /** Until the verticle publishes another. */
    public static final StreamPolicy DEFAULT = new StreamPolicy(Defaults.MAX_RST_PER_WINDOW, Set.of());

    public StreamPolicy {
        penalised = Set.copyOf(penalised);
    }
}
