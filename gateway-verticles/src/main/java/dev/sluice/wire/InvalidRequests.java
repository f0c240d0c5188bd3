package dev.sluice.wire;

import dev.sluice.failure.Failure;
import io.vertx.core.http.HttpServerRequest;

/** Tells what {@link Http1RequestDecoder} disliked about a head. */
public final class InvalidRequests {

    private InvalidRequests() {}

    /** The failure that names it. */
    public static Failure failure(HttpServerRequest request) {
        return request.decoderResult().cause() instanceof MalformedMessage malformed
                ? malformed.failure()
                : Failure.BAD_REQUEST;
    }

    /** One sentence for the client. */
    public static String problem(HttpServerRequest request) {
        return request.decoderResult().cause() instanceof MalformedMessage malformed
                ? String.valueOf(malformed.getMessage())
                : Failure.BAD_REQUEST.text();
    }
}
