package dev.sluice.wire;

import dev.sluice.failure.Failure;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpServerRequest;

/** Tells what Netty's HTTP/1 decoder disliked about a request that it could not decode. */
public final class InvalidRequests {

    private InvalidRequests() {}

    /** The failure that names it. */
    public static Failure failure(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        if (cause instanceof TooLongHttpLineException) {
            return Failure.URI_TOO_LONG;
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return Failure.HEADERS_TOO_LARGE;
        }
        return request.version() == null ? Failure.VERSION_NOT_SUPPORTED : Failure.BAD_REQUEST;
    }

    /** One sentence for the client. */
    public static String problem(HttpServerRequest request) {
        return failure(request).text();
    }
}
