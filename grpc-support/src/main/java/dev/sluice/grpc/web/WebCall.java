package dev.sluice.grpc.web;

import dev.sluice.config.ClientTerms;
import dev.sluice.failure.Failure;
import dev.sluice.filter.GrpcContent;
import dev.sluice.grpc.DialectCall;
import dev.sluice.grpc.MessageMeter;
import dev.sluice.spi.Call;
import dev.sluice.spi.CallExchange;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A call whose client speaks gRPC-Web ({@code PROTOCOL-WEB.md}), on any version of HTTP. It stands between the client and
 * a call that sees what a gRPC client would have sent, and answers as to one: messages pass as they are, or as base64, and
 * the trailers become the last message.
 *
 * <p>An answer that is a head alone (trailers-only) stays one: the specification says so, and clients look there.
 */
public final class WebCall extends DialectCall {

    private static final String STATUS = "grpc-status";

    private final CallExchange exchange;
    private final WebDialect answer;

    private final MessageMeter sent = new MessageMeter(ClientTerms.UNLIMITED);
    private final @Nullable Base64Reader reader;

    private final MessageMeter received = new MessageMeter(ClientTerms.UNLIMITED);
    private final @Nullable Base64Writer writer;

    private boolean headOpen = true;
    private boolean translates;

    private WebCall(CallExchange exchange, Call grpc, WebDialect spoken, WebDialect answer) {
        super(grpc);
        this.exchange = exchange;
        this.answer = answer;
        reader = spoken.text() ? new Base64Reader() : null;
        writer = answer.text() ? new Base64Writer() : null;
    }

    /** Whether a request with this {@code Content-Type} is such a call. */
    public static boolean accepts(@Nullable String contentType) {
        return WebDialect.of(contentType) != null;
    }

    /**
     * Begins a call that {@link #accepts} has told of; its request's fields become those of a gRPC client.
     *
     * @param inner begins the call that is translated for; gives null when it has answered
     * @return null when the inner call is null
     */
    public static @Nullable Call begin(CallExchange exchange, Function<CallExchange, @Nullable Call> inner) {
        MultiMap headers = exchange.requestHeaders();
        String contentType = headers.get("content-type");
        WebDialect spoken = WebDialect.of(contentType);
        if (spoken == null) {
            throw new IllegalArgumentException(contentType + " (expected: application/grpc-web)");
        }
        WebDialect answer = spoken.answer(headers);
        // A gRPC client has no use for what a browser accepts, and its messages are compressed one by one.
        headers.remove("accept")
                .remove("accept-encoding")
                .remove("content-length")
                .remove("x-grpc-web")
                .set("te", "trailers");
        exchange.replyFormat(new WebReply(answer));
        Call grpc = inner.apply(exchange);
        headers.set("content-type", spoken.grpcContentType());
        return grpc == null ? null : new WebCall(exchange, grpc, spoken, answer);
    }

    // --- request ---

    @Override
    public boolean rewritesRequest() {
        return reader != null || grpc.rewritesRequest();
    }

    @Override
    public void upstreamHead(MultiMap headers) {
        grpc.upstreamHead(headers);
    }

    @Override
    public @Nullable Buffer requestData(Buffer chunk) {
        Buffer bytes = reader == null ? chunk : reader.read(chunk);
        if (bytes == null) {
            exchange.fail(Failure.BAD_REQUEST, "The request's body is not base64");
            return null;
        }
        int unusedFits = sent.walk(bytes);
        if (sent.hasTrailers()) {
            exchange.fail(Failure.BAD_REQUEST, "A request of gRPC-Web has no trailers");
            return null;
        }
        return bytes.length() == 0 ? null : grpc.requestData(bytes);
    }

    @Override
    public @Nullable Buffer requestEnd() {
        if (reader != null && !reader.isComplete()) {
            exchange.fail(Failure.BAD_REQUEST, "The request's base64 ends within a group of four");
            return null;
        }
        return grpc.requestEnd();
    }

    // --- response ---

    @Override
    public Answer responseHead() {
        Answer decision = grpc.responseHead();
        if (decision != Answer.HOLD) {
            translateHead();
        }
        return decision;
    }

    @Override
    public boolean holdsHead() {
        return headOpen;
    }

    private void translateHeadOnceKnown() {
        if (headOpen && !grpc.holdsHead()) {
            translateHead();
        }
    }

    private void translateHead() {
        headOpen = false;
        MultiMap headers = exchange.responseHeaders();
        // Anything else comes from a filter or an upstream that knows no gRPC; clients judge it by its HTTP status.
        translates = GrpcContent.isGrpc(headers.get("content-type"));
        if (translates) {
            headers.set("content-type", answer.contentType()).remove("trailer");
        }
    }

    @Override
    public boolean rewritesResponse() {
        return translates || grpc.rewritesResponse();
    }

    @Override
    public @Nullable Buffer responseData(Buffer chunk) {
        Buffer bytes = grpc.responseData(chunk);
        translateHeadOnceKnown();
        return bytes == null || !translates ? bytes : translated(bytes);
    }

    /** Null when it has to wait for more. */
    private @Nullable Buffer translated(Buffer bytes) {
        int unusedFits = received.walk(bytes);
        if (writer == null) {
            return bytes;
        }
        Buffer text = writer.write(bytes, received.endOfLast());
        return text.length() == 0 ? null : text;
    }

    @Override
    public @Nullable Buffer responseEnd(MultiMap trailers) {
        Buffer last = grpc.responseEnd(trailers);
        translateHeadOnceKnown();
        if (!translates) {
            return last;
        }
        Buffer bytes = last == null ? null : translated(last);
        if (!received.atBoundary()) {
            exchange.fail(Failure.UPSTREAM_INCOMPLETE, "The backend's answer ends within a message");
            return null;
        }
        if (!trailers.contains(STATUS)) {
            if (exchange.responseHeaders().contains(STATUS)) {
                return bytes;
            }
            // gRPC clients know that as UNKNOWN; grpc-web takes it for OK.
            trailers.set(STATUS, "2").set("grpc-message", "The backend gave no status");
        }
        Buffer end = withTrailers(bytes, trailers);
        trailers.clear();
        return end;
    }

    /** Only between messages. */
    private @Nullable Buffer withTrailers(@Nullable Buffer bytes, MultiMap trailers) {
        Buffer frame = translated(TrailersFrame.of(trailers));
        return bytes == null || frame == null
                ? frame
                : Buffer.buffer().appendBuffer(bytes).appendBuffer(frame);
    }

    // --- when it fails ---

    @Override
    public @Nullable Ending breakOff(Failure failure, String detail) {
        Ending ending = grpc.breakOff(failure, detail);
        if (ending == null || !translates) {
            return null;
        }
        Buffer bytes = ending.last() == null ? null : translated(ending.last());
        // In the middle of a message the client would take the frame for a part of it.
        return received.atBoundary()
                ? new Ending(withTrailers(bytes, ending.trailers()), MultiMap.caseInsensitiveMultiMap())
                : null;
    }
}
