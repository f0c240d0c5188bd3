package dev.sluice.grpc.web;

import io.vertx.core.buffer.Buffer;

/** Where messages end in a body that comes in chunks: each is one byte of flags, four of length, and so many more. */
final class MessageFrames {

    private static final int PREFIX = 5;

    /** How many bytes of the prefix have come. */
    private int prefix;

    /** Of the message; up to 2^32 - 1. */
    private long length;

    /** How many bytes of the message are still to come. */
    private long left;

    private boolean trailers;

    /** Reads on; gives the index behind the last message that ends in this chunk, 0 when none does. */
    int follow(Buffer chunk) {
        int end = 0;
        int at = 0;
        while (at < chunk.length()) {
            if (left > 0) {
                int step = (int) Math.min(left, chunk.length() - at);
                at += step;
                left -= step;
            } else {
                readPrefix(chunk.getByte(at));
                at++;
            }
            if (between()) {
                end = at;
            }
        }
        return end;
    }

    private void readPrefix(byte next) {
        if (prefix == 0) {
            // The most significant bit of the flags is set.
            trailers |= next < 0;
            length = 0;
        } else {
            length = (length << 8) | (next & 0xff);
        }
        prefix++;
        if (prefix == PREFIX) {
            prefix = 0;
            left = length;
        }
    }

    /** Whether no message is half read. */
    boolean between() {
        return prefix == 0 && left == 0;
    }

    /** Whether one of the frames was of trailers. */
    boolean hasTrailers() {
        return trailers;
    }
}
