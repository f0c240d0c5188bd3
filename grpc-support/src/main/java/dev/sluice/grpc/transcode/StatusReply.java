package dev.sluice.grpc.transcode;

import dev.sluice.failure.Failure;
import dev.sluice.spi.ReplyFormat;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** Gateway-made answers to JSON clients of gRPC methods: {@code google.rpc.Status}. */
final class StatusReply implements ReplyFormat {

    private final StatusJson json;

    StatusReply(StatusJson json) {
        this.json = json;
    }

    /** It is the format of calls that are translated, and of all of them. */
    @Override
    public boolean accepts(HttpServerRequest request) {
        return true;
    }

    @Override
    public void write(HttpServerResponse response, int status, Failure failure, String detail) {
        response.setStatusCode(HttpStatusTable.of(failure));
        response.headers().set("content-type", JsonAnswer.JSON);
        // The client may be gone; nobody is left to tell.
        Future<Void> unused = response.end(json.of(HttpStatusTable.grpc(failure), detail));
    }
}
