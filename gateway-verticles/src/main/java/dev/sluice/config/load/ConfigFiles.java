package dev.sluice.config.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The configuration files that paths stand for.
 *
 * @param files each once, in the order of the paths, those of a directory sorted by name
 * @param unusable paths that give no file, with the reason
 */
record ConfigFiles(List<Path> files, Map<Path, String> unusable) {

    /**
     * Lists files as they are and directories without descending. Hidden entries are left out, and with them the
     * {@code ..data} directories of Kubernetes' volumes, whose visible entries are symbolic links into them.
     */
    static ConfigFiles list(List<Path> paths) {
        List<Path> files = new ArrayList<>();
        Map<Path, String> unusable = new LinkedHashMap<>();
        for (Path path : paths) {
            if (Files.isDirectory(path)) {
                List<Path> found = inDirectory(path, unusable);
                if (found.isEmpty()) {
                    unusable.putIfAbsent(path, "the directory holds no *.yaml or *.yml file");
                }
                files.addAll(found);
            } else if (Files.exists(path)) {
                files.add(path);
            } else {
                unusable.put(path, "no such file or directory");
            }
        }
        return new ConfigFiles(files.stream().distinct().toList(), unusable);
    }

    private static List<Path> inDirectory(Path directory, Map<Path, String> unusable) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(ConfigFiles::isConfig).sorted().toList();
        } catch (IOException e) {
            unusable.put(directory, "the directory cannot be read: " + e.getMessage());
            return List.of();
        }
    }

    private static boolean isConfig(Path entry) {
        String name = entry.getFileName().toString();
        return !name.startsWith(".") && (name.endsWith(".yaml") || name.endsWith(".yml")) && !Files.isDirectory(entry);
    }
}
