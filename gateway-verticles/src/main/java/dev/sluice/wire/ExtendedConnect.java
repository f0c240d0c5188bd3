package dev.sluice.wire;

import io.netty.handler.codec.http2.Http2Headers;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * WebSocket over HTTP/2 (RFC 8441): {@code CONNECT} with {@code :protocol}. Vert.x knows no such request, so it is shown
 * the GET that it would be on HTTP/1.1, and the protocol is kept with the stream.
 */
public final class ExtendedConnect {

    /** SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 section 3). */
    public static final int SETTING = 8;

    /** RFC 6455 section 1.3. */
    private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private static final String PROTOCOL = ":protocol";

    private ExtendedConnect() {}

    /** What an extended CONNECT on HTTP/2 asks for; null when the request is none. */
    public static @Nullable String protocol(HttpServerRequest request) {
        return Http2Requests.protocol(request);
    }

    /** Makes an extended CONNECT a GET. @return its protocol; null, and nothing is changed, when it is none */
    static @Nullable String take(Http2Headers headers) {
        CharSequence protocol = headers.get(PROTOCOL);
        CharSequence method = headers.method();
        if (protocol == null || method == null || !"CONNECT".contentEquals(method)) {
            return null;
        }
        boolean unusedRemoved = headers.remove(PROTOCOL);
        var unused = headers.method("GET");
        return protocol.toString();
    }

    /** The {@code Sec-WebSocket-Accept} that answers a key (RFC 6455 section 4.2.2). */
    public static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-1 (expected: every Java has it)", e);
        }
    }
}
