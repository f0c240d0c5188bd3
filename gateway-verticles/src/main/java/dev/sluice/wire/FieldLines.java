package dev.sluice.wire;

import io.vertx.core.MultiMap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The field lines of a message as they came, in their order and case (RFC 9110 section 5). They are read once and
 * copied on, so there is no index: a look-up walks the few lines that a message has.
 */
public final class FieldLines {

    /** No lines; nobody may add one. */
    public static final FieldLines NONE = new FieldLines();

    private String[] lines;
    private int length;

    public FieldLines() {
        this.lines = new String[16];
    }

    /** A copy of a Vert.x map. */
    public static FieldLines of(MultiMap fields) {
        FieldLines copy = new FieldLines();
        fields.forEach(copy::add);
        return copy;
    }

    /** Adds a line behind the others. */
    public void add(String name, String value) {
        if (length == lines.length) {
            lines = Arrays.copyOf(lines, length * 2);
        }
        lines[length++] = name;
        lines[length++] = value;
    }

    /** How many lines there are. */
    public int size() {
        return length / 2;
    }

    public boolean isEmpty() {
        return length == 0;
    }

    /** The name of line {@code index}, from 0. */
    public String name(int index) {
        return lines[2 * index];
    }

    /** The value of line {@code index}, from 0. */
    public String value(int index) {
        return lines[2 * index + 1];
    }

    /** The value of the first line of this name, in any case; null for none. */
    public @Nullable String get(String name) {
        for (int i = 0; i < length; i += 2) {
            if (lines[i].length() == name.length() && lines[i].equalsIgnoreCase(name)) {
                return lines[i + 1];
            }
        }
        return null;
    }
}
