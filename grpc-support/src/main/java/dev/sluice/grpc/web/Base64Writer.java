package dev.sluice.grpc.web;

import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;

/**
 * Writes a stream of messages as base64, padded where messages end and nowhere else: a client can read a message as soon
 * as it is there, and one that expects padding only there reads it too.
 */
final class Base64Writer {

    private static final byte[] NONE = {};

    /** What does not make a group of three bytes yet, of a message that is under way. */
    private byte[] kept = NONE;

    /**
     * @param end the index behind the last message that ends in this chunk, 0 when none does
     */
    Buffer write(Buffer chunk, int end) {
        byte[] bytes = Arrays.copyOf(kept, kept.length + chunk.length());
        chunk.getBytes(bytes, kept.length);
        int padded = end == 0 ? 0 : kept.length + end;
        int whole = bytes.length - (bytes.length - padded) % 3;
        kept = whole == bytes.length ? NONE : Arrays.copyOfRange(bytes, whole, bytes.length);
        Buffer text = Buffer.buffer((whole + 4) / 3 * 4);
        append(text, bytes, 0, padded);
        append(text, bytes, padded, whole);
        return text;
    }

    private static void append(Buffer text, byte[] bytes, int from, int to) {
        ByteBuffer encoded = Base64.getEncoder().encode(ByteBuffer.wrap(bytes, from, to - from));
        text.appendBytes(encoded.array(), 0, encoded.limit());
    }
}
