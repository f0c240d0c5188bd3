package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Defaults;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;

/** What a body may cost that is kept for another try. */
final class ReplayBufferTest {

    @Test
    void boundsBytes() {
        ReplayBuffer buffer = new ReplayBuffer(10);
        buffer.keep(Buffer.buffer("0123456789"));
        assertTrue(buffer.isWhole());
        buffer.keep(Buffer.buffer("x"));
        assertFalse(buffer.isWhole());
    }

    @Test
    void boundsChunks() {
        ReplayBuffer buffer = new ReplayBuffer(Defaults.REPLAY_BUFFER_BYTES);
        for (int i = 0; i < Defaults.MAX_KEPT_CHUNKS; i++) {
            buffer.keep(Buffer.buffer("x"));
        }
        assertTrue(buffer.isWhole());
        buffer.keep(Buffer.buffer("x"));
        assertFalse(buffer.isWhole());
    }

    @Test
    void emptyChunksAreNotKept() {
        ReplayBuffer buffer = new ReplayBuffer(10);
        for (int i = 0; i <= Defaults.MAX_KEPT_CHUNKS; i++) {
            buffer.keep(Buffer.buffer());
        }
        assertTrue(buffer.isWhole());
    }
}
