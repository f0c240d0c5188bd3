package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.http.HttpConnection;
import org.jspecify.annotations.Nullable;

/**
 * What a client sends behind a request that may change the protocol: {@code CONNECT}, or {@code Connection: upgrade} with
 * an {@code Upgrade} to anything but h2c. Whose bytes these are is not known before the request is answered, so they stay
 * with the decoder, which reads no more once 64 KiB wait. On HTTP/2 and 3 nothing is ever held.
 */
public final class HeldInput {

    private HeldInput() {}

    /** Whether what comes behind the connection's last request waits. */
    public static boolean holds(HttpConnection connection) {
        Http1RequestDecoder decoder = decoder(connection);
        return decoder != null && decoder.holds();
    }

    /** The protocol stays: what has come, and what comes, is the next requests. To be called on the connection's loop. */
    public static void resume(HttpConnection connection) {
        Http1RequestDecoder decoder = decoder(connection);
        if (decoder != null) {
            decoder.resume();
        }
    }

    /**
     * The protocol changes: takes what has come. The decoder reads nothing more; its handler is to be replaced.
     *
     * @return bytes of which the caller owns the reference, possibly none
     */
    static ByteBuf takeRest(HttpConnection connection) {
        Http1RequestDecoder decoder = decoder(connection);
        return decoder == null ? Unpooled.EMPTY_BUFFER : decoder.takeRest();
    }

    private static @Nullable Http1RequestDecoder decoder(HttpConnection connection) {
        ChannelHandlerContext context = Connections.contextOf(connection);
        return context == null ? null : context.pipeline().get(Http1RequestDecoder.class);
    }
}
