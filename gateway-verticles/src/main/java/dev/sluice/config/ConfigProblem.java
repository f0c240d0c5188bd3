package dev.sluice.config;

/**
 * One thing wrong with the configuration, precise enough to mend it without searching.
 *
 * @param file the file's path as the user named it; empty when the text did not come from a file
 * @param line 1-based
 * @param column 1-based
 * @param pointer RFC 6901 JSON pointer into the document, empty for the document itself
 * @param message what is wrong and what was expected, for example {@code 70000 (expected: 0..65535)}
 */
public record ConfigProblem(String file, int line, int column, String pointer, String message) {

    /** {@code file:line:column /pointer: message}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (!file.isEmpty()) {
            text.append(file)
                    .append(':')
                    .append(line)
                    .append(':')
                    .append(column)
                    .append(' ');
        }
        if (!pointer.isEmpty()) {
            text.append(pointer).append(": ");
        }
        return text.append(message).toString();
    }
}
