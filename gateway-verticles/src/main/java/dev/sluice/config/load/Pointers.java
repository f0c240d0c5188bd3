package dev.sluice.config.load;

import java.util.List;
import java.util.stream.Stream;

/** RFC 6901 JSON pointers. */
final class Pointers {

    private Pointers() {}

    static String child(String pointer, String name) {
        return pointer + '/' + name.replace("~", "~0").replace("/", "~1");
    }

    static String child(String pointer, int index) {
        return pointer + '/' + index;
    }

    /** The unescaped names, outermost first; none for the document itself. */
    static List<String> names(String pointer) {
        if (pointer.isEmpty()) {
            return List.of();
        }
        return Stream.of(pointer.substring(1).split("/", -1))
                .map(Pointers::unescape)
                .toList();
    }

    /** The unescaped last name. */
    static String lastName(String pointer) {
        return unescape(pointer.substring(pointer.lastIndexOf('/') + 1));
    }

    static String parent(String pointer) {
        return pointer.substring(0, pointer.lastIndexOf('/'));
    }

    private static String unescape(String name) {
        return name.replace("~1", "/").replace("~0", "~");
    }
}
