package dev.sluice.filter;

import dev.sluice.config.FilterSpec.HeaderChanges;

/** {@code type: ResponseHeaderModifier}. */
final class ResponseHeaderFilter implements HttpFilter {

    private final HeaderEdit edit;

    ResponseHeaderFilter(HeaderChanges changes) {
        edit = new HeaderEdit(changes);
    }

    @Override
    public void onResponse(FilterContext exchange) {
        edit.apply(exchange.responseHeaders());
    }
}
