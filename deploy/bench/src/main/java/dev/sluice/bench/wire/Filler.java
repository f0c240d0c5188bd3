package dev.sluice.bench.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Bytes for bodies: one direct buffer that every body is a slice of, so that none is copied. */
public final class Filler implements AutoCloseable {

    private final ByteBuf bytes;

    /** @param capacity bytes of the longest body */
    public Filler(int capacity) {
        byte[] text = new byte[capacity];
        for (int i = 0; i < capacity; i++) {
            text[i] = (byte) ('a' + i % 26);
        }
        bytes = Unpooled.directBuffer(capacity, capacity).writeBytes(text);
    }

    /** @return a body of that many bytes, the caller's to release */
    public ByteBuf body(int length) {
        return bytes.retainedSlice(0, length);
    }

    @Override
    public void close() {
        bytes.release();
    }
}
