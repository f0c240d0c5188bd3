package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.vertx.core.http.impl.http2.Http2Stream;

/**
 * The passage of one body that comes on HTTP/2. Vert.x's stream has a queue ({@code InboundMessageQueue}) before its
 * receiver, which hands a chunk on within {@code onData} if it is empty, has demand, and its two ends are on one loop;
 * resuming it empties it only in a later task. So what has gone in is counted against what the receiver has got, and
 * while there is a difference everything is copied.
 */
final class Http2Body implements BodyPassage {

    private final Http2Stream receiver;
    private boolean wanted;
    /** Chunks that Vert.x has been given and the receiver has not got. */
    private int queued;

    Http2Body(Http2Stream receiver) {
        this.receiver = receiver;
    }

    @Override
    public void byReference(boolean yes) {
        wanted = yes;
    }

    @Override
    public void taken() {
        queued--;
    }

    /** Counts a chunk that is about to be given to Vert.x; returns whether it may be by reference. */
    boolean next(int length) {
        boolean taken = wanted && queued == 0 && length > BodyBuffers.SMALL;
        queued++;
        return taken && receiver.context().inThread();
    }

    /** Gives Vert.x the chunk by reference, which it takes over. */
    void hand(ByteBuf bytes) {
        receiver.onData(BodyBuffers.of(bytes));
        assert queued == 0 : "a chunk by reference is in a queue";
    }

    Http2Stream receiver() {
        return receiver;
    }
}
