package dev.sluice.k8s;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The manifests of this module as parsed YAML. */
final class Manifests {

    static final Path ROOT = Path.of("manifests");

    private Manifests() {}

    /** Every YAML file. */
    static List<Path> files() {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All documents of a file. */
    static List<Node> documents(Path file) {
        try {
            return parsed(file.toString(), Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All documents of a text. */
    static List<Node> parsed(String label, String yaml) {
        List<Node> documents = new ArrayList<>();
        Load load = new Load(LoadSettings.builder()
                .setLabel(label)
                .setAllowDuplicateKeys(false)
                .build());
        load.loadAllFromString(yaml).forEach(document -> documents.add(new Node(document)));
        return documents;
    }

    /** The one document of a kind in the base. */
    static Node base(String kind) {
        List<Node> found = files().stream()
                .filter(file -> file.startsWith(ROOT.resolve("base")))
                .flatMap(file -> documents(file).stream())
                .filter(document -> document.text("kind").equals(kind))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError(found.size() + " documents of kind " + kind + " (expected: 1)");
        }
        return found.get(0);
    }

    /** A YAML value; a missing key on a path is an error that names it. */
    record Node(Object value) {

        Node at(String... path) {
            Object at = value;
            for (String key : path) {
                Object next = at instanceof List<?> list
                        ? list.get(Integer.parseInt(key))
                        : at instanceof Map<?, ?> map ? map.get(key) : null;
                if (next == null) {
                    throw new AssertionError("no " + key + " of " + String.join("/", path) + " in " + value);
                }
                at = next;
            }
            return new Node(at);
        }

        String text(String... path) {
            return String.valueOf(at(path).value());
        }

        List<Node> list(String... path) {
            return ((List<?>) at(path).value()).stream().map(Node::new).toList();
        }
    }
}
