package dev.sluice.stream;

import dev.sluice.config.Defaults;

/**
 * What TrailersResetVerticle has decided for all loops.
 *
 * @param maxRstFrames RST_STREAM frames that one connection may send per {@link Defaults#RST_WINDOW} before GOAWAY
 */
public record StreamPolicy(int maxRstFrames) {

    /** Until the verticle publishes another. */
    public static final StreamPolicy DEFAULT = new StreamPolicy(Defaults.MAX_RST_PER_WINDOW);
}
