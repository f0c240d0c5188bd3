package dev.sluice.admin;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages out. A page in the operator's browser may point a DNS name of its own at 127.0.0.1 (DNS rebinding)
 * and would then count as same-origin; but it cannot help naming itself in {@code Host}. So a request must name an IP
 * address, {@code localhost}, or the host that the admin API was told to bind.
 */
final class HostGuard implements Handler<RoutingContext> {

    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    private final String adminHost;

    HostGuard(String adminHost) {
        this.adminHost = adminHost.toLowerCase(Locale.ROOT);
    }

    @Override
    public void handle(RoutingContext context) {
        HttpServerRequest request = context.request();
        // Every browser sends Host; what has none is a plain prober.
        if (request.getHeader(HttpHeaders.HOST) == null || allows(request.authority())) {
            context.next();
        } else {
            AdminReply.error(
                    context,
                    421,
                    "the Host is not mine (expected: an IP address, localhost or the configured admin address)");
        }
    }

    private boolean allows(@Nullable HostAndPort authority) {
        if (authority == null) {
            return false;
        }
        String host = authority.host().toLowerCase(Locale.ROOT);
        return host.equals("localhost")
                || host.equals(adminHost)
                || host.indexOf(':') >= 0 // only an IPv6 literal has one
                || IPV4.matcher(host).matches();
    }
}
