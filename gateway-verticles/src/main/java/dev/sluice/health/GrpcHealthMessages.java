package dev.sluice.health;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/**
 * The two messages of {@code grpc.health.v1.Health/Check}, each of one field, in gRPC's framing: encoded and decoded by
 * hand, since nothing else here needs protobuf.
 */
final class GrpcHealthMessages {

    static final int SERVING = 1;

    private static final int FRAME_HEADER = 5;
    private static final int SERVICE_TAG = (1 << 3) | 2;
    private static final int STATUS_FIELD = 1;

    private GrpcHealthMessages() {}

    /** {@code HealthCheckRequest{service}}. */
    static Buffer request(String service) {
        Buffer message = Buffer.buffer();
        if (!service.isEmpty()) {
            byte[] name = service.getBytes(StandardCharsets.UTF_8);
            message.appendByte((byte) SERVICE_TAG);
            appendVarint(message, name.length);
            message.appendBytes(name);
        }
        return Buffer.buffer().appendByte((byte) 0).appendInt(message.length()).appendBuffer(message);
    }

    /**
     * The status of a {@code HealthCheckResponse}.
     *
     * @throws IllegalArgumentException when this is not a whole, uncompressed one
     */
    static int status(Buffer body) {
        if (body.length() < FRAME_HEADER
                || body.getByte(0) != 0
                || body.getUnsignedInt(1) != body.length() - FRAME_HEADER) {
            throw new IllegalArgumentException("an answer of " + body.length() + " bytes that is no message");
        }
        Reader reader = new Reader(body, FRAME_HEADER);
        int status = 0;
        while (reader.hasMore()) {
            int tag = (int) reader.varint();
            if (tag == (STATUS_FIELD << 3)) {
                status = (int) reader.varint();
            } else {
                reader.skip(tag & 7);
            }
        }
        return status;
    }

    /** The name of a status in {@code health.proto}. */
    static String name(int status) {
        return switch (status) {
            case 0 -> "UNKNOWN";
            case SERVING -> "SERVING";
            case 2 -> "NOT_SERVING";
            case 3 -> "SERVICE_UNKNOWN";
            default -> "status " + status;
        };
    }

    private static void appendVarint(Buffer to, int value) {
        int rest = value;
        while (rest > 0x7f) {
            to.appendByte((byte) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        to.appendByte((byte) rest);
    }

    /** Reads protobuf's wire format; every overrun is an {@link IllegalArgumentException}. */
    private static final class Reader {

        private final Buffer from;
        private int at;

        Reader(Buffer from, int at) {
            this.from = from;
            this.at = at;
        }

        boolean hasMore() {
            return at < from.length();
        }

        long varint() {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                byte next = next();
                value |= (long) (next & 0x7f) << shift;
                if (next >= 0) {
                    return value;
                }
            }
            throw new IllegalArgumentException("a number of more than ten bytes");
        }

        void skip(int wireType) {
            long length =
                    switch (wireType) {
                        case 0 -> {
                            var unused = varint();
                            yield 0;
                        }
                        case 1 -> 8;
                        case 2 -> varint();
                        case 5 -> 4;
                        default -> throw new IllegalArgumentException("wire type " + wireType);
                    };
            if (length < 0 || length > from.length() - at) {
                throw new IllegalArgumentException("a field that is cut off");
            }
            at += (int) length;
        }

        private byte next() {
            if (!hasMore()) {
                throw new IllegalArgumentException("a message that is cut off");
            }
            return from.getByte(at++);
        }
    }
}
