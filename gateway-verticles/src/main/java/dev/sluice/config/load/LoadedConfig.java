package dev.sluice.config.load;

import dev.sluice.config.Bootstrap;
import dev.sluice.config.ConfigResult;

/**
 * What files gave.
 *
 * @param result the resources, or the problems of all files, those of the Bootstrap included
 * @param bootstrap the Bootstrap document, all defaults where there is none; of no use when the result is rejected
 */
public record LoadedConfig(ConfigResult result, Bootstrap bootstrap) {}
