package dev.sluice.spi;

import dev.sluice.failure.Failure;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** How a gateway-made answer looks in a client's protocol (JSON, plain text, gRPC trailers-only). */
public interface ReplyFormat {

    /** Whether the client of this request understands the format; asked in order, the first that does is used. */
    boolean accepts(HttpServerRequest request);

    /**
     * Sets status and headers and ends the response, whose head is not written yet. {@code Proxy-Status} and
     * {@code Date} are already set.
     *
     * @param detail one sentence for the client, without secrets or internal addresses
     */
    void write(HttpServerResponse response, int status, Failure failure, String detail);
}
