package dev.sluice.wire;

import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;

/** What can become of a client's request body besides its bytes and its end. */
public final class RequestBody {

    private RequestBody() {}

    /**
     * Tells when the chunks of an HTTP/1.1 body cannot be read on: at most once, at once if so already, and then instead
     * of the body's end. Nothing more is read from the connection, and whoever hears of it must close it.
     *
     * @param listener gets one sentence for the client
     */
    public static void onMalformed(HttpServerRequest request, Consumer<String> listener) {
        DecodedRequest decoded = DecodedRequest.of(request);
        if (decoded != null) {
            decoded.onMalformed(listener);
        }
    }
}
