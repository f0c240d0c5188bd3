package dev.sluice.deploy;

import dev.sluice.config.Bootstrap;
import dev.sluice.config.ConfigResult;
import dev.sluice.config.load.ConfigLoader;
import dev.sluice.config.load.FileConfigSource;
import dev.sluice.config.load.LoadedConfig;
import dev.sluice.spi.ConfigSource;
import java.nio.file.Path;
import java.util.List;

/**
 * Configuration files as read once.
 *
 * @param result the resources, or every problem
 * @param bootstrap the Bootstrap document, or the defaults
 * @param source reads the same paths again whenever they change
 */
record ConfigFiles(ConfigResult result, Bootstrap bootstrap, ConfigSource source) {

    /** Reads files, and directories with all their YAML files. */
    static ConfigFiles read(List<Path> paths) {
        LoadedConfig loaded = ConfigLoader.load(paths);
        return new ConfigFiles(loaded.result(), loaded.bootstrap(), new FileConfigSource(paths));
    }
}
