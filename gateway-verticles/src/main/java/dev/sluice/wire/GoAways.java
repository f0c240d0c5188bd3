package dev.sluice.wire;

import dev.sluice.config.Defaults;
import io.netty.handler.codec.http3.DefaultHttp3GoAwayFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.GoAway;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.buffer.BufferInternal;
import java.time.Duration;

/** GOAWAY frames: sends a client's two (RFC 9113 section 6.8, RFC 9114 section 5.2), receives an upstream's. */
public final class GoAways {

    /** The greatest id of a client's request stream: 2^62 - 4. */
    private static final long H3_EVERY_STREAM = (1L << 62) - 4;

    /** Of a graceful shutdown, in Vert.x's terms: never cut off. */
    private static final Duration WITHOUT_END = Duration.ofDays(365);

    private GoAways() {}

    /**
     * Announces that a client's connection will end, while every stream is still served. HTTP/1 has no such frame.
     *
     * @param why for people, in the frame's debug data, where there is room for it
     */
    @SuppressWarnings("deprecation") // a two-phase GOAWAY needs the variant with a last stream id
    public static void announce(HttpConnection client, String why) {
        if (client.protocolVersion() == HttpVersion.HTTP_2) {
            var unused = client.goAway(0, Integer.MAX_VALUE, Buffer.buffer(why));
        } else if (client.protocolVersion() == HttpVersion.HTTP_3) {
            send(client, H3_EVERY_STREAM);
        }
    }

    /**
     * Names the last stream that is served; later ones are refused. HTTP/2 closes when those before have ended, and is
     * read for {@link Defaults#GOAWAY_NOTICE} from then on. HTTP/3 is for the caller to close, when there was time to send
     * again what the network has lost of the last answers: {@link ConnectionEnd#closeTold}.
     */
    @SuppressWarnings("deprecation") // the variant with a last stream id: that of the last stream that came
    public static void conclude(HttpConnection client) {
        if (client.protocolVersion() == HttpVersion.HTTP_2) {
            ClientClose.lingerAtClose(client, Defaults.GOAWAY_NOTICE.toMillis());
            var unusedLast = client.goAway(0, -1); // Netty's close says none behind the first
            var unused = client.shutdown(WITHOUT_END);
        } else if (client.protocolVersion() == HttpVersion.HTTP_3) {
            send(client, Http3Requests.refuseLater(client));
        }
    }

    /** Past Vert.x, which knows but a last one, and closes the connection in the moment in which its last stream ends. */
    private static void send(HttpConnection http3, long id) {
        QuicStreamChannel control = Http3.getLocalControlStream(ConnectionEnd.channel(http3));
        if (control != null) {
            var unused = control.writeAndFlush(new DefaultHttp3GoAwayFrame(id));
        }
    }

    /**
     * Gives a received frame's debug data back; call once for a frame. Vert.x hands every {@code goAwayHandler} a copy of
     * it in a pooled buffer that nobody else releases ({@code Http2ConnectionImpl.onGoAwayReceived}), so a handler that
     * ignores it leaks.
     */
    public static void release(GoAway received) {
        if (received.getDebugData() instanceof BufferInternal copy) {
            var unused = copy.unwrap().release();
        }
    }
}
