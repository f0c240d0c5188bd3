package dev.sluice.wire;

import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** What Vert.x does not tell of a client's TLS handshake. */
public final class ClientTls {

    private ClientTls() {}

    /** The protocol of ALPN (RFC 7301); null when none was agreed on, without TLS, and after the connection's close. */
    public static @Nullable String alpn(HttpConnection client) {
        if (!(client instanceof HttpServerConnection server)) {
            return null;
        }
        var channel = server.channelHandlerContext().channel();
        if (channel instanceof QuicChannel quic) {
            SSLEngine engine = quic.sslEngine();
            return engine == null ? null : engine.getApplicationProtocol();
        }
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        return tls == null ? null : tls.applicationProtocol();
    }
}
