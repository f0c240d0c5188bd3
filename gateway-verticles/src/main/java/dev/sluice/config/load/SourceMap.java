package dev.sluice.config.load;

import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Where the values of one document stand in its file. It keeps the YAML nodes and walks them when asked, since almost
 * no value is ever asked for.
 */
final class SourceMap {

    /** For documents that did not come from a text. */
    static final SourceMap NONE = new SourceMap(null);

    private final @Nullable Node root;

    SourceMap(@Nullable Node root) {
        this.root = root;
    }

    /**
     * Where a reader should look for the value at a pointer: a scalar or list entry itself, else the key that names the
     * block. Where nothing stands at the pointer, its nearest ancestor.
     */
    Position position(String pointer) {
        return find(pointer, false);
    }

    /** Where the key of a mapping's entry stands; for a list entry, the entry. */
    Position keyPosition(String pointer) {
        return find(pointer, true);
    }

    private Position find(String pointer, boolean preferKey) {
        Node node = root;
        if (node == null) {
            return Position.START;
        }
        Node place = node;
        for (String name : Pointers.names(pointer)) {
            if (node instanceof MappingNode mapping) {
                NodeTuple entry = entry(mapping, name);
                if (entry == null) {
                    break;
                }
                node = entry.getValueNode();
                boolean isValueShown =
                        node instanceof ScalarNode scalar && !scalar.getValue().isEmpty();
                place = preferKey || !isValueShown ? entry.getKeyNode() : node;
            } else if (node instanceof SequenceNode sequence && hasIndex(sequence, name)) {
                node = sequence.getValue().get(Integer.parseInt(name));
                place = node;
            } else {
                break;
            }
        }
        return Position.of(place.getStartMark());
    }

    private static boolean hasIndex(SequenceNode sequence, String name) {
        return name.matches("[0-9]{1,9}")
                && Integer.parseInt(name) < sequence.getValue().size();
    }

    private static @Nullable NodeTuple entry(MappingNode mapping, String name) {
        for (NodeTuple entry : mapping.getValue()) {
            if (entry.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name)) {
                return entry;
            }
        }
        return null;
    }
}
