package dev.sluice.bench.load;

import io.netty.handler.codec.Headers;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/** What has come of the answer to one request on a stream of HTTP/2 or HTTP/3. */
public final class StreamAnswer {

    private static final AsciiString STATUS = AsciiString.cached(":status");
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
    private static final AsciiString GRPC_STATUS = AsciiString.cached("grpc-status");
    private static final AsciiString OK = AsciiString.cached("200");
    private static final AsciiString GRPC_OK = AsciiString.cached("0");

    private final int grpcAnswer;
    private final long due;
    private @Nullable CharSequence status;
    private @Nullable CharSequence grpcStatus;
    private long announced = -1;
    private long received;
    private boolean ended;
    private @Nullable String broken;

    /** @param grpcAnswer length of the gRPC messages that must come, 0 when the answer is not gRPC's */
    public StreamAnswer(int grpcAnswer, long due) {
        this.grpcAnswer = grpcAnswer;
        this.due = due;
    }

    /** @return when the request was due */
    public long due() {
        return due;
    }

    /** Takes a field section: an interim head, the head or the trailers. */
    public void fields(Headers<CharSequence, CharSequence, ?> fields) {
        CharSequence code = fields.get(STATUS);
        if (code != null) {
            status = code;
            CharSequence length = fields.get(CONTENT_LENGTH);
            announced = length == null ? -1 : Long.parseLong(length.toString());
        }
        if (grpcAnswer > 0) {
            grpcStatus = fields.get(GRPC_STATUS);
        }
    }

    /** Takes bytes of the body. */
    public void data(int bytes) {
        received += bytes;
    }

    /** The answer is complete: what happens to its stream from now on does not matter. */
    public void end() {
        ended = true;
    }

    /** The stream broke; only the first reason is kept. */
    public void broken(String reason) {
        if (broken == null) {
            broken = reason;
        }
    }

    /** @return what is wrong with the answer now that its stream is closed, null for nothing */
    public @Nullable String failure() {
        if (!ended) {
            return broken == null ? "closed before the end of the answer" : broken;
        }
        if (status == null || !AsciiString.contentEquals(OK, status)) {
            return "status " + status + " (expected: 200)";
        }
        if (announced >= 0 && announced != received) {
            return "body of " + received + " bytes (expected: " + announced + ")";
        }
        if (grpcAnswer == 0) {
            return null;
        }
        if (grpcStatus == null || !AsciiString.contentEquals(GRPC_OK, grpcStatus)) {
            return "grpc-status " + grpcStatus + " (expected: 0)";
        }
        return received == grpcAnswer ? null : "gRPC messages of " + received + " bytes (expected: " + grpcAnswer + ")";
    }
}
