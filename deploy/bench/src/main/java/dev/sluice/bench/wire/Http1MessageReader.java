package dev.sluice.bench.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.AsciiString;
import io.netty.util.ByteProcessor;

/**
 * Reads one HTTP/1.1 message after another (RFC 9112) as its bytes arrive. Looks at the start line, at the three fields
 * that frame a message and at nothing else; the bytes of bodies are counted, not copied.
 */
public abstract class Http1MessageReader {

    private enum State {
        START_LINE,
        FIELDS,
        FIXED_BODY,
        BODY_TO_CLOSE,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILERS
    }

    /** What follows a head (RFC 9112 section 6.3). */
    protected enum Body {
        /** Nothing, whatever the fields say. */
        NONE,
        /** The message proper: this head was an interim answer. */
        ANOTHER_HEAD,
        /** What the fields say; nothing when they say nothing. */
        AS_FRAMED,
        /** What the fields say; bytes until the connection closes when they say nothing. */
        AS_FRAMED_OR_TO_CLOSE
    }

    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length:");
    private static final AsciiString TRANSFER_ENCODING = AsciiString.cached("transfer-encoding:");
    private static final AsciiString CONNECTION = AsciiString.cached("connection:");
    private static final AsciiString CHUNKED = AsciiString.cached("chunked");
    private static final AsciiString CLOSE = AsciiString.cached("close");
    private static final int LONGEST_LINE = 16 * 1024;

    private final ByteBuf partialLine = Unpooled.buffer(256, LONGEST_LINE);
    private State state = State.START_LINE;
    private long length;
    private boolean chunked;
    private boolean close;
    private long remaining;

    /** Reads the start line, without its line end. */
    protected abstract void startLine(ByteBuf line, int from, int to);

    /** @return what follows the head that began with the last start line */
    protected abstract Body body();

    /**
     * Reads on from {@code in}, up to the end of the message or of the bytes.
     *
     * @return whether the message is complete
     * @throws IllegalArgumentException for bytes that are no HTTP/1.1
     */
    public final boolean read(ByteBuf in) {
        while (in.isReadable()) {
            boolean done =
                    switch (state) {
                        case FIXED_BODY -> skip(in) && complete();
                        case BODY_TO_CLOSE -> {
                            in.skipBytes(in.readableBytes());
                            yield false;
                        }
                        case CHUNK -> {
                            if (skip(in)) {
                                state = State.CHUNK_END;
                            }
                            yield false;
                        }
                        default -> nextLine(in);
                    };
            if (done) {
                return true;
            }
        }
        return false;
    }

    /** @return whether the close of the connection is the end of the message's body */
    public final boolean endsWithClose() {
        return state == State.BODY_TO_CLOSE;
    }

    /** @return whether the last message said {@code connection: close} */
    public final boolean saidClose() {
        return close;
    }

    private boolean nextLine(ByteBuf in) {
        int from = in.readerIndex();
        int lf = in.indexOf(from, in.writerIndex(), (byte) '\n');
        if (lf < 0) {
            keepPartialLine(in, in.readableBytes());
            return false;
        }
        in.readerIndex(lf + 1);
        if (!partialLine.isReadable()) {
            return line(in, from, withoutCr(in, from, lf));
        }
        in.readerIndex(from);
        keepPartialLine(in, lf - from);
        in.skipBytes(1);
        boolean done = line(partialLine, 0, withoutCr(partialLine, 0, partialLine.writerIndex()));
        partialLine.clear();
        return done;
    }

    private void keepPartialLine(ByteBuf in, int bytes) {
        if (bytes > partialLine.maxWritableBytes()) {
            throw new IllegalArgumentException("line over " + LONGEST_LINE + " bytes");
        }
        partialLine.writeBytes(in, bytes);
    }

    private static int withoutCr(ByteBuf buf, int from, int to) {
        return to > from && buf.getByte(to - 1) == '\r' ? to - 1 : to;
    }

    private boolean line(ByteBuf buf, int from, int to) {
        switch (state) {
            case START_LINE -> {
                length = -1;
                chunked = false;
                close = false;
                startLine(buf, from, to);
                state = State.FIELDS;
                return false;
            }
            case FIELDS -> {
                if (from == to) {
                    return headEnd();
                }
                field(buf, from, to);
                return false;
            }
            case CHUNK_SIZE -> {
                remaining = number(buf, from, to, 16);
                state = remaining == 0 ? State.TRAILERS : State.CHUNK;
                return false;
            }
            case CHUNK_END -> {
                state = State.CHUNK_SIZE;
                return false;
            }
            default -> {
                return from == to && complete();
            }
        }
    }

    private void field(ByteBuf buf, int from, int to) {
        int first = buf.getByte(from) | 0x20;
        if (first == 'c') {
            if (startsWith(buf, from, to, CONTENT_LENGTH)) {
                length = number(buf, afterSpaces(buf, from + CONTENT_LENGTH.length(), to), to, 10);
            } else if (startsWith(buf, from, to, CONNECTION)) {
                close = endsWith(buf, from, to, CLOSE);
            }
        } else if (first == 't' && startsWith(buf, from, to, TRANSFER_ENCODING)) {
            chunked = endsWith(buf, from, to, CHUNKED);
        }
    }

    private boolean headEnd() {
        Body body = body();
        if (body == Body.NONE) {
            return complete();
        }
        if (body == Body.ANOTHER_HEAD) {
            state = State.START_LINE;
        } else if (chunked) {
            state = State.CHUNK_SIZE;
        } else if (length > 0) {
            remaining = length;
            state = State.FIXED_BODY;
        } else if (length == 0 || body == Body.AS_FRAMED) {
            return complete();
        } else {
            state = State.BODY_TO_CLOSE;
        }
        return false;
    }

    private boolean complete() {
        state = State.START_LINE;
        return true;
    }

    private boolean skip(ByteBuf in) {
        int bytes = (int) Math.min(in.readableBytes(), remaining);
        in.skipBytes(bytes);
        remaining -= bytes;
        return remaining == 0;
    }

    private static int afterSpaces(ByteBuf buf, int from, int to) {
        int at = buf.forEachByte(from, to - from, ByteProcessor.FIND_NON_LINEAR_WHITESPACE);
        return at < 0 ? to : at;
    }

    /** Reads digits up to whitespace or a semicolon, which begins a chunk extension (RFC 9112 section 7.1.1). */
    private static long number(ByteBuf buf, int from, int to, int radix) {
        long value = 0;
        int at = from;
        for (; at < to; at++) {
            byte b = buf.getByte(at);
            int digit = Character.digit(b, radix);
            if (digit < 0) {
                if (at > from && (b == ' ' || b == '\t' || b == ';')) {
                    break;
                }
                throw new IllegalArgumentException("byte " + b + " (expected: a digit)");
            }
            value = value * radix + digit;
            if (value > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(value + " (expected: a length of at most 2 GiB)");
            }
        }
        if (at == from) {
            throw new IllegalArgumentException("empty length (expected: a number)");
        }
        return value;
    }

    private static boolean startsWith(ByteBuf buf, int from, int to, AsciiString lower) {
        return to - from >= lower.length() && matches(buf, from, lower);
    }

    private static boolean endsWith(ByteBuf buf, int from, int to, AsciiString lower) {
        return to - from >= lower.length() && matches(buf, to - lower.length(), lower);
    }

    private static boolean matches(ByteBuf buf, int from, AsciiString lower) {
        for (int i = 0; i < lower.length(); i++) {
            byte b = buf.getByte(from + i);
            if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != lower.byteAt(i)) {
                return false;
            }
        }
        return true;
    }
}
