package dev.sluice.grpc.transcode;

import io.vertx.core.buffer.Buffer;

/** Takes the messages out of a gRPC response's body ({@code PROTOCOL-HTTP2.md}, Length-Prefixed-Message). */
final class MessageReader {

    /** Who takes messages. */
    interface Receiver {
        void message(byte[] message) throws TranscodingException;
    }

    private static final int PREFIX_BYTES = 5;

    private final int maxBytes;
    private final byte[] prefix = new byte[PREFIX_BYTES];
    private int prefixLength;
    private byte[] message = {};
    private int messageLength;

    /** @param maxBytes of one message without its prefix */
    MessageReader(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Reads a chunk, which may hold a part of a message or many. */
    void read(Buffer chunk, Receiver receiver) throws TranscodingException {
        int at = 0;
        int end = chunk.length();
        while (at < end) {
            if (prefixLength < PREFIX_BYTES) {
                prefix[prefixLength++] = chunk.getByte(at++);
                if (prefixLength < PREFIX_BYTES) {
                    continue;
                }
                begin();
            }
            int step = Math.min(end - at, message.length - messageLength);
            chunk.getBytes(at, at + step, message, messageLength);
            at += step;
            messageLength += step;
            if (messageLength == message.length) {
                byte[] whole = message;
                message = new byte[0];
                messageLength = 0;
                prefixLength = 0;
                receiver.message(whole);
            }
        }
    }

    /** Whether the body may end here. */
    boolean atBoundary() {
        return prefixLength == 0;
    }

    private void begin() throws TranscodingException {
        if (prefix[0] != 0) {
            // No encoding was offered but identity.
            throw TranscodingException.badAnswer("The backend sent a compressed message");
        }
        long length =
                (prefix[1] & 0xffL) << 24 | (prefix[2] & 0xff) << 16 | (prefix[3] & 0xff) << 8 | (prefix[4] & 0xff);
        if (length > maxBytes) {
            throw TranscodingException.answerTooLarge(
                    "The backend's message has " + length + " bytes (expected: at most " + maxBytes + ")");
        }
        message = new byte[(int) length];
    }
}
