package dev.sluice.grpc.transcode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All templates as one tree of segments. Of several that match a path, the one wins whose first differing segment is the
 * more exact: a literal, then {@code *}, then {@code **}; one with a verb before one whose variable takes the verb in.
 * Not changed any more once requests are matched.
 */
final class TemplateIndex {

    /** Any HTTP method, as a {@code custom} pattern of kind {@code *} has it. */
    static final String ANY_METHOD = "*";

    private static final String NO_VERB = "";

    /**
     * A request's method of a service.
     *
     * @param segments of the request's path, still percent-encoded, without the verb
     */
    record Match(Binding binding, List<String> segments) {}

    private static final class Node {
        final Map<String, Node> literals = new HashMap<>();

        @Nullable
        Node any;
        /** By verb and HTTP method: templates that end here, and that end here with {@code **}. */
        final Map<String, Map<String, Binding>> ends = new HashMap<>();

        final Map<String, Map<String, Binding>> rests = new HashMap<>();
    }

    private final Node root = new Node();
    private final Set<String> verbs = new HashSet<>();

    /** @throws IllegalArgumentException when another method has the same template */
    void add(Binding binding) {
        PathTemplate template = binding.template();
        Node node = root;
        boolean rest = false;
        for (String segment : template.segments()) {
            if (segment.equals(PathTemplate.REST)) {
                rest = true;
            } else if (segment.equals(PathTemplate.ANY)) {
                if (node.any == null) {
                    node.any = new Node();
                }
                node = node.any;
            } else {
                node = node.literals.computeIfAbsent(segment, literal -> new Node());
            }
        }
        String verb = template.verb() == null ? NO_VERB : template.verb();
        verbs.add(verb);
        Binding other = (rest ? node.rests : node.ends)
                .computeIfAbsent(verb, v -> new TreeMap<>())
                .putIfAbsent(binding.httpMethod(), binding);
        if (other != null) {
            throw new IllegalArgumentException(binding.method().getFullName() + ": " + binding.httpMethod() + " "
                    + template.text() + " (expected: another path than "
                    + other.template().text() + " of "
                    + other.method().getFullName() + ")");
        }
    }

    /** The binding for a request; null when none matches both path and method. */
    @Nullable
    Match match(String httpMethod, String path) throws TranscodingException {
        Binding[] found = new Binding[1];
        List<String> segments = walk(path, methods -> {
            Binding exact = methods.get(httpMethod);
            found[0] = exact == null ? methods.get(ANY_METHOD) : exact;
            return found[0] != null;
        });
        return segments == null ? null : new Match(found[0], segments);
    }

    /** The methods that templates matching the path have. */
    Set<String> methods(String path) throws TranscodingException {
        Set<String> all = new TreeSet<>();
        List<String> unused = walk(path, methods -> {
            all.addAll(methods.keySet());
            return false;
        });
        return all;
    }

    /**
     * Offers the ends of all templates that match the path, the best first, until one is taken.
     *
     * @return the path's segments as the template that was taken divides them; null when none was
     */
    private @Nullable List<String> walk(String path, Predicate<Map<String, Binding>> taken)
            throws TranscodingException {
        List<String> raw = split(path);
        List<String> decoded = decoded(raw);
        String last = raw.get(raw.size() - 1);
        int colon = last.lastIndexOf(':');
        if (colon >= 0) {
            String verb = PercentText.decode(last.substring(colon + 1));
            if (!verb.isEmpty() && verbs.contains(verb)) {
                List<String> before = withLast(raw, last.substring(0, colon));
                if (descend(root, decoded(before), 0, verb, taken)) {
                    return before;
                }
            }
        }
        return descend(root, decoded, 0, NO_VERB, taken) ? raw : null;
    }

    private static boolean descend(
            Node node, List<String> segments, int index, String verb, Predicate<Map<String, Binding>> taken) {
        if (index == segments.size()) {
            if (offered(node.ends.get(verb), taken)) {
                return true;
            }
        } else {
            String segment = segments.get(index);
            Node literal = node.literals.get(segment);
            if (literal != null && descend(literal, segments, index + 1, verb, taken)) {
                return true;
            }
            if (node.any != null && !segment.isEmpty() && descend(node.any, segments, index + 1, verb, taken)) {
                return true;
            }
        }
        return offered(node.rests.get(verb), taken);
    }

    private static boolean offered(@Nullable Map<String, Binding> methods, Predicate<Map<String, Binding>> taken) {
        return methods != null && taken.test(methods);
    }

    private static List<String> split(String path) {
        List<String> segments = new ArrayList<>();
        int start = 1;
        for (int slash = path.indexOf('/', start); slash >= 0; slash = path.indexOf('/', start)) {
            segments.add(path.substring(start, slash));
            start = slash + 1;
        }
        segments.add(path.substring(Math.min(start, path.length())));
        return segments;
    }

    /** The same list when there is nothing to decode. */
    private static List<String> decoded(List<String> raw) throws TranscodingException {
        List<String> decoded = raw;
        for (int i = 0; i < raw.size(); i++) {
            String segment = raw.get(i);
            String plain = PercentText.decode(segment);
            if (!plain.equals(segment)) {
                if (decoded == raw) {
                    decoded = new ArrayList<>(raw);
                }
                decoded.set(i, plain);
            }
        }
        return decoded;
    }

    private static List<String> withLast(List<String> segments, String last) {
        List<String> changed = new ArrayList<>(segments);
        changed.set(changed.size() - 1, last);
        return changed;
    }
}
