package dev.sluice.grpc;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Takes messages out of a body ({@code PROTOCOL-HTTP2.md}, Length-Prefixed-Message), and holds one at most beside the chunk
 * that came last.
 */
public final class MessageReader {

    private final int maxBytes;
    private Buffer held = Buffer.buffer();
    /** Where in what is held the next message begins. */
    private int at;

    /** @param maxBytes of one message, without its prefix */
    public MessageReader(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** A body, or a part of one, that cannot be read: its message is compressed, or too long. */
    public static final class UnreadableException extends Exception {

        private static final long serialVersionUID = 1L;

        private final GrpcStatus status;
        private final String text;
        private final long length;

        private UnreadableException(GrpcStatus status, String text, long length) {
            super(text, null, false, false);
            this.status = status;
            this.text = text;
            this.length = length;
        }

        /** What a server says to that: UNIMPLEMENTED to a compressed message, RESOURCE_EXHAUSTED to one that is too long. */
        public GrpcStatus status() {
            return status;
        }

        /** The same in words. */
        public String text() {
            return text;
        }

        /** The length of a message that is too long, in bytes. */
        public long length() {
            return length;
        }
    }

    /** A lent chunk has come. */
    public void add(Buffer chunk) {
        if (at > 0) {
            held = held.getBuffer(at, held.length());
            at = 0;
        }
        held.appendBuffer(chunk);
    }

    /** The next whole message; null when more has to come first. */
    public byte @Nullable [] next() throws UnreadableException {
        if (held.length() - at < MessageMeter.PREFIX_BYTES) {
            return null;
        }
        if (held.getByte(at) != 0) {
            throw new UnreadableException(
                    GrpcStatus.UNIMPLEMENTED, "compressed messages are not understood (expected: identity)", 0);
        }
        long length = held.getUnsignedInt(at + 1);
        if (length > maxBytes) {
            throw new UnreadableException(
                    GrpcStatus.RESOURCE_EXHAUSTED,
                    "a message of " + length + " bytes (expected: at most " + maxBytes + ")",
                    length);
        }
        int begin = at + MessageMeter.PREFIX_BYTES;
        if (held.length() - begin < length) {
            return null;
        }
        at = begin + (int) length;
        return held.getBytes(begin, at);
    }

    /** Whether all that has come are whole messages. */
    public boolean isAtBoundary() {
        return at == held.length();
    }
}
