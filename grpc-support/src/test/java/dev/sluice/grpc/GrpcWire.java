package dev.sluice.grpc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.grpc.protocol.GrpcProtocol;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.List;

/** gRPC as its tests write and read it, frame by frame. */
final class GrpcWire {

    private GrpcWire() {}

    /** What the distribution adds for gRPC. */
    static Extensions extensions() {
        GrpcMetrics metrics = new GrpcMetrics();
        return new Extensions(
                List.of(new GrpcReply()), List.of(), List.of(new GrpcProtocol(metrics)), List.of(), List.of(metrics));
    }

    /** The head of a call. */
    static Http2Headers call(String path) {
        return RawH2Client.head("POST", path)
                .add("content-type", "application/grpc+proto")
                .add("te", "trailers");
    }

    /** The head of an answer. */
    static Http2Headers head() {
        return new DefaultHttp2Headers(false).status("200").add("content-type", "application/grpc");
    }

    static byte[] message(String text) {
        byte[] bytes = new byte[5 + text.length()];
        bytes[4] = (byte) text.length();
        System.arraycopy(text.getBytes(US_ASCII), 0, bytes, 5, text.length());
        return bytes;
    }

    /** One HEADERS frame with END_STREAM and nothing else; its message. */
    static String assertTrailersOnly(RawH2Stream stream, GrpcStatus status) {
        H2Frame.Headers only = stream.nextHeaders();
        assertTrue(only.endStream(), only.toString());
        assertEquals(200, only.status());
        assertEquals("application/grpc", only.get("content-type"));
        assertEquals(status.text(), only.get("grpc-status"), only.toString());
        return assertMessage(only);
    }

    /** Trailers of the gateway's, behind a head and messages; their message. */
    static String assertTrailers(RawH2Stream stream, GrpcStatus status) {
        H2Frame.Headers trailers = stream.nextHeaders();
        assertTrue(trailers.endStream(), trailers.toString());
        assertNull(trailers.get(":status"));
        assertEquals(status.text(), trailers.get("grpc-status"), trailers.toString());
        return assertMessage(trailers);
    }

    private static String assertMessage(H2Frame.Headers fields) {
        String message = String.valueOf(fields.get("grpc-message"));
        assertTrue(message.matches("[ -$&-~]([ -$&-~]|%[0-9A-F]{2})*"), message);
        return message;
    }
}
