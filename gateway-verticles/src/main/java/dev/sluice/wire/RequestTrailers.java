package dev.sluice.wire;

import io.vertx.core.http.HttpServerRequest;

/** The trailers of requests, of which Vert.x knows nothing. */
public final class RequestTrailers {

    private RequestTrailers() {}

    /** What came with a request; valid when its end has come. */
    public static FieldLines of(HttpServerRequest request) {
        return FieldLines.NONE;
    }
}
