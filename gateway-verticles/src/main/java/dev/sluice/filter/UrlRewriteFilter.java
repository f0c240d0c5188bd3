package dev.sluice.filter;

import dev.sluice.config.FilterSpec.UrlRewrite;
import org.jspecify.annotations.Nullable;

/** {@code type: URLRewrite}. */
final class UrlRewriteFilter implements HttpFilter {

    private final @Nullable String hostname;
    private final @Nullable PathEdit path;

    UrlRewriteFilter(UrlRewrite spec) {
        hostname = spec.hostname();
        path = spec.path() == null ? null : new PathEdit(spec.path());
    }

    @Override
    public FilterAction onRequest(FilterContext exchange) {
        if (hostname != null) {
            exchange.authority(hostname);
        }
        if (path != null) {
            exchange.target(path.apply(exchange), exchange.query());
        }
        return FilterAction.CONTINUE;
    }
}
