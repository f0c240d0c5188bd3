package dev.sluice.wire;

import static dev.sluice.wire.Http1ResponseParser.malformed;

import dev.sluice.config.Defaults;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.DecoderException;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.charset.StandardCharsets;

/**
 * Takes the head of a response, or a trailer section, apart (RFC 9112 sections 4 and 5, RFC 9110 section 5). All of it
 * is looked at in one array, which every connection of a loop shares: it is used within one call only.
 */
final class Http1HeadReader {

    private static final FastThreadLocal<byte[]> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return new byte[Defaults.MAX_REQUEST_LINE_BYTES + Defaults.MAX_HEADER_BYTES];
        }
    };

    /** Most heads fit into one. */
    private static final int COPY_STEP = 2048;

    /** How much of an incomplete head has been searched for its end. */
    private int searched;

    private int status;
    private boolean http10;
    private FieldLines fields = new FieldLines();

    /** Reads a head, if all of it is here. */
    boolean read(ByteBuf in) {
        byte[] bytes = SCRATCH.get();
        int end = section(in, bytes, false);
        if (end < 0) {
            return false;
        }
        int fieldsStart = statusLine(bytes);
        if (end - fieldsStart > Defaults.MAX_HEADER_BYTES) {
            throw tooLong();
        }
        fieldLines(bytes, fieldsStart, end);
        return true;
    }

    /** Reads a trailer section, if all of it is here. */
    boolean readTrailers(ByteBuf in) {
        byte[] bytes = SCRATCH.get();
        int end = section(in, bytes, true);
        if (end < 0) {
            return false;
        }
        fieldLines(bytes, 0, end);
        return true;
    }

    int status() {
        return status;
    }

    boolean isHttp10() {
        return http10;
    }

    /** The lines that were read last. */
    FieldLines takeFields() {
        FieldLines taken = fields;
        fields = new FieldLines();
        return taken;
    }

    /** RFC 9112 section 9.3. */
    boolean keepsAlive(FieldLines lines) {
        if (http10) {
            return false;
        }
        for (int i = 0; i < lines.size(); i++) {
            if (lines.name(i).length() == 10
                    && lines.name(i).equalsIgnoreCase("connection")
                    && FieldTokens.contains(lines.value(i), "close")) {
                return false;
            }
        }
        return true;
    }

    /** Copies a section and takes it from {@code in}; returns its length with the empty line, -1 when it has no end yet. */
    private int section(ByteBuf in, byte[] bytes, boolean mayBeEmpty) {
        int available = Math.min(in.readableBytes(), bytes.length);
        int copied = 0;
        while (copied < available) {
            // A step at a time: a large body may stand behind a small head.
            int step = Math.min(available - copied, COPY_STEP);
            var unused = in.getBytes(in.readerIndex() + copied, bytes, copied, step);
            copied += step;
            int end = sectionEnd(bytes, copied, mayBeEmpty);
            if (end >= 0) {
                searched = 0;
                var unusedSkip = in.skipBytes(end);
                return end;
            }
        }
        if (available == bytes.length) {
            throw tooLong();
        }
        if (!mayBeEmpty) {
            checkBeginning(bytes, available);
        }
        return -1;
    }

    /** Where the section ends, behind its empty line; -1 when that is not in the first {@code length} bytes. */
    private int sectionEnd(byte[] bytes, int length, boolean mayBeEmpty) {
        for (int i = searched; i < length; i++) {
            if (bytes[i] != '\n') {
                continue;
            }
            if (i == 0 || bytes[i - 1] != '\r') {
                throw malformed("a line that does not end with CRLF");
            }
            if (i > 1 ? bytes[i - 2] == '\n' : mayBeEmpty) {
                return i + 1;
            }
        }
        searched = Math.max(searched, length);
        return -1;
    }

    private static DecoderException tooLong() {
        return malformed("header fields of more than " + Defaults.MAX_HEADER_BYTES + " bytes");
    }

    /** So that junk is called junk at once, and not waited for. */
    private static void checkBeginning(byte[] bytes, int available) {
        String expected = "HTTP/1.";
        for (int i = 0; i < Math.min(available, expected.length()); i++) {
            if (bytes[i] != expected.charAt(i)) {
                throw malformed("no status line");
            }
        }
    }

    /** {@code HTTP/1.1 200 OK}; returns where the next line begins. */
    private int statusLine(byte[] bytes) {
        checkBeginning(bytes, bytes.length);
        boolean valid = (bytes[7] == '1' || bytes[7] == '0') && bytes[8] == ' ';
        int code = 0;
        for (int i = 9; i < 12; i++) {
            int digit = bytes[i] - '0';
            valid &= digit >= 0 && digit <= 9;
            code = code * 10 + digit;
        }
        if (!valid || code < 100 || (bytes[12] != ' ' && bytes[12] != '\r')) {
            throw malformed("a malformed status line");
        }
        http10 = bytes[7] == '0';
        status = code;
        int i = 12;
        while (bytes[i] != '\r') {
            if (bytes[i] == '\n' || bytes[i] == 0) {
                throw malformed("a malformed status line");
            }
            i++;
        }
        if (bytes[i + 1] != '\n') {
            throw malformed("a malformed status line");
        }
        return i + 2;
    }

    /** Lines from {@code start} to the empty one that ends at {@code end}. */
    private void fieldLines(byte[] bytes, int start, int end) {
        int line = start;
        while (line < end - 2) {
            int colon = line;
            while (FieldTokens.isTokenCharacter(bytes[colon] & 0xff)) {
                colon++;
            }
            if (bytes[colon] != ':' || colon == line) {
                throw malformed("a field name that is no token");
            }
            int from = colon + 1;
            while (bytes[from] == ' ' || bytes[from] == '\t') {
                from++;
            }
            int to = from;
            while (bytes[to] != '\r') {
                if (bytes[to] >= 0 && bytes[to] < ' ' && bytes[to] != '\t') {
                    throw malformed("a control character in a field");
                }
                to++;
            }
            if (bytes[to + 1] != '\n') {
                throw malformed("a line that does not end with CRLF");
            }
            int next = to + 2;
            while (to > from && (bytes[to - 1] == ' ' || bytes[to - 1] == '\t')) {
                to--;
            }
            fields.add(
                    FieldNames.of(bytes, line, colon - line),
                    new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
            line = next;
        }
    }
}
