package dev.sluice.grpc.transcode;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A path template as {@code google/api/http.proto} describes it.
 *
 * @param text as it stands in the option
 * @param segments of the whole path; {@link #REST} at most once, at the end
 * @param variables in the order of the path
 * @param verb behind the last colon, decoded; null for none
 */
record PathTemplate(String text, List<String> segments, List<Variable> variables, @Nullable String verb) {

    /** A segment that any one segment of a path matches. No literal contains a slash. */
    static final String ANY = "/*";

    /** A segment that any number of segments match, also none. */
    static final String REST = "/**";

    /**
     * A part of the path that becomes a field's value.
     *
     * @param fieldPath such as {@code book.name}
     * @param start its first segment
     * @param end behind its last segment
     */
    record Variable(String fieldPath, int start, int end) {}

    PathTemplate {
        segments = List.copyOf(segments);
        variables = List.copyOf(variables);
    }

    /** @throws IllegalArgumentException with what is wrong and where */
    static PathTemplate parse(String text) {
        return new Parser(text).template();
    }

    /** Whether the variable is one segment whatever the path; others keep {@code %2F} as it is. */
    boolean isSingle(Variable variable) {
        return variable.end - variable.start == 1
                && !segments.get(variable.start).equals(REST);
    }

    private static final class Parser {

        private final String text;
        private final List<String> segments = new ArrayList<>();
        private final List<Variable> variables = new ArrayList<>();
        private int at;

        Parser(String text) {
            this.text = text;
        }

        PathTemplate template() {
            expect('/');
            if (at == text.length()) {
                segments.add("");
                return new PathTemplate(text, segments, variables, null);
            }
            segments(true);
            String verb = null;
            if (at < text.length() && text.charAt(at) == ':') {
                at++;
                verb = literal();
            }
            if (at < text.length()) {
                throw wrong(verb == null ? "'/' or ':'" : "the end");
            }
            int rest = segments.indexOf(REST);
            if (rest >= 0 && rest != segments.size() - 1) {
                throw new IllegalArgumentException(text + " (expected: ** as the last segment)");
            }
            return new PathTemplate(text, segments, variables, verb);
        }

        private void segments(boolean variablesAllowed) {
            segment(variablesAllowed);
            while (at < text.length() && text.charAt(at) == '/') {
                at++;
                segment(variablesAllowed);
            }
        }

        private void segment(boolean variablesAllowed) {
            char c = at < text.length() ? text.charAt(at) : 0;
            if (c == '{' && variablesAllowed) {
                at++;
                variable();
            } else if (c == '*') {
                at++;
                boolean rest = at < text.length() && text.charAt(at) == '*';
                at += rest ? 1 : 0;
                segments.add(rest ? REST : ANY);
            } else {
                segments.add(literal());
            }
        }

        private void variable() {
            int nameStart = at;
            while (at < text.length() && (isWord(text.charAt(at)) || text.charAt(at) == '.')) {
                at++;
            }
            String name = text.substring(nameStart, at);
            if (name.isEmpty()) {
                throw wrong("a field's name");
            }
            int start = segments.size();
            if (at < text.length() && text.charAt(at) == '=') {
                at++;
                segments(false);
            } else {
                segments.add(ANY);
            }
            expect('}');
            for (Variable other : variables) {
                if (other.fieldPath.equals(name)) {
                    throw new IllegalArgumentException(text + " (expected: {" + name + "} once)");
                }
            }
            variables.add(new Variable(name, start, segments.size()));
        }

        /** One or more characters, percent-decoded, so that it does not matter how a path writes them. */
        private String literal() {
            int start = at;
            while (at < text.length() && isLiteral(text.charAt(at))) {
                at++;
            }
            if (at == start) {
                throw wrong("a segment");
            }
            try {
                return PercentText.decode(text.substring(start, at));
            } catch (TranscodingException e) {
                throw new IllegalArgumentException(text + ": " + e.getMessage(), e);
            }
        }

        private void expect(char c) {
            if (at >= text.length() || text.charAt(at) != c) {
                throw wrong("'" + c + "'");
            }
            at++;
        }

        private IllegalArgumentException wrong(String expected) {
            return new IllegalArgumentException(
                    (text.isEmpty() ? "an empty path" : text) + " (expected: " + expected + " at " + at + ")");
        }

        private static boolean isWord(char c) {
            return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        }

        private static boolean isLiteral(char c) {
            return c > ' ' && c != 0x7f && "/*:{}?#".indexOf(c) < 0;
        }
    }
}
