package dev.sluice.wire;

import dev.sluice.config.Defaults;
import dev.sluice.wire.MalformedMessage.Sender;
import io.netty.buffer.ByteBuf;

/**
 * Reads what stands between the chunks of a body (RFC 9112 section 7.1): sizes are hexadecimal digits and nothing else,
 * at most 16 of them. Extensions are stripped. A client's must be well-formed; a backend may also send white space behind
 * its sizes, as some do to write them with a fixed width.
 */
final class ChunkLines {

    private static final ChunkLines CLIENT = new ChunkLines(Sender.CLIENT);
    private static final ChunkLines BACKEND = new ChunkLines(Sender.BACKEND);

    /** As many as a size of 64 bits has. */
    private static final int MAX_DIGITS = 16;

    private final Sender sender;

    private ChunkLines(Sender sender) {
        this.sender = sender;
    }

    static ChunkLines of(Sender sender) {
        return sender == Sender.CLIENT ? CLIENT : BACKEND;
    }

    /** Reads the line before a chunk; returns the chunk's size, 0 for the last, -1 when the line has no end yet. */
    long size(ByteBuf in) {
        int start = in.readerIndex();
        int end = lineEnd(in);
        if (end < 0) {
            return -1;
        }
        long size = 0;
        int i = start;
        for (int digit; i < end && (digit = hexDigit(in.getByte(i))) >= 0; i++) {
            if (i - start == MAX_DIGITS || size > Long.MAX_VALUE >> 4) {
                throw sender.sent("a chunk size with too many digits");
            }
            size = size << 4 | digit;
        }
        if (i == start) {
            throw sender.sent("a chunk size that is no hexadecimal number");
        }
        if (i < end) {
            extensions(in, i, end);
        }
        var unused = in.readerIndex(end + 2);
        return size;
    }

    /** Reads the line end behind a chunk; false when it is not here yet. */
    boolean end(ByteBuf in) {
        if (in.getByte(in.readerIndex()) != '\r') {
            throw sender.sent("a chunk that is longer than it says");
        }
        if (in.readableBytes() < 2) {
            return false;
        }
        if (in.readShort() != ('\r' << 8 | '\n')) {
            throw sender.sent("a chunk that is longer than it says");
        }
        return true;
    }

    /** RFC 9112 section 7.1.1: {@code *( BWS ";" BWS name [ BWS "=" BWS value ] )}. */
    private void extensions(ByteBuf in, int start, int end) {
        int i = start;
        while (i < end) {
            i = skipWhiteSpace(in, i, end);
            if (i == end && sender == Sender.BACKEND) {
                return;
            }
            if (i == end || in.getByte(i) != ';') {
                throw sender.sent("a chunk size that is no hexadecimal number");
            }
            i = skipWhiteSpace(in, i + 1, end);
            i = token(in, i, end);
            int equals = skipWhiteSpace(in, i, end);
            if (equals < end && in.getByte(equals) == '=') {
                i = skipWhiteSpace(in, equals + 1, end);
                i = i < end && in.getByte(i) == '"' ? quoted(in, i + 1, end) : token(in, i, end);
            }
        }
    }

    private int token(ByteBuf in, int start, int end) {
        int i = start;
        while (i < end && FieldTokens.isTokenCharacter(in.getUnsignedByte(i))) {
            i++;
        }
        if (i == start) {
            throw sender.sent("a malformed chunk extension");
        }
        return i;
    }

    /** RFC 9110 section 5.6.4; returns where it goes on behind the closing quote. */
    private int quoted(ByteBuf in, int start, int end) {
        for (int i = start; i < end; i++) {
            int character = in.getUnsignedByte(i);
            if (character == '"') {
                return i + 1;
            }
            if (character == '\\') {
                i++;
                character = in.getUnsignedByte(i); // at worst the CR
            }
            if ((character < ' ' && character != '\t') || character == 0x7f) {
                break;
            }
        }
        throw sender.sent("a malformed chunk extension");
    }

    private static int skipWhiteSpace(ByteBuf in, int start, int end) {
        int i = start;
        while (i < end && (in.getByte(i) == ' ' || in.getByte(i) == '\t')) {
            i++;
        }
        return i;
    }

    /** Where the CR of the next line's end is; -1 when it is not here yet. */
    private int lineEnd(ByteBuf in) {
        int limit = Defaults.MAX_CHUNK_LINE_BYTES;
        int length = in.bytesBefore(Math.min(in.readableBytes(), limit), (byte) '\n');
        if (length < 0) {
            if (in.readableBytes() >= limit) {
                throw sender.sent("a chunk line of more than " + limit + " bytes");
            }
            return -1;
        }
        int carriageReturn = in.readerIndex() + length - 1;
        if (length == 0 || in.getByte(carriageReturn) != '\r') {
            throw sender.sent("a line that does not end with CRLF");
        }
        return carriageReturn;
    }

    private static int hexDigit(byte character) {
        if (character >= '0' && character <= '9') {
            return character - '0';
        }
        int letter = character | 0x20;
        return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
    }
}
