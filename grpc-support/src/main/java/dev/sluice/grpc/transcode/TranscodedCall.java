package dev.sluice.grpc.transcode;

import dev.sluice.failure.Failure;
import dev.sluice.filter.GrpcContent;
import dev.sluice.grpc.DialectCall;
import dev.sluice.grpc.GrpcStatus;
import dev.sluice.grpc.MessageReader;
import dev.sluice.spi.Call;
import dev.sluice.spi.CallExchange;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A call whose client speaks JSON. The call within it sees what it would see of a gRPC client: messages with their
 * prefixes, and gRPC's fields. An answer's head is held until its HTTP status is known: with the first message of a
 * stream, else with the call's end.
 */
final class TranscodedCall extends DialectCall {

    private final CallExchange exchange;
    private final RequestBody request;
    private final ClientAnswer answer;
    private final int maxBytes;
    private final MessageReader reader;
    private final StatusJson json;

    private @Nullable CallStatus headStatus;
    private boolean headOpen;
    /** HTTP's, of a filter that has answered; 0 while none has. */
    private int replyStatus;
    /** Nothing is translated any more. */
    private boolean failed;

    /** @param maxBytes of one message of the backend's */
    TranscodedCall(
            CallExchange exchange,
            Call inner,
            RequestBody request,
            ClientAnswer answer,
            int maxBytes,
            StatusJson json) {
        super(inner);
        this.exchange = exchange;
        this.request = request;
        this.answer = answer;
        this.maxBytes = maxBytes;
        this.reader = new MessageReader(maxBytes);
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
        grpc.upstreamHead(headers);
    }

    @Override
    public @Nullable Buffer requestData(Buffer chunk) {
        if (failed) {
            return null;
        }
        try {
            Buffer messages = request.data(chunk);
            return messages == null ? null : grpc.requestData(messages);
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
            Buffer last = messages == null ? null : grpc.requestData(messages);
            return joined(last, grpc.requestEnd());
        } catch (TranscodingException e) {
            return fail(e);
        }
    }

    // --- response ---

    @Override
    public Answer responseHead() {
        grpc.responseHead();
        headStatus = CallStatus.of(exchange.responseHeaders());
        if (headStatus == null && !isGrpc()) {
            headStatus = CallStatus.unknown("The backend's answer is not gRPC");
        }
        return Answer.HOLD;
    }

    /** Who asks by HTTP is answered by HTTP. */
    @Override
    public Answer replied() {
        replyStatus = exchange.status();
        return Answer.PASS;
    }

    /** The call within knows nothing of a filter's answer, and would take it for one without a status. */
    @Override
    public boolean isServerFault() {
        return replyStatus == 0 ? super.isServerFault() : replyStatus >= 500;
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
        // A status in the head is all of a gRPC answer; what follows it is somebody's error page.
        if (headStatus != null || failed) {
            return null;
        }
        Buffer messages = grpc.responseData(chunk);
        return messages == null ? null : translated(messages);
    }

    @Override
    public @Nullable Buffer responseEnd(MultiMap trailers) {
        Buffer left = grpc.responseEnd(trailers);
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
            if (!reader.isAtBoundary()) {
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
    public @Nullable Ending breakOff(Failure failure, String detail) {
        if (!headOpen) {
            return null;
        }
        Buffer last = answer.broken(json.of(HttpStatusTable.grpc(failure), detail));
        return last == null ? null : new Ending(last, MultiMap.caseInsensitiveMultiMap());
    }

    // --- how ---

    private @Nullable Buffer translated(Buffer messages) {
        Buffer out = Buffer.buffer();
        try {
            reader.add(messages);
            byte[] message = next();
            while (message != null) {
                Buffer piece = answer.message(message);
                if (piece != null) {
                    if (!headOpen) {
                        openHead(200, answer.contentType());
                    }
                    out.appendBuffer(piece);
                }
                message = next();
            }
        } catch (TranscodingException e) {
            return fail(e);
        }
        return out.length() == 0 ? null : out;
    }

    private byte @Nullable [] next() throws TranscodingException {
        try {
            return reader.next();
        } catch (MessageReader.UnreadableException e) {
            // No encoding was offered but identity.
            throw e.status() == GrpcStatus.UNIMPLEMENTED
                    ? TranscodingException.badAnswer("The backend sent a compressed message")
                    : TranscodingException.answerTooLarge(
                            "The backend's message has " + e.length() + " bytes (expected: at most " + maxBytes + ")");
        }
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
        return exchange.status() == 200
                && GrpcContent.isGrpc(exchange.responseHeaders().get("content-type"));
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
