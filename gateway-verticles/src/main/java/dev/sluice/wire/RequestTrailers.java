package dev.sluice.wire;

import io.vertx.core.http.HttpServerRequest;

/** The trailer section of a client's request, which Vert.x has no API for (RFC 9110 section 6.5). */
public final class RequestTrailers {

    private RequestTrailers() {}

    /** The trailer lines as they came, none of them left out; to be asked when the request's end handler runs. */
    public static FieldLines of(HttpServerRequest request) {
        DecodedRequest decoded = DecodedRequest.of(request);
        return decoded == null ? FieldLines.NONE : decoded.trailers();
    }
}
