package dev.sluice.wire;

import io.netty.buffer.ByteBuf;

/**
 * Follows one direction of a WebSocket (RFC 6455 section 5.2) and knows where its frames end. It looks at nothing but
 * the heads of frames, which no extension changes in length, and judges nothing.
 */
final class WebSocketFrames {

    private static final int OPCODE = 0x0f;
    private static final int CLOSE = 8;
    private static final int MASK = 0x80;
    private static final int LENGTH = 0x7f;
    private static final int LENGTH_OF_2_BYTES = 126;
    private static final int LENGTH_OF_8_BYTES = 127;
    private static final int MASK_BYTES = 4;

    private boolean inHead;
    private boolean close;
    private boolean closed;
    private boolean masked;
    /** Bytes of the head that are still to come and say the length; -1 before its second byte. */
    private int lengthBytes;
    /** Bytes of the frame behind those. */
    private long left;

    /** Whether a frame has ended, or none has begun, so that another can be put in. */
    boolean isBetween() {
        return !inHead && left == 0;
    }

    /** Whether a Close frame has come, after which there is none. */
    boolean isClosed() {
        return closed;
    }

    /** Follows all of these bytes. */
    void follow(ByteBuf bytes) {
        int unused = follow(bytes, false);
    }

    /**
     * Follows these bytes up to the end of the frame that has begun.
     *
     * @return how many they are; all, when it does not end in them
     */
    int followFrame(ByteBuf bytes) {
        return follow(bytes, true);
    }

    private int follow(ByteBuf bytes, boolean toEndOfFrame) {
        int start = bytes.readerIndex();
        int at = start;
        while (at < bytes.writerIndex() && !(toEndOfFrame && isBetween())) {
            if (inHead || left == 0) {
                head(bytes.getByte(at++) & 0xff);
            } else {
                int skipped = (int) Math.min(left, bytes.writerIndex() - at);
                at += skipped;
                left -= skipped;
            }
            closed |= close && isBetween();
        }
        return at - start;
    }

    private void head(int octet) {
        if (!inHead) {
            inHead = true;
            close = (octet & OPCODE) == CLOSE;
            lengthBytes = -1;
            return;
        }
        if (lengthBytes < 0) {
            masked = (octet & MASK) != 0;
            int length = octet & LENGTH;
            left = length < LENGTH_OF_2_BYTES ? length : 0;
            lengthBytes = length == LENGTH_OF_2_BYTES ? 2 : length == LENGTH_OF_8_BYTES ? 8 : 0;
        } else {
            left = left << 8 | octet;
            lengthBytes--;
        }
        if (lengthBytes == 0) {
            inHead = false;
            if (left < 0 || left > Long.MAX_VALUE - MASK_BYTES) {
                left = Long.MAX_VALUE; // what no frame has: nothing is put behind it
            } else if (masked) {
                left += MASK_BYTES;
            }
        }
    }
}
