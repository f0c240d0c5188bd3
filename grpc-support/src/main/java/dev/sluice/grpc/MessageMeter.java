package dev.sluice.grpc;

import dev.sluice.config.ClientTerms;
import io.vertx.core.buffer.Buffer;

/**
 * Finds the messages of one direction of a call by their prefixes of five bytes ({@code PROTOCOL-HTTP2.md},
 * Length-Prefixed-Message), wherever chunks divide them, and copies nothing.
 */
public final class MessageMeter {

    /** What {@link #walk} gives when no message is too long. */
    public static final int FITS = Integer.MIN_VALUE;

    /** One byte that says whether the message is compressed, four of its length. */
    public static final int PREFIX_BYTES = 5;

    private final long limit;
    /** Bytes seen of a prefix that is not complete, 0..4. */
    private int prefixBytes;

    private long length;
    /** Bytes still to come of the message that has begun. */
    private long rest;

    private long messages;
    /** Those of all prefixes, put together. */
    private int flags;
    /** Behind the last message that has ended in the chunk that came last. */
    private int ended;

    /** @param limit the longest message in bytes, as sent, without its prefix; {@link ClientTerms#UNLIMITED} */
    public MessageMeter(long limit) {
        this.limit = limit == ClientTerms.UNLIMITED ? Long.MAX_VALUE : limit;
    }

    /**
     * Reads the next chunk. Behind a message that is too long nothing is read any more.
     *
     * @return where in the chunk the prefix of a message begins that is too long, negative when it began in chunks before;
     *     {@link #FITS} when there is none
     */
    public int walk(Buffer chunk) {
        int end = chunk.length();
        int at = 0;
        ended = 0;
        while (at < end) {
            if (rest > 0) {
                int step = (int) Math.min(rest, end - at);
                rest -= step;
                at += step;
                if (rest == 0) {
                    messages++;
                    ended = at;
                }
                continue;
            }
            if (prefixBytes == 0 && end - at >= PREFIX_BYTES) {
                flags |= chunk.getByte(at);
                length = chunk.getUnsignedInt(at + 1);
                at += PREFIX_BYTES;
            } else {
                if (prefixBytes == 0) {
                    flags |= chunk.getByte(at);
                    length = 0;
                } else {
                    length = length << 8 | chunk.getUnsignedByte(at);
                }
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
                ended = at;
            }
        }
        return FITS;
    }

    /** Whether all that has come are whole messages. */
    public boolean atBoundary() {
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

    /** The index behind the last message that has ended in the chunk that was walked last; 0 when none has. */
    public int endOfLast() {
        return ended;
    }

    /** Whether one of the prefixes was of gRPC-Web's trailers, which has the most significant bit ({@code PROTOCOL-WEB.md}). */
    public boolean hasTrailers() {
        return flags < 0;
    }
}
