package dev.sluice.spi;

import dev.sluice.config.ConfigResult;
import java.nio.file.Path;

/** Where configuration comes from. Both methods may block; the gateway calls them off its event loops, one at a time. */
public interface ConfigSource {

    /** Reads and validates everything; never throws for bad input. */
    ConfigResult load();

    /** Whether {@link #load()} may give something else than it gave last; cheap enough to be asked every second. */
    boolean changed();

    /** Against which the relative paths of documents count that come from elsewhere: the working directory by default. */
    default Path directory() {
        return Path.of("");
    }

    /** A source that never changes. */
    static ConfigSource fixed(ConfigResult result) {
        return new ConfigSource() {
            @Override
            public ConfigResult load() {
                return result;
            }

            @Override
            public boolean changed() {
                return false;
            }
        };
    }
}
