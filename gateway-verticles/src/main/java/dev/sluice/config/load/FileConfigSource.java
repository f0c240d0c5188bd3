package dev.sluice.config.load;

import dev.sluice.config.ConfigResult;
import dev.sluice.spi.ConfigSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Configuration from files. Notices edits, new and removed files, replaced symbolic links (as Kubernetes mounts change)
 * and changes of every certificate, key and descriptor file that the configuration names.
 */
public final class FileConfigSource implements ConfigSource {

    private final List<Path> paths;
    private final SchemaCheck schemas = new SchemaCheck();
    private ConfigFiles files = new ConfigFiles(List.of(), Map.of());
    private Map<Path, FileState> states = Map.of();
    private @Nullable ConfigResult ahead;

    /** @param paths YAML files, and directories whose {@code *.yaml} and {@code *.yml} files are read */
    public FileConfigSource(List<Path> paths) {
        this.paths = List.copyOf(paths);
    }

    /** Reads now, the Bootstrap included; {@link #load} then gives the same once, unless something has changed since. */
    public LoadedConfig read() {
        Inputs inputs = new Inputs();
        files = ConfigFiles.list(paths);
        LoadedConfig loaded = ConfigLoader.load(files, schemas, inputs);
        states = inputs.states();
        ahead = loaded.result();
        return loaded;
    }

    @Override
    public ConfigResult load() {
        ConfigResult known = ahead;
        ConfigResult result = known == null || changed() ? read().result() : known;
        ahead = null;
        return result;
    }

    /** The first directory that was named, or the one of the first file. */
    @Override
    public Path directory() {
        Path first = paths.isEmpty() ? Path.of("") : paths.get(0);
        if (Files.isDirectory(first)) {
            return first;
        }
        Path parent = first.getParent();
        return parent == null ? Path.of("") : parent;
    }

    @Override
    public boolean changed() {
        return !files.equals(ConfigFiles.list(paths))
                || states.entrySet().stream().anyMatch(entry -> entry.getValue().hasChanged(entry.getKey()));
    }
}
