package dev.sluice.proxy;

import dev.sluice.config.Defaults;
import dev.sluice.wire.BodyBuffers;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What was sent of a request's body, kept for another try: large chunks by reference, each with a reference of its own
 * that is given back by {@link #release}, small ones as copies, which do not keep what they were read into. A body that
 * outgrows it is given up, and can be sent only once.
 */
final class ReplayBuffer {

    private final int limit;
    private final List<Buffer> chunks = new ArrayList<>(2);
    private int bytes;
    private boolean released;

    /** @param limit bytes that are kept at most */
    ReplayBuffer(int limit) {
        this.limit = limit;
    }

    /** Keeps a chunk that is about to be sent; the caller's reference stays the caller's. */
    void keep(Buffer chunk) {
        int length = chunk.length();
        if (released || length == 0) {
            return;
        }
        if (length > limit - bytes || chunks.size() == Defaults.MAX_KEPT_CHUNKS) {
            release();
            return;
        }
        bytes += length;
        chunks.add(BodyBuffers.keep(chunk));
    }

    /** Whether everything that was sent is here. */
    boolean isWhole() {
        return !released;
    }

    /** Sends all of it once more. */
    void writeTo(UpstreamStream target) {
        for (int i = 0; i < chunks.size(); i++) {
            target.write(BodyBuffers.share(chunks.get(i)));
        }
    }

    /** Lets go: no other try will come. */
    void release() {
        released = true;
        chunks.forEach(BodyBuffers::release);
        chunks.clear();
    }
}
