package dev.sluice.config.load;

import dev.sluice.config.Bootstrap;
import dev.sluice.config.ConfigResult;
import dev.sluice.config.Defaults;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The pipeline: files, YAML, schema, references, records. Every step collects all that it finds. */
public final class ConfigLoader {

    /** The name of a text that is no file's. */
    static final String PUSHED = "pushed";

    private ConfigLoader() {}

    /**
     * Reads and validates files; blocks, and never throws for bad input.
     *
     * @param paths YAML files, and directories whose {@code *.yaml} and {@code *.yml} files are read
     */
    public static LoadedConfig load(List<Path> paths) {
        return load(ConfigFiles.list(paths), new SchemaCheck(), new Inputs());
    }

    /** The same for files that are listed already; the inputs then know all that was read. */
    static LoadedConfig load(ConfigFiles files, SchemaCheck schemas, Inputs inputs) {
        Problems problems = new Problems();
        files.unusable().forEach((path, reason) -> problems.addUnreadable(path.toString(), Position.START, reason));
        List<Document> documents = new ArrayList<>();
        for (Path file : files.files()) {
            documents.addAll(read(file, inputs, problems));
        }
        return load(documents, schemas, inputs, problems);
    }

    /**
     * The same for a text that was pushed: Bootstrap documents, which are each node's own, are left out with a warning.
     *
     * @param directory against which relative paths count
     */
    static ConfigResult load(String text, Path directory, SchemaCheck schemas, Inputs inputs) {
        Problems problems = new Problems();
        List<Document> documents = new ArrayList<>(YamlReader.read(PUSHED, directory, text, problems));
        documents.removeIf(document -> {
            boolean isBootstrap = Kind.BOOTSTRAP.title().equals(document.root().getValue("kind"));
            if (isBootstrap) {
                problems.warn(document.field().at("kind"), "ignored: a Bootstrap is each node's own, and not pushed");
            }
            return isBootstrap;
        });
        if (documents.isEmpty() && problems.isEmpty()) {
            problems.add(PUSHED, Position.START, "no resource (expected: a Gateway and what it needs)");
        }
        return load(documents, schemas, inputs, problems).result();
    }

    private static List<Document> read(Path file, Inputs inputs, Problems problems) {
        try {
            byte[] content = inputs.read(file, Defaults.MAX_CONFIG_FILE_BYTES);
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
            return YamlReader.read(file, text, problems);
        } catch (CharacterCodingException e) {
            problems.addUnreadable(file.toString(), Position.START, "the file is not UTF-8 text");
        } catch (IOException e) {
            problems.addUnreadable(file.toString(), Position.START, "the file " + e.getMessage());
        }
        return List.of();
    }

    /** Files that say nothing of what is routed, and differ among nodes that route the same. */
    private static Set<Path> ofTheProcess(Resources resources) {
        Set<Path> files = new HashSet<>();
        for (Resource bootstrap : resources.all(Kind.BOOTSTRAP)) {
            String file = bootstrap.field().document().file();
            boolean isItsOnly = Stream.of(Kind.values())
                    .filter(kind -> kind != Kind.BOOTSTRAP)
                    .flatMap(kind -> resources.all(kind).stream())
                    .noneMatch(other -> other.field().document().file().equals(file));
            if (isItsOnly && !file.isEmpty()) {
                files.add(Path.of(file));
            }
        }
        return files;
    }

    /** The steps after parsing. */
    static LoadedConfig load(List<Document> documents, SchemaCheck schemas, Inputs inputs, Problems problems) {
        Resources resources = new Resources(problems.isComplete());
        for (Document document : documents) {
            Kind kind = Kind.of(document, problems);
            if (kind == null) {
                resources.addUnknown(document);
            } else {
                schemas.check(kind, document, problems);
                resources.add(kind, document, problems);
            }
        }
        SecretFiles secrets = new SecretFiles(inputs, problems);
        new ReferenceCheck(resources, inputs, secrets, problems).check();
        if (!problems.isEmpty()) {
            return new LoadedConfig(new ConfigResult.Rejected(problems.errors()), Bootstrap.defaults());
        }
        return new LoadedConfig(
                new ConfigResult.Accepted(
                        ResourceDecoder.config(resources, secrets, inputs.digest(ofTheProcess(resources))),
                        problems.warnings()),
                resources.all(Kind.BOOTSTRAP).stream()
                        .map(resource -> ResourceDecoder.bootstrap(resource, secrets))
                        .findFirst()
                        .orElseGet(Bootstrap::defaults));
    }
}
