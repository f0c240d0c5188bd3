package dev.sluice.grpc.web;

import dev.sluice.failure.Failure;
import dev.sluice.grpc.GrpcReply;
import dev.sluice.spi.ReplyFormat;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;

/**
 * Gateway-made answers to gRPC-Web clients: HTTP 200 with status and message in the head and without a body, as gRPC's
 * trailers-only responses are ({@code PROTOCOL-WEB.md}: no change to the gRPC protocol).
 */
public final class WebReply implements ReplyFormat {

    /** In whichever form a request's client speaks. */
    public static final List<ReplyFormat> FORMATS =
            List.of(new WebReply(new WebDialect(false, "")), new WebReply(new WebDialect(true, "")));

    private final WebDialect dialect;

    WebReply(WebDialect dialect) {
        this.dialect = dialect;
    }

    @Override
    public boolean accepts(HttpServerRequest request) {
        WebDialect spoken = WebDialect.of(request.getHeader("content-type"));
        return spoken != null && spoken.answer(request.headers()).text() == dialect.text();
    }

    @Override
    public void write(HttpServerResponse response, int status, Failure failure, String detail) {
        response.setStatusCode(200);
        GrpcReply.setStatus(response.headers().set("content-type", dialect.contentType()), failure, detail);
        // The client may be gone; nobody is left to tell.
        Future<Void> unused = response.end();
    }
}
