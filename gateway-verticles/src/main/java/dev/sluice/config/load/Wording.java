package dev.sluice.config.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How values and alternatives are named in messages. */
final class Wording {

    private static final int LONGEST_VALUE = 80;

    private Wording() {}

    /** A value as a reader recognises it. */
    static String show(@Nullable Object value) {
        if (value == null) {
            return "nothing";
        } else if (value instanceof JsonObject) {
            return "a mapping";
        } else if (value instanceof JsonArray) {
            return "a list";
        } else if (value instanceof String text) {
            String line = text.replaceAll("\\p{Cntrl}", "?");
            return '"' + (line.length() <= LONGEST_VALUE ? line : line.substring(0, LONGEST_VALUE) + "...") + '"';
        }
        return value.toString();
    }

    /** {@code a, b or c}. */
    static String or(List<String> alternatives) {
        int last = alternatives.size() - 1;
        return last <= 0
                ? String.join("", alternatives)
                : String.join(", ", alternatives.subList(0, last)) + " or " + alternatives.get(last);
    }

    /** What was probably meant, or everything that is possible. */
    static String hint(String written, List<String> candidates) {
        String nearest = nearest(written, candidates);
        return nearest != null
                ? " (did you mean \"" + nearest + "\"?)"
                : " (expected: " + or(candidates.stream().sorted().toList()) + ")";
    }

    /** The candidate that was probably meant: the nearest by edits, or one that contains the word; null when none is. */
    static @Nullable String nearest(String written, Collection<String> candidates) {
        String word = written.toLowerCase(Locale.ROOT);
        String nearest = null;
        int best = word.length() < 3 ? 1 : 1 + Math.max(1, word.length() / 3);
        for (String candidate : candidates) {
            if (Math.abs(word.length() - candidate.length()) >= best) {
                continue;
            }
            int distance = distance(word, candidate.toLowerCase(Locale.ROOT));
            if (distance < best) {
                best = distance;
                nearest = candidate;
            }
        }
        return nearest != null || word.length() < 2
                ? nearest
                : candidates.stream()
                        .filter(candidate -> candidate.toLowerCase(Locale.ROOT).contains(word))
                        .findFirst()
                        .orElse(null);
    }

    /** Whether a mapping has a field that it does not know, and that was probably meant to be this one. */
    static boolean isMisspelt(@Nullable Object mapping, String name, Collection<String> known) {
        return mapping instanceof JsonObject fields
                && fields.fieldNames().stream()
                        .anyMatch(key -> !known.contains(key) && name.equals(nearest(key, known)));
    }

    /** Edits (insert, delete, replace, swap of neighbours) from one word to the other. */
    private static int distance(String a, String b) {
        int[][] edits = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    edits[i][j] = i + j;
                    continue;
                }
                int replaced = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                edits[i][j] = Math.min(replaced, 1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    edits[i][j] = Math.min(edits[i][j], 1 + edits[i - 2][j - 2]);
                }
            }
        }
        return edits[a.length()][b.length()];
    }
}
