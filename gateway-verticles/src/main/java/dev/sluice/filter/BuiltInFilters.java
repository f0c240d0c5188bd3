package dev.sluice.filter;

import dev.sluice.config.FilterSpec;

/** The list of built-in filters: one line per {@link FilterSpec}. */
public final class BuiltInFilters {

    private BuiltInFilters() {}

    /** The filter of a spec. */
    public static HttpFilter create(FilterSpec spec) {
        throw new UnsupportedOperationException("not yet: " + spec);
    }
}
