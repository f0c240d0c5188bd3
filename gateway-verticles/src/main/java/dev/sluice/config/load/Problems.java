package dev.sluice.config.load;

import dev.sluice.config.ConfigProblem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Collects problems and warnings. Of several problems with one value only the first counts: the rest follow from it. */
final class Problems {

    private static final Comparator<ConfigProblem> BY_PLACE = Comparator.comparing(ConfigProblem::file)
            .thenComparingInt(ConfigProblem::line)
            .thenComparingInt(ConfigProblem::column)
            .thenComparing(ConfigProblem::pointer);

    private final List<ConfigProblem> errors = new ArrayList<>();
    private final List<ConfigProblem> warnings = new ArrayList<>();
    private final IdentityHashMap<Document, Set<String>> pointers = new IdentityHashMap<>();
    private boolean isComplete = true;

    /** A wrong or missing value. */
    void add(Field field, String message) {
        add(field.document(), field.pointer(), field.document().source().position(field.pointer()), message);
    }

    /** A key that should not be there. */
    void addKey(Field field, String message) {
        add(field.document(), field.pointer(), field.document().source().keyPosition(field.pointer()), message);
    }

    /** A file of which documents may be missing now, so that references into them are not to be judged. */
    void addUnreadable(String file, Position position, String message) {
        isComplete = false;
        add(file, position, message);
    }

    /** Something in a file that belongs to no document. */
    void add(String file, Position position, String message) {
        errors.add(new ConfigProblem(file, position.line(), position.column(), "", message));
    }

    void warn(Field field, String message) {
        Position position = field.document().source().position(field.pointer());
        warnings.add(problem(field.document(), field.pointer(), position, message));
    }

    /** Whether a problem with this very value is known. */
    boolean has(Field field) {
        return pointers.getOrDefault(field.document(), Set.of()).contains(field.pointer());
    }

    /** Whether any problem with this document is known. */
    boolean hasAny(Document document) {
        return pointers.containsKey(document);
    }

    /** Whether every file could be read. */
    boolean isComplete() {
        return isComplete;
    }

    boolean isEmpty() {
        return errors.isEmpty();
    }

    /** In file and line order. */
    List<ConfigProblem> errors() {
        return errors.stream().sorted(BY_PLACE).toList();
    }

    /** In file and line order. */
    List<ConfigProblem> warnings() {
        return warnings.stream().sorted(BY_PLACE).toList();
    }

    private void add(Document document, String pointer, Position position, String message) {
        if (pointers.computeIfAbsent(document, d -> new HashSet<>()).add(pointer)) {
            errors.add(problem(document, pointer, position, message));
        }
    }

    private static ConfigProblem problem(Document document, String pointer, Position position, String message) {
        return new ConfigProblem(document.file(), position.line(), position.column(), pointer, message);
    }
}
