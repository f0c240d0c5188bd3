package dev.sluice.grpc.transcode;

import dev.sluice.failure.Failure;
import dev.sluice.spi.Call;
import dev.sluice.spi.CallExchange;
import dev.sluice.spi.ReplyFormat;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A call whose client speaks JSON. The call within it sees what it would see of a gRPC client: messages with their
 * prefixes, and gRPC's fields. An answer's head is held until its HTTP status is known: with the first message of a
 * stream, else with the call's end.
 */
final class TranscodedCall implements Call {

    private final CallExchange exchange;
    private final Call inner;
    private final RequestBody request;
    private final ClientAnswer answer;
    private final MessageReader reader;
    private final StatusJson json;

    private @Nullable CallStatus headStatus;
    private boolean headOpen;
    /** Nothing is translated any more. */
    private boolean failed;

    TranscodedCall(
            CallExchange exchange,
            Call inner,
            RequestBody request,
            ClientAnswer answer,
            MessageReader reader,
            StatusJson json) {
        this.exchange = exchange;
        this.inner = inner;
        this.request = request;
        this.answer = answer;
        this.reader = reader;
        this.json = json;
    }

    // --- request ---

    @Override
    public boolean rewritesRequest() {
        return true;
    }

    @Override
    public void upstreamHead(MultiMap headers) {
        headers.remove("content-length")
                .remove("content-encoding")
                .remove("accept")
                .remove("accept-encoding")
                .remove("grpc-encoding")
                .set("content-type", "application/grpc")
                .set("te", "trailers")
                // A compressed message could not be told from JSON's size limit before it is expanded.
                .set("grpc-accept-encoding", "identity");
        inner.upstreamHead(headers);
    }

    @Override
    public @Nullable Buffer requestData(Buffer chunk) {
        if (failed) {
            return null;
        }
        try {
            Buffer messages = request.data(chunk);
            return messages == null ? null : inner.requestData(messages);
        } catch (TranscodingException e) {
            return fail(e);
        }
    }

    @Override
    public @Nullable Buffer requestEnd() {
        if (failed) {
            return null;
        }
        try {
            Buffer messages = request.end();
            Buffer last = messages == null ? null : inner.requestData(messages);
            return joined(last, inner.requestEnd());
        } catch (TranscodingException e) {
            return fail(e);
        }
    }

    // --- response ---

    @Override
    public int statusOf(int status, Function<String, @Nullable String> fields) {
        return inner.statusOf(status, fields);
    }

    @Override
    public int callStatus(int status, Function<String, @Nullable String> fields) {
        return inner.callStatus(status, fields);
    }

    @Override
    public Answer responseHead() {
        inner.responseHead();
        headStatus = CallStatus.of(exchange.responseHeaders());
        if (headStatus == null && !isGrpc()) {
            headStatus = CallStatus.unknown("The backend's answer is not gRPC");
        }
        return Answer.HOLD;
    }

    @Override
    public boolean holdsHead() {
        return !headOpen;
    }

    @Override
    public boolean rewritesResponse() {
        return true;
    }

    @Override
    public @Nullable Buffer responseData(Buffer chunk) {
        Buffer messages = inner.responseData(chunk);
        // A status in the head is all of a gRPC answer; what follows it is somebody's error page.
        return messages == null || headStatus != null || failed ? null : translated(messages);
    }

    @Override
    public @Nullable Buffer responseEnd(MultiMap trailers) {
        Buffer left = inner.responseEnd(trailers);
        CallStatus status = headStatus == null ? CallStatus.of(trailers) : headStatus;
        CallStatus.remove(trailers);
        if (failed) {
            return null;
        }
        Buffer out = left == null || headStatus != null ? null : translated(left);
        if (failed) {
            return null;
        }
        if (status == null) {
            status = CallStatus.unknown("The backend gave no grpc-status");
        }
        return joined(out, ended(status));
    }

    /** What stands at the end of the body. */
    private @Nullable Buffer ended(CallStatus status) {
        if (!status.isOk()) {
            if (headOpen) {
                Buffer last = answer.broken(json.of(status));
                if (last == null) {
                    exchange.fail(
                            Failure.UPSTREAM_INCOMPLETE,
                            "The backend ended its stream with status "
                                    + status.code().code() + ": " + status.message());
                }
                return last;
            }
            openHead(HttpStatusTable.of(status.code()), JsonAnswer.JSON);
            return Buffer.buffer(json.of(status));
        }
        try {
            if (!reader.atBoundary()) {
                throw TranscodingException.badAnswer("The backend's last message is not complete");
            }
            Buffer last = answer.end();
            if (!headOpen) {
                openHead(200, answer.contentType());
            }
            return last;
        } catch (TranscodingException e) {
            return fail(e);
        }
    }

    // --- when it fails ---

    @Override
    public ReplyFormat replyFormat() {
        return new StatusReply(json);
    }

    @Override
    public @Nullable Ending breakOff(Failure failure, String detail) {
        if (!headOpen) {
            return null;
        }
        Buffer last = answer.broken(json.of(HttpStatusTable.grpc(failure), detail));
        return last == null ? null : new Ending(last, MultiMap.caseInsensitiveMultiMap());
    }

    @Override
    public void ended(@Nullable Failure failure) {
        inner.ended(failure);
    }

    @Override
    public int status() {
        return inner.status();
    }

    // --- how ---

    private @Nullable Buffer translated(Buffer messages) {
        Buffer out = Buffer.buffer();
        try {
            reader.read(messages, message -> {
                Buffer piece = answer.message(message);
                if (piece != null) {
                    if (!headOpen) {
                        openHead(200, answer.contentType());
                    }
                    out.appendBuffer(piece);
                }
            });
        } catch (TranscodingException e) {
            return fail(e);
        }
        return out.length() == 0 ? null : out;
    }

    private void openHead(int status, String contentType) {
        headOpen = true;
        exchange.status(status);
        MultiMap headers = exchange.responseHeaders();
        CallStatus.remove(headers);
        headers.remove("content-length") // of trailers alone: some servers say 0
                .remove("grpc-encoding")
                .remove("grpc-accept-encoding")
                // It would announce what is taken out of the trailers.
                .remove("trailer")
                .set("content-type", contentType);
    }

    private boolean isGrpc() {
        String contentType = exchange.responseHeaders().get("content-type");
        return exchange.status() == 200 && contentType != null && contentType.startsWith("application/grpc");
    }

    /** Always null, for there is nothing more to send. */
    private @Nullable Buffer fail(TranscodingException e) {
        failed = true;
        exchange.fail(e.failure(), e.detail());
        return null;
    }

    private static @Nullable Buffer joined(@Nullable Buffer first, @Nullable Buffer second) {
        if (first == null || second == null) {
            return first == null ? second : first;
        }
        return Buffer.buffer(first.length() + second.length())
                .appendBuffer(first)
                .appendBuffer(second);
    }
}
