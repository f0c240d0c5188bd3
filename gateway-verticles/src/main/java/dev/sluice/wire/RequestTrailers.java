package dev.sluice.wire;

import io.vertx.core.http.HttpServerRequest;

/** The trailers of a client's request, which Vert.x has no API for (RFC 9110 section 6.5). */
public final class RequestTrailers {

    private RequestTrailers() {}

    /**
     * The trailers as they came, none of them left out; valid while the request's end handler runs.
     *
     * @return {@link FieldLines#NONE} when there are none
     */
    public static FieldLines of(HttpServerRequest request) {
        return switch (request.version()) {
            case HTTP_1_0, HTTP_1_1 -> {
                DecodedRequest decoded = DecodedRequest.of(request);
                yield decoded == null ? FieldLines.NONE : decoded.trailers();
            }
            case HTTP_2 -> Http2Requests.trailers(request);
            case HTTP_3 -> Http3Requests.trailers(request);
        };
    }
}
