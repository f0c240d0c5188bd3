package dev.sluice.filter;

import io.vertx.core.Future;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection, over whatever transport. Reached from an exchange by {@link FilterContext#connection()}; it may
 * outlive that exchange, and stays valid after its close. To be used on its event loop alone, which is the loop of all
 * its exchanges.
 */
public interface ConnectionContext {

    /** What carries it. */
    enum Transport {
        TCP,
        /** UDP, for HTTP/3. */
        QUIC
    }

    /**
     * Its name in logs: the node's pseudonym as in {@code Via}, the event loop and a number, such as
     * {@code sluice-9f3b21c7-0-1742}. No two connections of a cluster have the same.
     */
    String id();

    /** The client's end; what a PROXY protocol header says, where there was one. */
    SocketAddress remoteAddress();

    /** The gateway's end; what a PROXY protocol header says, where there was one. */
    SocketAddress localAddress();

    /** The other end of the socket itself: a load balancer's, where it sent a PROXY protocol header. */
    SocketAddress peerAddress();

    Transport transport();

    /** What is spoken: HTTP/1.1 also on a connection that carries HTTP/1.0. */
    HttpVersion protocol();

    /** The name that the client asked for in its TLS handshake (SNI, RFC 6066 section 3); null for none. */
    @Nullable
    String serverName();

    /** The protocol that the TLS handshake agreed on (ALPN, RFC 7301), such as {@code h2}; null for none. */
    @Nullable
    String alpn();

    /**
     * What this connection can tell beyond that.
     *
     * @param type {@link javax.net.ssl.SSLSession}: cipher, version and certificates of the TLS handshake
     * @return null for a type that is not listed, without TLS, and once the connection is closed
     */
    <T> @Nullable T feature(Class<T> type);

    /** A bag for whatever filters want to remember as long as the connection lives; empty at first. */
    Map<Object, Object> items();

    /** Requests begun so far, the current one included. */
    long requests();

    /**
     * Completes when the connection is closed, never fails; at once if it is already. A client that vanishes without a
     * word counts as {@link CloseReason.Cause#IDLE}, when its time is up.
     */
    Future<CloseReason> closed();

    /**
     * Ends the connection now: HTTP/1 with RST, HTTP/2 with GOAWAY(INTERNAL_ERROR) and a close, HTTP/3 with
     * CONNECTION_CLOSE(H3_INTERNAL_ERROR). Its exchanges end with it, without a word more to the client. Does nothing
     * once the connection is closed.
     *
     * @param reason one line for {@link #closed()} and the access log; the client is not told
     */
    void abort(String reason);

    /**
     * Ends the connection in good order. HTTP/1: after the response in flight, which says {@code Connection: close}
     * unless it has begun. HTTP/2 and HTTP/3: with GOAWAY(NO_ERROR), and a close when the streams have ended, or are
     * aborted after {@link dev.sluice.config.Defaults#DRAIN_DEADLINE}. Does nothing the second time.
     */
    void close();
}
