package dev.sluice.bench.load;

import dev.sluice.bench.wire.Filler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * A call as it goes on a stream, built once.
 *
 * @param <H> headers of HTTP/2 or HTTP/3
 * @param headers sent as they are, again and again
 * @param content the body, null for none
 * @param grpcAnswer length of the gRPC messages that must come, 0 when its answer is not gRPC's
 */
record PreparedCall<H>(H headers, @Nullable ByteBuf content, int grpcAnswer) implements AutoCloseable {

    /** Compressed flag and length before a gRPC message. */
    private static final int GRPC_PREFIX = 5;

    static <H> PreparedCall<H> of(Call call, H headers, Filler filler) {
        if (call.grpc()) {
            ByteBuf message = filler.body(call.bodyBytes());
            ByteBuf framed = Unpooled.directBuffer(GRPC_PREFIX + call.bodyBytes())
                    .writeByte(0)
                    .writeInt(call.bodyBytes())
                    .writeBytes(message);
            message.release();
            return new PreparedCall<>(headers, framed, call.grpcAnswer());
        }
        return new PreparedCall<>(headers, call.bodyBytes() > 0 ? filler.body(call.bodyBytes()) : null, 0);
    }

    /** @return the body again, the caller's to release; null for none */
    @Nullable
    ByteBuf body() {
        return content == null ? null : content.retainedDuplicate();
    }

    @Override
    public void close() {
        ReferenceCountUtil.release(content);
    }
}
