package dev.sluice.wire;

import io.vertx.core.http.GoAway;
import io.vertx.core.internal.buffer.BufferInternal;

/**
 * Receives GOAWAY frames. Vert.x hands every {@code goAwayHandler} a copy of the frame's debug data in a pooled buffer
 * that nobody else releases ({@code Http2ConnectionImpl.onGoAwayReceived}), so a handler that ignores it leaks.
 */
public final class GoAways {

    private GoAways() {}

    /** Gives the debug data back; call once for a frame. */
    public static void release(GoAway received) {
        if (received.getDebugData() instanceof BufferInternal copy) {
            var unused = copy.unwrap().release();
        }
    }
}
