package dev.sluice.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The matches of one hostname, found by path: one map lookup for exact paths, then the regular expressions one by one,
 * then one walk down a trie of prefixes, segment by segment, over the path as it is. Only matches that share one path
 * and differ in method, headers or query parameters are tried in turn. See {@link RouteCompiler} for the order.
 */
final class PathIndex {

    private static final RankedMatch[] NONE = {};

    private final Map<String, RankedMatch[]> exact = new HashMap<>();
    private final RankedMatch[] expressions;
    private final PrefixNode prefixes;

    PathIndex(List<RankedMatch> matches) {
        Map<String, List<RankedMatch>> byPath = new HashMap<>();
        List<RankedMatch> byExpression = new ArrayList<>();
        PrefixDraft root = new PrefixDraft();
        for (RankedMatch match : matches) {
            switch (match.path().type()) {
                case EXACT ->
                    byPath.computeIfAbsent(match.path().value(), path -> new ArrayList<>())
                            .add(match);
                case REGULAR_EXPRESSION -> byExpression.add(match);
                case PATH_PREFIX -> root.at(match.prefix()).matches.add(match);
            }
        }
        byPath.forEach((path, samePath) -> exact.put(path, ranked(samePath)));
        byExpression.sort(Comparator.comparing(
                        (RankedMatch match) -> -match.path().value().length())
                .thenComparing(RankedMatch.PRECEDENCE));
        expressions = byExpression.toArray(NONE);
        prefixes = new PrefixNode(null, root);
    }

    /** The match that takes the request; null when none does. */
    @Nullable
    CompiledMatch match(RequestHead head) {
        String path = head.path();
        CompiledMatch found = first(exact.getOrDefault(path, NONE), head);
        for (int i = 0; found == null && i < expressions.length; i++) {
            if (expressions[i].accepts(head) && expressions[i].acceptsPath(path)) {
                found = expressions[i].result();
            }
        }
        for (PrefixNode node = prefixes.deepest(path); found == null && node != null; node = node.parent) {
            found = first(node.matches, head);
        }
        return found;
    }

    private static @Nullable CompiledMatch first(RankedMatch[] samePath, RequestHead head) {
        for (RankedMatch match : samePath) {
            if (match.accepts(head)) {
                return match.result();
            }
        }
        return null;
    }

    private static RankedMatch[] ranked(List<RankedMatch> samePath) {
        samePath.sort(RankedMatch.PRECEDENCE);
        return samePath.toArray(NONE);
    }

    /** A prefix while the trie grows. */
    private static final class PrefixDraft {
        final List<RankedMatch> matches = new ArrayList<>();
        final Map<String, PrefixDraft> children = new HashMap<>();

        /** @param prefix empty, or {@code /} before each segment */
        PrefixDraft at(String prefix) {
            PrefixDraft node = this;
            for (int from = 1; from <= prefix.length(); ) {
                int to = segmentEnd(prefix, from);
                node = node.children.computeIfAbsent(prefix.substring(from, to), segment -> new PrefixDraft());
                from = to + 1;
            }
            return node;
        }
    }

    private static final class PrefixNode {
        final @Nullable PrefixNode parent;
        final RankedMatch[] matches;
        final SubstringMap<PrefixNode> children;

        PrefixNode(@Nullable PrefixNode parent, PrefixDraft draft) {
            this.parent = parent;
            matches = ranked(draft.matches);
            Map<String, PrefixNode> nodes = new HashMap<>();
            draft.children.forEach((segment, child) -> nodes.put(segment, new PrefixNode(this, child)));
            children = new SubstringMap<>(nodes);
        }

        /** The longest prefix of the path that has a node; its ancestors are the shorter ones. */
        PrefixNode deepest(String path) {
            PrefixNode node = this;
            if (!path.startsWith("/")) {
                return node; // "OPTIONS *": below no prefix but "/", which takes every request
            }
            for (int from = 1; from <= path.length(); ) {
                int to = segmentEnd(path, from);
                PrefixNode child = node.children.get(path, from, to);
                if (child == null) {
                    return node;
                }
                node = child;
                from = to + 1;
            }
            return node;
        }
    }

    private static int segmentEnd(String path, int from) {
        int slash = path.indexOf('/', from);
        return slash < 0 ? path.length() : slash;
    }
}
