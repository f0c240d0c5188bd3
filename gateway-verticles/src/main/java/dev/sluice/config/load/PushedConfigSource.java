package dev.sluice.config.load;

import dev.sluice.config.ConfigResult;
import dev.sluice.spi.ConfigSource;
import java.nio.file.Path;
import java.util.Map;

/**
 * Configuration from a text that was pushed. The certificates, keys and descriptors that it names are this node's files,
 * and their changes are noticed as those of {@link FileConfigSource} are.
 */
public final class PushedConfigSource implements ConfigSource {

    private final String text;
    private final Path directory;
    private final SchemaCheck schemas = new SchemaCheck();
    private Map<Path, FileState> states = Map.of();

    /**
     * Of one text.
     *
     * @param text YAML documents
     * @param directory against which relative paths count
     */
    public PushedConfigSource(String text, Path directory) {
        this.text = text;
        this.directory = directory;
    }

    @Override
    public ConfigResult load() {
        Inputs inputs = new Inputs(text);
        ConfigResult result = ConfigLoader.load(text, directory, schemas, inputs);
        states = inputs.states();
        return result;
    }

    @Override
    public boolean changed() {
        return states.entrySet().stream().anyMatch(entry -> entry.getValue().hasChanged(entry.getKey()));
    }

    @Override
    public Path directory() {
        return directory;
    }
}
