package dev.sluice.wire;

import io.vertx.core.http.HttpServerRequest;

/** The trailers of a request, for which Vert.x has no API. */
public final class RequestTrailers {

    private RequestTrailers() {}

    /**
     * The trailers as they came; valid while the request's end handler runs, and until its stream has closed.
     *
     * @return {@link FieldLines#NONE} when there are none
     */
    public static FieldLines of(HttpServerRequest request) {
        return switch (request.version()) {
            case HTTP_1_0, HTTP_1_1 -> FieldLines.NONE;
            case HTTP_2 -> Http2Requests.trailers(request);
            case HTTP_3 -> Http3Requests.trailers(request);
        };
    }
}
