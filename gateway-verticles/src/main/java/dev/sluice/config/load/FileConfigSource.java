package dev.sluice.config.load;

import dev.sluice.config.ConfigResult;
import dev.sluice.spi.ConfigSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Configuration from files. Notices edits, new and removed files, replaced symbolic links (as Kubernetes mounts change)
 * and changes of every certificate and key file that the configuration names.
 */
public final class FileConfigSource implements ConfigSource {

    private final List<Path> paths;
    private final SchemaCheck schemas = new SchemaCheck();
    private ConfigFiles files = new ConfigFiles(List.of(), Map.of());
    private Map<Path, FileState> states = Map.of();

    /** @param paths YAML files, and directories whose {@code *.yaml} and {@code *.yml} files are read */
    public FileConfigSource(List<Path> paths) {
        this.paths = List.copyOf(paths);
    }

    @Override
    public ConfigResult load() {
        Inputs inputs = new Inputs();
        files = ConfigFiles.list(paths);
        LoadedConfig loaded = ConfigLoader.load(files, schemas, inputs);
        states = inputs.states();
        return loaded.result();
    }

    @Override
    public boolean changed() {
        return !files.equals(ConfigFiles.list(paths))
                || states.entrySet().stream().anyMatch(entry -> entry.getValue().hasChanged(entry.getKey()));
    }
}
