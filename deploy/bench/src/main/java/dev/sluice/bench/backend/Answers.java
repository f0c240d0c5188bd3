package dev.sluice.bench.backend;

import dev.sluice.bench.wire.Filler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.function.IntUnaryOperator;

/**
 * What the backend answers with: bodies that are slices of one buffer, and whole HTTP/1.1 messages for the lengths the
 * scenarios ask for. Every buffer handed out is the caller's to release.
 */
final class Answers implements AutoCloseable {

    /** Bytes of the answer to everything but {@code GET /bytes/N}. */
    static final int SHORT = 128;
    /** Bytes of the longest answer. */
    static final int LONGEST = 16 * 1024 * 1024;

    /** Bytes of each of the many messages of a gRPC stream. */
    static final int STREAMED = 1024;
    /** Bytes of the largest answer that is ready made. */
    static final int LONG = 1024 * 1024;

    private static final int MEDIUM = 10 * 1024;
    /** Compressed flag and length before a gRPC message. */
    private static final int GRPC_PREFIX = 5;

    private static final String PREFIX = "/bytes/";
    private static final int MOST_DIGITS = 8;

    private final Filler filler = new Filler(LONGEST);
    private final ByteBuf shortMessage = message(SHORT);
    private final ByteBuf mediumMessage = message(MEDIUM);
    private final ByteBuf longMessage = message(LONG);
    private final ByteBuf shortGrpc = grpcMessage(SHORT);
    private final ByteBuf streamedGrpc = grpcMessage(STREAMED);
    private final ByteBuf longGrpc = grpcMessage(LONG);

    /**
     * Reads a request target of the form {@code /bytes/N}.
     *
     * @param byteAt the target's bytes
     * @param length how many those are
     * @return N, at most {@link #LONGEST}; {@link #SHORT} for any other target
     */
    static int asked(IntUnaryOperator byteAt, int length) {
        int digits = length - PREFIX.length();
        if (digits < 1 || digits > MOST_DIGITS) {
            return SHORT;
        }
        for (int i = 0; i < PREFIX.length(); i++) {
            if (byteAt.applyAsInt(i) != PREFIX.charAt(i)) {
                return SHORT;
            }
        }
        int bytes = 0;
        for (int i = PREFIX.length(); i < length; i++) {
            int digit = byteAt.applyAsInt(i) - '0';
            if (digit < 0 || digit > 9) {
                return SHORT;
            }
            bytes = bytes * 10 + digit;
        }
        return Math.min(bytes, LONGEST);
    }

    /** @return a body alone */
    ByteBuf body(int length) {
        return filler.body(length);
    }

    /** @return head and body of an HTTP/1.1 answer whose connection stays open */
    ByteBuf http1(int length) {
        return switch (length) {
            case SHORT -> shortMessage.retainedDuplicate();
            case MEDIUM -> mediumMessage.retainedDuplicate();
            case LONG -> longMessage.retainedDuplicate();
            default -> Unpooled.wrappedBuffer(head(length, ""), filler.body(length));
        };
    }

    /** @return head and body of an HTTP/1.1 answer that says its connection closes */
    ByteBuf lastHttp1(int length) {
        return Unpooled.wrappedBuffer(head(length, "connection: close\r\n"), filler.body(length));
    }

    /** @return a framed gRPC message of {@link #SHORT}, {@link #STREAMED} or {@link #LONG} bytes */
    ByteBuf grpc(int length) {
        return switch (length) {
            case SHORT -> shortGrpc.retainedDuplicate();
            case STREAMED -> streamedGrpc.retainedDuplicate();
            case LONG -> longGrpc.retainedDuplicate();
            default -> throw new IllegalArgumentException(length + " (expected: a length that is ready made)");
        };
    }

    private ByteBuf message(int length) {
        return joined(head(length, ""), length);
    }

    private ByteBuf grpcMessage(int length) {
        return joined(Unpooled.buffer(GRPC_PREFIX).writeByte(0).writeInt(length), length);
    }

    private ByteBuf joined(ByteBuf head, int length) {
        ByteBuf body = filler.body(length);
        ByteBuf joined = Unpooled.directBuffer(head.readableBytes() + length)
                .writeBytes(head)
                .writeBytes(body);
        head.release();
        body.release();
        return joined;
    }

    private static ByteBuf head(int length, String fields) {
        String head = "HTTP/1.1 200 OK\r\n" + fields + "content-type: application/octet-stream\r\ncontent-length: "
                + length + "\r\n\r\n";
        return Unpooled.wrappedBuffer(head.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() {
        shortMessage.release();
        mediumMessage.release();
        longMessage.release();
        shortGrpc.release();
        streamedGrpc.release();
        longGrpc.release();
        filler.close();
    }
}
