package dev.sluice.proxy;

import dev.sluice.wire.IpLiteral;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** One client connection on its loop: who it is, and since when it does nothing. */
final class ClientConnection {

    private final HttpConnection connection;
    private final String ip;
    private int exchanges;
    private long idleSinceNanos;

    ClientConnection(HttpConnection connection, long nowNanos) {
        this.connection = connection;
        this.idleSinceNanos = nowNanos;
        SocketAddress peer = connection.remoteAddress();
        String address = peer == null ? null : peer.hostAddress();
        this.ip = address == null ? "unknown" : held(IpLiteral.canonical(address), peer.host());
    }

    /** The one of two equal strings that Vert.x holds anyway, as long as the connection lives. */
    private static String held(String text, @Nullable String host) {
        return host != null && host.equals(text) ? host : text;
    }

    HttpConnection connection() {
        return connection;
    }

    /** The peer's literal IP; {@code unknown} for a Unix-domain socket. */
    String ip() {
        return ip;
    }

    void exchangeStarted() {
        exchanges++;
    }

    void exchangeFinished(long nowNanos) {
        exchanges--;
        idleSinceNanos = nowNanos;
    }

    boolean idle() {
        return exchanges == 0;
    }

    long idleSinceNanos() {
        return idleSinceNanos;
    }
}
