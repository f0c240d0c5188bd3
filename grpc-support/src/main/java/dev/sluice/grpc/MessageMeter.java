package dev.sluice.grpc;

import dev.sluice.config.ClientTerms;
import io.vertx.core.buffer.Buffer;

/**
 * Finds the messages of one direction of a call by their prefixes of five bytes ({@code PROTOCOL-HTTP2.md},
 * Length-Prefixed-Message), wherever chunks divide them, and copies nothing.
 */
final class MessageMeter {

    /** What {@link #walk} gives when no message is too long. */
    static final int FITS = Integer.MIN_VALUE;

    /** One byte that says whether the message is compressed, four of its length. */
    static final int PREFIX_BYTES = 5;

    private final long limit;
    /** Bytes seen of a prefix that is not complete, 0..4. */
    private int prefixBytes;

    private long length;
    /** Bytes still to come of the message that has begun. */
    private long rest;

    private long messages;

    /** @param limit the longest message in bytes, as sent, without its prefix; {@link ClientTerms#UNLIMITED} */
    MessageMeter(long limit) {
        this.limit = limit == ClientTerms.UNLIMITED ? Long.MAX_VALUE : limit;
    }

    /**
     * Reads the next chunk. Behind a message that is too long nothing is read any more.
     *
     * @return where in the chunk the prefix of a message begins that is too long, negative when it began in chunks before;
     *     {@link #FITS} when there is none
     */
    int walk(Buffer chunk) {
        int end = chunk.length();
        int at = 0;
        while (at < end) {
            if (rest > 0) {
                int step = (int) Math.min(rest, end - at);
                rest -= step;
                at += step;
                if (rest == 0) {
                    messages++;
                }
                continue;
            }
            if (prefixBytes == 0 && end - at >= PREFIX_BYTES) {
                length = chunk.getUnsignedInt(at + 1);
                at += PREFIX_BYTES;
            } else {
                length = prefixBytes == 0 ? 0 : length << 8 | chunk.getUnsignedByte(at);
                at++;
                prefixBytes++;
                if (prefixBytes < PREFIX_BYTES) {
                    continue;
                }
                prefixBytes = 0;
            }
            if (length > limit) {
                return at - PREFIX_BYTES;
            }
            rest = length;
            if (rest == 0) {
                messages++;
            }
        }
        return FITS;
    }

    /** Whether all that has come are whole messages. */
    boolean atBoundary() {
        return rest == 0 && prefixBytes == 0;
    }

    /** Bytes that have come of a prefix that is not complete, 0..4. */
    int prefixBytes() {
        return prefixBytes;
    }

    /** The length of the message whose prefix came last, in bytes. */
    long lastLength() {
        return length;
    }

    /** Messages that have come whole. */
    long messages() {
        return messages;
    }
}
