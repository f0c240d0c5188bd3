package dev.sluice.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.impl.buffer.VertxByteBufAllocator;
import io.vertx.core.internal.buffer.BufferInternal;

/**
 * Who gives body buffers back. A chunk that was read from a socket without a copy is a Vert.x buffer around a counted
 * Netty buffer, of which Vert.x knows nothing: it neither retains nor releases it ({@code BufferImpl.getByteBuf}). A
 * chunk from the heap is in nobody's care; to release one does nothing.
 */
public final class BodyBuffers {

    /** A piece of up to this many bytes is copied: that costs less than to keep what it was read into. */
    static final int SMALL = 1024;

    private BodyBuffers() {}

    /** Gives a chunk back that is not passed on. */
    public static void release(Buffer chunk) {
        var unused = bytes(chunk).release();
    }

    /**
     * Gives a chunk back once it is written, or will never be. When the write has failed, frames of it may still wait in
     * the channel, or be in the kernel's hands, for a stream that was reset: Netty cuts a chunk into frames and tells of
     * the last, and Vert.x's wrapper keeps it from counting the others. So the chunk is then given back behind whatever
     * was written to the channel before.
     *
     * @param connection what it was written to
     */
    public static void releaseAfter(Future<Void> written, Buffer chunk, HttpConnection connection) {
        if (!isCounted(chunk)) {
            return; // the heap's, and the write's outcome shows in the stream's handlers
        }
        written.onComplete((v, error) -> {
            ChannelHandlerContext context = error == null ? null : Connections.contextOf(connection);
            if (context == null) {
                release(chunk);
            } else {
                var unused = context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> release(chunk));
            }
        });
    }

    /** A chunk to keep for as long as one likes, and to write: a write may move the reader index (TLS does). */
    public static Buffer copy(Buffer chunk) {
        ByteBuf bytes = bytes(chunk);
        return isCounted(chunk) ? copyOf(bytes) : BufferInternal.buffer(bytes.slice());
    }

    /** Another chunk of the same bytes, not copied, with a reference of its own to release and a place of its own to read at. */
    public static Buffer share(Buffer chunk) {
        return BufferInternal.buffer(bytes(chunk).retainedDuplicate());
    }

    /** A chunk to keep for a while beside the given one: a small one is a copy, which does not hold what it was read into. */
    public static Buffer keep(Buffer chunk) {
        return chunk.length() <= SMALL ? copy(chunk) : share(chunk);
    }

    /** A chunk of its own with the same bytes; the caller keeps its reference to them. */
    static Buffer copyOf(ByteBuf bytes) {
        ByteBuf heap = VertxByteBufAllocator.DEFAULT.heapBuffer(bytes.readableBytes());
        return BufferInternal.buffer(heap.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes()));
    }

    /** Makes a chunk of bytes that the caller owns a reference to and gives away. */
    static Buffer of(ByteBuf bytes) {
        return BufferInternal.buffer(bytes);
    }

    /** The bytes behind a chunk, with the reference that comes with it. */
    static ByteBuf bytes(Buffer chunk) {
        return ((BufferInternal) chunk).unwrap();
    }

    /** Whether the chunk is bytes as they were read, and not a copy on the heap. */
    static boolean isCounted(Buffer chunk) {
        return bytes(chunk).alloc() != VertxByteBufAllocator.DEFAULT;
    }
}
