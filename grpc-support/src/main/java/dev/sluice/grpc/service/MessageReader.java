package dev.sluice.grpc.service;

import com.google.protobuf.MessageLite;
import dev.sluice.grpc.GrpcStatus;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** Takes messages out of a body ({@code PROTOCOL-HTTP2.md}, Length-Prefixed-Message), and holds one at most. */
final class MessageReader {

    private static final int PREFIX_BYTES = 5;

    private final int maxBytes;
    private Buffer rest = Buffer.buffer();

    /** @param maxBytes of one message, without its prefix */
    MessageReader(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** A body, or a part of one, that cannot be read. */
    static final class UnreadableException extends Exception {

        private static final long serialVersionUID = 1L;

        private final GrpcStatus status;
        private final String text;

        UnreadableException(GrpcStatus status, String text) {
            super(text, null, false, false);
            this.status = status;
            this.text = text;
        }

        GrpcStatus status() {
            return status;
        }

        String text() {
            return text;
        }
    }

    /** A message behind its prefix. */
    static Buffer framed(MessageLite message) {
        byte[] bytes = message.toByteArray();
        return Buffer.buffer(PREFIX_BYTES + bytes.length)
                .appendByte((byte) 0)
                .appendInt(bytes.length)
                .appendBytes(bytes);
    }

    /** A lent chunk has come. */
    void add(Buffer chunk) {
        rest.appendBuffer(chunk);
    }

    /** The next whole message; null when more has to come first. */
    byte @Nullable [] next() throws UnreadableException {
        if (rest.length() < PREFIX_BYTES) {
            return null;
        }
        if (rest.getByte(0) != 0) {
            throw new UnreadableException(
                    GrpcStatus.UNIMPLEMENTED, "compressed messages are not understood (expected: identity)");
        }
        long length = rest.getUnsignedInt(1);
        if (length > maxBytes) {
            throw new UnreadableException(
                    GrpcStatus.RESOURCE_EXHAUSTED,
                    "a message of " + length + " bytes (expected: at most " + maxBytes + ")");
        }
        int end = PREFIX_BYTES + (int) length;
        if (rest.length() < end) {
            return null;
        }
        byte[] message = rest.getBytes(PREFIX_BYTES, end);
        rest = rest.getBuffer(end, rest.length());
        return message;
    }

    /** Whether all that has come are whole messages. */
    boolean isAtBoundary() {
        return rest.length() == 0;
    }
}
