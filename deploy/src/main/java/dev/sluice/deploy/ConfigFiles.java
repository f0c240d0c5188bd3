package dev.sluice.deploy;

import dev.sluice.config.Bootstrap;
import dev.sluice.config.ConfigResult;
import dev.sluice.config.load.FileConfigSource;
import dev.sluice.config.load.LoadedConfig;
import dev.sluice.spi.ConfigSource;
import java.nio.file.Path;
import java.util.List;

/**
 * Configuration files, read once: the source gives what was read here until the files change.
 *
 * @param result the resources, or every problem
 * @param bootstrap the Bootstrap document, or the defaults
 * @param source gives that result first, and reads the same paths again when they have changed
 */
record ConfigFiles(ConfigResult result, Bootstrap bootstrap, ConfigSource source) {

    /** Reads files, and directories with all their YAML files. */
    static ConfigFiles read(List<Path> paths) {
        FileConfigSource source = new FileConfigSource(paths);
        LoadedConfig loaded = source.read();
        return new ConfigFiles(loaded.result(), loaded.bootstrap(), source);
    }
}
