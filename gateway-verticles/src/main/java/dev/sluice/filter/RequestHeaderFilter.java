package dev.sluice.filter;

import dev.sluice.config.FilterSpec.HeaderChanges;
import java.util.Map;
import java.util.stream.Stream;

/** {@code type: RequestHeaderModifier}. */
final class RequestHeaderFilter implements HttpFilter {

    private final HeaderEdit edit;

    /** @throws IllegalArgumentException when it would change {@code Host}, which is no plain header in HTTP/2 and 3 */
    RequestHeaderFilter(HeaderChanges changes) {
        if (Stream.concat(
                        Stream.concat(changes.set().stream(), changes.add().stream())
                                .map(Map.Entry::getKey),
                        changes.remove().stream())
                .anyMatch("host"::equalsIgnoreCase)) {
            throw new IllegalArgumentException("RequestHeaderModifier of host (expected: URLRewrite with a hostname)");
        }
        edit = new HeaderEdit(changes);
    }

    @Override
    public FilterAction onRequest(FilterContext exchange) {
        edit.apply(exchange.requestHeaders());
        return FilterAction.CONTINUE;
    }
}
