package dev.sluice.wire;

import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpClientConnection;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.http.impl.UnpooledHttpClientConnection;
import org.jspecify.annotations.Nullable;

/** From Vert.x's connections to Netty's. */
final class Connections {

    private Connections() {}

    /** The context of Vert.x's handler on a connection over TCP; null on HTTP/3. */
    static @Nullable ChannelHandlerContext contextOf(HttpConnection connection) {
        if (connection.protocolVersion() == HttpVersion.HTTP_3) {
            return null; // there a channel is a stream
        }
        if (connection instanceof HttpServerConnection server) {
            return server.channelHandlerContext();
        }
        if (connection instanceof UnpooledHttpClientConnection unpooled) {
            return unpooled.unwrap().channelHandlerContext();
        }
        return connection instanceof HttpClientConnection client ? client.channelHandlerContext() : null;
    }
}
