package dev.sluice.config.load;

import dev.sluice.config.Defaults;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.ComposerException;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Reads the documents of one YAML 1.2 text (core schema). Bounded in nesting and alias expansion; nothing but plain
 * data is ever made of it.
 */
final class YamlReader {

    private final String file;
    private final Path directory;
    private final Problems problems;
    private final Set<Node> anchored = Collections.newSetFromMap(new IdentityHashMap<>());
    private int aliased;
    private int aliasDepth;

    private YamlReader(String file, Path directory, Problems problems) {
        this.file = file;
        this.directory = directory;
        this.problems = problems;
    }

    /** The documents up to the first one that is not well-formed; empty ones are left out. */
    static List<Document> read(Path file, String text, Problems problems) {
        Path directory = file.getParent();
        return read(file.toString(), directory == null ? Path.of("") : directory, text, problems);
    }

    /** The same for a text that is no file's; its relative paths count against this directory. */
    static List<Document> read(String name, Path directory, String text, Problems problems) {
        return new YamlReader(name, directory, problems).documents(text);
    }

    private List<Document> documents(String text) {
        List<Document> documents = new ArrayList<>();
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file)
                .setSchema(new CoreSchema())
                .setCodePointLimit(Defaults.MAX_CONFIG_FILE_BYTES)
                .build();
        try {
            Composer composer = new BoundedComposer(settings, text);
            while (composer.hasNext()) {
                Node root = composer.next();
                anchored.clear();
                Object value = value(root, 0);
                if (value instanceof JsonObject object) {
                    documents.add(new Document(file, directory, object, new SourceMap(root)));
                } else if (value != null) {
                    problems.add(
                            file,
                            Position.of(root.getStartMark()),
                            "the document is " + Wording.show(value)
                                    + " (expected: a resource with apiVersion, kind, metadata and spec)");
                }
            }
        } catch (MarkedYamlEngineException e) {
            Position position = Position.of(e.getProblemMark().or(e::getContextMark));
            problems.addUnreadable(file, position, "not valid YAML: " + sentence(e));
        } catch (YamlEngineException e) {
            problems.addUnreadable(file, Position.START, "not valid YAML: " + e.getMessage());
        }
        return documents;
    }

    private static String sentence(MarkedYamlEngineException e) {
        String problem = e.getProblem();
        return e.getContext() == null || e.getContext().isEmpty() ? problem : e.getContext() + ": " + problem;
    }

    private @Nullable Object value(Node node, int depth) {
        boolean isAlias = node.getAnchor().isPresent() && !anchored.add(node);
        if (depth > Defaults.MAX_YAML_DEPTH) {
            throw refused(
                    node, "nested deeper than " + Defaults.MAX_YAML_DEPTH + " levels, perhaps an alias of itself");
        }
        if (isAlias || aliasDepth > 0) {
            if (++aliased > Defaults.MAX_YAML_ALIASED_VALUES) {
                throw refused(node, "aliases repeat more than " + Defaults.MAX_YAML_ALIASED_VALUES + " values");
            }
        }
        if (isAlias) {
            aliasDepth++;
        }
        try {
            if (node instanceof MappingNode mapping) {
                return object(mapping, depth);
            } else if (node instanceof SequenceNode sequence) {
                return array(sequence, depth);
            }
            return scalar((ScalarNode) node);
        } finally {
            if (isAlias) {
                aliasDepth--;
            }
        }
    }

    private JsonObject object(MappingNode mapping, int depth) {
        requireTag(mapping, Tag.MAP);
        JsonObject object = new JsonObject();
        for (NodeTuple entry : mapping.getValue()) {
            if (!(entry.getKeyNode() instanceof ScalarNode key)) {
                throw refused(entry.getKeyNode(), "a list or mapping is used as a key (expected: a name)");
            }
            String name = key.getValue();
            if (object.containsKey(name)) {
                problems.add(file, Position.of(key.getStartMark()), "duplicate key " + Wording.show(name));
            }
            object.put(name, value(entry.getValueNode(), depth + 1));
        }
        return object;
    }

    private JsonArray array(SequenceNode sequence, int depth) {
        requireTag(sequence, Tag.SEQ);
        JsonArray array = new JsonArray();
        for (Node item : sequence.getValue()) {
            array.add(value(item, depth + 1));
        }
        return array;
    }

    private static @Nullable Object scalar(ScalarNode node) {
        Tag tag = node.getTag();
        String text = node.getValue();
        if (tag.equals(Tag.STR)) {
            return text;
        } else if (tag.equals(Tag.NULL)) {
            return null;
        } else if (tag.equals(Tag.BOOL)) {
            return Boolean.valueOf(text);
        }
        try {
            if (tag.equals(Tag.INT)) {
                return integer(text);
            } else if (tag.equals(Tag.FLOAT)) {
                return real(text);
            }
        } catch (NumberFormatException e) {
            throw refused(node, "\"" + text + "\" is not a number");
        }
        throw refused(node, "the tag " + tag.getValue() + " is not supported");
    }

    private static Number integer(String text) {
        BigInteger integer = text.startsWith("0x")
                ? new BigInteger(text.substring(2), 16)
                : text.startsWith("0o") ? new BigInteger(text.substring(2), 8) : new BigInteger(text);
        if (integer.bitLength() < Integer.SIZE) {
            return integer.intValue();
        }
        return integer.bitLength() < Long.SIZE ? integer.longValue() : integer;
    }

    /** Infinities and NaN have no place in JSON, so they stay texts and fail where a number is expected. */
    private static Object real(String text) {
        return text.endsWith("f")
                        || text.endsWith("F")
                        || text.toLowerCase(Locale.ROOT).endsWith("nan")
                ? text
                : Double.valueOf(text);
    }

    private static void requireTag(Node node, Tag tag) {
        if (!node.getTag().equals(tag)) {
            throw refused(node, "the tag " + node.getTag().getValue() + " is not supported");
        }
    }

    private static ComposerException refused(Node node, String message) {
        return new ComposerException(message, node.getStartMark());
    }

    /** The library's composer recurses without a limit; this one has one. */
    private static final class BoundedComposer extends Composer {

        private int depth;

        BoundedComposer(LoadSettings settings, String text) {
            super(settings, new ParserImpl(settings, new StreamReader(settings, text)));
        }

        @Override
        protected SequenceNode composeSequenceNode(Optional<Anchor> anchor) {
            descend();
            SequenceNode node = super.composeSequenceNode(anchor);
            depth--;
            return node;
        }

        @Override
        protected Node composeMappingNode(Optional<Anchor> anchor) {
            descend();
            Node node = super.composeMappingNode(anchor);
            depth--;
            return node;
        }

        private void descend() {
            if (++depth > Defaults.MAX_YAML_DEPTH) {
                throw new ComposerException(
                        "nested deeper than " + Defaults.MAX_YAML_DEPTH + " levels",
                        parser.peekEvent().getStartMark());
            }
        }
    }
}
