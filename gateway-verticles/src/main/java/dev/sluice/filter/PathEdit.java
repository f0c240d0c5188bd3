package dev.sluice.filter;

import static java.util.Objects.requireNonNull;

import dev.sluice.config.FilterSpec.PathModifier;

/** Gateway API's {@code HTTPPathModifier}. */
final class PathEdit {

    private final boolean replacesAll;
    private final String replacement;

    PathEdit(PathModifier modifier) {
        replacesAll = modifier.type() == PathModifier.Type.REPLACE_FULL_PATH;
        replacement = replacesAll ? modifier.value() : withoutTrailingSlash(modifier.value());
    }

    /** The changed path; the query stays what it is. */
    String apply(FilterContext exchange) {
        String path = exchange.path();
        if (!path.startsWith("/")) {
            return path; // "OPTIONS *" has no path
        }
        if (replacesAll) {
            return orRoot(replacement);
        }
        // Validation holds that a rule with ReplacePrefixMatch has PathPrefix matches only.
        String matched = requireNonNull(exchange.matchedPrefix(), "matchedPrefix (expected: a PathPrefix match)");
        // A filter before this one may have led the request away from the prefix: then there is nothing to replace.
        return path.startsWith(matched) ? orRoot(replacement + path.substring(matched.length())) : path;
    }

    /** So that it is not doubled by the slash that begins the rest of the path. */
    private static String withoutTrailingSlash(String value) {
        return value.endsWith("/") ? value.substring(0, value.length() - 1) : value;
    }

    private static String orRoot(String path) {
        return path.isEmpty() ? "/" : path;
    }
}
