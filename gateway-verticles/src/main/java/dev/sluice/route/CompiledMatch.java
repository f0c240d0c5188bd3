package dev.sluice.route;

import org.jspecify.annotations.Nullable;

/**
 * One alternative of a rule, as a request found it.
 *
 * @param rule what to do
 * @param matchedPrefix the path prefix without trailing slash ({@code ""} for {@code /}); null for other path matches
 */
public record CompiledMatch(CompiledRule rule, @Nullable String matchedPrefix) {}
