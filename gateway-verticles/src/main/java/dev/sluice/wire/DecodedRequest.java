package dev.sluice.wire;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.http1.Http1ServerRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request's head as {@link Http1RequestDecoder} hands it to Vert.x, with what becomes known of its body later. Vert.x
 * keeps it with its own request, which may wait for its turn while the decoder is ahead of it.
 */
final class DecodedRequest extends DefaultHttpRequest {

    private final Http1RequestDecoder decoder;
    private FieldLines trailers = FieldLines.NONE;
    private @Nullable String problem;
    private @Nullable Consumer<String> onMalformed;

    DecodedRequest(
            Http1RequestDecoder decoder, HttpVersion version, HttpMethod method, String uri, HttpHeaders headers) {
        super(version, method, uri, headers);
        this.decoder = decoder;
    }

    /** Behind Vert.x's request; null when another decoder has made it, as for HTTP/2 and 3. */
    static @Nullable DecodedRequest of(HttpServerRequest request) {
        return request instanceof Http1ServerRequest http1 && http1.nettyRequest() instanceof DecodedRequest decoded
                ? decoded
                : null;
    }

    /** Whether its connection is being closed: it had come behind what made it so. */
    boolean isTooLate() {
        return decoder.isClosing();
    }

    FieldLines trailers() {
        return trailers;
    }

    void ended(FieldLines received) {
        trailers = received;
    }

    /** The body cannot be read on. */
    void malformed(String sentence) {
        problem = sentence;
        if (onMalformed != null) {
            onMalformed.accept(sentence);
        }
    }

    void onMalformed(Consumer<String> listener) {
        onMalformed = listener;
        if (problem != null) {
            listener.accept(problem);
        }
    }
}
