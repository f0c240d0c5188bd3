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
    private final boolean head;
    private final @Nullable String allow;

    /**
     * @param method the request's: an answer to HEAD has no body
     * @param allow the methods that there are instead; null when that is not the matter
     */
    StatusReply(StatusJson json, String method, @Nullable String allow) {
        this.json = json;
        this.head = method.equals("HEAD");
        this.allow = allow;
    }

    /** The methods that there are instead; null when that is not the matter. */
    @Nullable
    String allow() {
        return allow;
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
        if (allow != null) {
            response.headers().set("allow", allow);
        }
        // The client may be gone; nobody is left to tell.
        Future<Void> unused = head ? response.end() : response.end(json.of(HttpStatusTable.grpc(failure), detail));
    }
}
