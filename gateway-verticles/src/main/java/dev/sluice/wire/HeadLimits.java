package dev.sluice.wire;

import dev.sluice.failure.Failure;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/** Whether the head of a request on HTTP/2 or HTTP/3 was within its listener's limits; HTTP/1's decoder has its own. */
public final class HeadLimits {

    private HeadLimits() {}

    /** The failure of a head beyond a limit; null when it is within them all. Asked when the request has just come. */
    public static @Nullable Failure exceeded(HttpServerRequest request) {
        FieldRules.Verdict verdict =
                switch (request.version()) {
                    case HTTP_1_0, HTTP_1_1 -> FieldRules.Verdict.VALID;
                    case HTTP_2 -> Http2Requests.verdict(request);
                    case HTTP_3 -> Http3Requests.verdict(request);
                };
        return switch (verdict) {
            case VALID, MALFORMED -> null; // what is malformed never gets here
            case TOO_LARGE -> Failure.HEADERS_TOO_LARGE;
            case TARGET_TOO_LONG -> Failure.URI_TOO_LONG;
        };
    }
}
