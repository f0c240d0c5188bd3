package dev.sluice.filter;

import dev.sluice.config.FilterSpec.RequestRedirect;
import org.jspecify.annotations.Nullable;

/** {@code type: RequestRedirect}: answers with a {@code Location}, always an absolute URI. */
final class RedirectFilter implements HttpFilter {

    private static final int BAD_REQUEST = 400;

    private final RequestRedirect spec;
    private final @Nullable PathEdit path;

    RedirectFilter(RequestRedirect spec) {
        this.spec = spec;
        path = spec.path() == null ? null : new PathEdit(spec.path());
    }

    @Override
    public FilterAction onRequest(FilterContext exchange) {
        String host = spec.hostname() == null ? exchange.host() : spec.hostname();
        if (host.isEmpty()) {
            return exchange.reply(BAD_REQUEST, null); // HTTP/1.0 without Host: there is nowhere to send the client
        }
        String scheme = spec.scheme() == null ? exchange.scheme() : spec.scheme();
        int port = port(exchange);
        StringBuilder location = new StringBuilder(scheme).append("://");
        boolean isIpv6 = host.indexOf(':') >= 0;
        location.append(isIpv6 ? "[" : "").append(host).append(isIpv6 ? "]" : "");
        if (port != wellKnownPort(scheme)) {
            location.append(':').append(port);
        }
        String target = path == null ? exchange.path() : path.apply(exchange);
        if (target.startsWith("/")) { // "OPTIONS *" is written with an empty path (RFC 9112 section 3.2.4)
            location.append(target);
        }
        if (exchange.query() != null) {
            location.append('?').append(exchange.query());
        }
        exchange.responseHeaders().set("location", location.toString());
        return exchange.reply(spec.statusCode(), null);
    }

    /** "If no port is specified", the given scheme's well-known one; without a scheme the listener's. */
    private int port(FilterContext exchange) {
        if (spec.port() != 0) {
            return spec.port();
        }
        return spec.scheme() == null ? exchange.listenerPort() : wellKnownPort(spec.scheme());
    }

    private static int wellKnownPort(String scheme) {
        return scheme.equals("https") ? 443 : 80;
    }
}
