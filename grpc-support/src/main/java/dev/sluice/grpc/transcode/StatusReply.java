package dev.sluice.grpc.transcode;

import dev.sluice.failure.Failure;
import dev.sluice.spi.ReplyFormat;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/** Gateway-made answers to JSON clients of gRPC methods: {@code google.rpc.Status}. */
final class StatusReply implements ReplyFormat {

    private final StatusJson json;
    private final @Nullable TranscodingException reason;

    /** @param reason what the translation failed for; null when it was something else */
    StatusReply(StatusJson json, @Nullable TranscodingException reason) {
        this.json = json;
        this.reason = reason;
    }

    /** It is the format of calls that are translated, and of all of them. */
    @Override
    public boolean accepts(HttpServerRequest request) {
        return true;
    }

    @Override
    public void write(HttpServerResponse response, int status, Failure failure, String detail) {
        response.setStatusCode(status(failure));
        response.headers().set("content-type", JsonAnswer.JSON);
        // The client may be gone; nobody is left to tell.
        Future<Void> unused = response.end(body(failure, detail));
    }

    int status(Failure failure) {
        TranscodingException own = own(failure);
        return own == null ? HttpStatusTable.of(failure) : own.httpStatus();
    }

    String body(Failure failure, String detail) {
        TranscodingException own = own(failure);
        return json.of(own == null ? HttpStatusTable.code(failure) : own.code(), detail);
    }

    private @Nullable TranscodingException own(Failure failure) {
        return reason != null && reason.failure() == failure ? reason : null;
    }
}
