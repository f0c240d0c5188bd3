package dev.sluice.filter;

import dev.sluice.config.FilterSpec;

/** The list of built-in filters: one line per {@link FilterSpec}. */
public final class BuiltInFilters {

    private BuiltInFilters() {}

    /**
     * The filter of a spec.
     *
     * @throws IllegalArgumentException with a message for the user, when the spec cannot be served
     */
    public static HttpFilter create(FilterSpec spec) {
        if (spec instanceof FilterSpec.RequestHeaderModifier modifier) {
            return new RequestHeaderFilter(modifier.changes());
        }
        if (spec instanceof FilterSpec.ResponseHeaderModifier modifier) {
            return new ResponseHeaderFilter(modifier.changes());
        }
        if (spec instanceof FilterSpec.RequestRedirect redirect) {
            return new RedirectFilter(redirect);
        }
        if (spec instanceof FilterSpec.UrlRewrite rewrite) {
            return new UrlRewriteFilter(rewrite);
        }
        if (spec instanceof FilterSpec.Cors cors) {
            return new CorsFilter(cors);
        }
        if (spec instanceof FilterSpec.Custom custom) {
            return CustomFilters.create(custom);
        }
        if (spec instanceof FilterSpec.RateLimit limit) {
            return new RateLimitFilter(limit);
        }
        // The rule itself carries its mirrors, because copying a request takes more than a filter can do.
        throw new IllegalArgumentException("RequestMirror in a backendRef (expected: in the rule's own filters)");
    }
}
