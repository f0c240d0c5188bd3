package dev.sluice.admin;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * Lets what changes something come from this machine alone, wherever the admin API is bound, and never from a web page:
 * one that the operator looks at could send it here without being let to read the answer, but not without {@code Origin}.
 */
final class LocalWrites {

    private LocalWrites() {}

    static void guard(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (AdminEndpoints.READING.contains(request.method())) {
            context.next();
        } else if (request.getHeader(HttpHeaders.ORIGIN) != null) {
            AdminReply.error(context, 403, "a web page may not do this (expected: a request without Origin)");
        } else if (!isLocal(request.remoteAddress(), request.localAddress())) {
            AdminReply.error(context, 403, request.method() + " from elsewhere (expected: from this machine)");
        } else {
            context.next();
        }
    }

    /** From the loopback network, or from the address that it was sent to. */
    private static boolean isLocal(@Nullable SocketAddress remote, @Nullable SocketAddress local) {
        InetAddress from = ip(remote);
        return from != null && (from.isLoopbackAddress() || from.equals(ip(local)));
    }

    private static @Nullable InetAddress ip(@Nullable SocketAddress address) {
        if (address == null || address.hostAddress() == null) {
            return null;
        }
        try {
            return InetAddress.getByName(address.hostAddress()); // a literal: nothing is looked up
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
