package dev.sluice.route;

import org.jspecify.annotations.Nullable;

/**
 * One alternative of a rule, as a request found it.
 *
 * @param rule what to do
 * @param matchedPrefix the path prefix without trailing slash ({@code ""} for {@code /}); null for other path matches
 * @param exact whether the whole path is configured as it is
 */
public record CompiledMatch(CompiledRule rule, @Nullable String matchedPrefix, boolean exact) {

    /**
     * Whether the configuration names the gRPC service of the path, rather than take it among others: the match is exact,
     * or a prefix that is not shorter than the path's first segment. An expression names nothing. Where it does, the
     * gateway does not answer for its own service of that name.
     *
     * @param path of the request that was matched, such as {@code /grpc.health.v1.Health/Check}
     */
    public boolean names(String path) {
        if (exact) {
            return true;
        }
        int segmentEnd = path.indexOf('/', 1);
        return matchedPrefix != null
                && !matchedPrefix.isEmpty()
                && matchedPrefix.length() >= (segmentEnd < 0 ? path.length() : segmentEnd);
    }
}
