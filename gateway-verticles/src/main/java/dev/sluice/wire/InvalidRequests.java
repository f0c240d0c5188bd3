package dev.sluice.wire;

import dev.sluice.failure.Failure;
import io.vertx.core.http.HttpServerRequest;

/** Tells which requests {@link Http1RequestDecoder} does not stand for, and what it disliked about a head. */
public final class InvalidRequests {

    private InvalidRequests() {}

    /**
     * Whether an HTTP/1 request comes behind another for which the connection is being closed: Vert.x hands on what it
     * has queued even so, and it must not be executed.
     */
    public static boolean isTooLate(HttpServerRequest request) {
        DecodedRequest decoded = DecodedRequest.of(request);
        return decoded != null && decoded.isTooLate();
    }

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
