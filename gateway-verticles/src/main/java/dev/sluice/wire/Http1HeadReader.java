package dev.sluice.wire;

import static dev.sluice.wire.MalformedMessage.Sender.BACKEND;

import dev.sluice.config.Defaults;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.DecoderException;
import java.nio.charset.StandardCharsets;

/** Takes the head of a response, or a trailer section, apart (RFC 9112 sections 4 and 5, RFC 9110 section 5). */
final class Http1HeadReader implements Http1Section.Fields {

    private static final int CAPACITY = Defaults.MAX_REQUEST_LINE_BYTES + Defaults.MAX_HEADER_BYTES;

    private final Http1Section section = new Http1Section(BACKEND);
    private int status;
    private boolean http10;
    private FieldLines fields = new FieldLines();

    /** Reads a head, if all of it is here. */
    boolean read(ByteBuf in) {
        byte[] bytes = Http1Section.scratch(CAPACITY);
        int end = copy(in, bytes, false);
        if (end < 0) {
            checkBeginning(bytes, Math.min(in.readableBytes(), CAPACITY));
            return false;
        }
        int fieldsStart = statusLine(bytes);
        if (end - fieldsStart > Defaults.MAX_HEADER_BYTES) {
            throw tooLong();
        }
        section.fields(bytes, fieldsStart, end, this);
        return true;
    }

    /** Reads a trailer section, if all of it is here. */
    boolean readTrailers(ByteBuf in) {
        byte[] bytes = Http1Section.scratch(CAPACITY);
        int end = copy(in, bytes, true);
        if (end < 0) {
            return false;
        }
        section.fields(bytes, 0, end, this);
        return true;
    }

    @Override
    public void field(byte[] bytes, int name, int nameLength, int value, int valueLength) {
        fields.add(
                FieldNames.of(bytes, name, nameLength),
                new String(bytes, value, valueLength, StandardCharsets.ISO_8859_1));
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

    private int copy(ByteBuf in, byte[] bytes, boolean mayBeEmpty) {
        int end = section.copy(in, bytes, CAPACITY, mayBeEmpty);
        if (end < 0 && in.readableBytes() >= CAPACITY) {
            throw tooLong();
        }
        return end;
    }

    private static DecoderException tooLong() {
        return BACKEND.sentTooMuch("header fields of more than " + Defaults.MAX_HEADER_BYTES + " bytes");
    }

    /** So that junk is called junk at once, and not waited for. */
    private static void checkBeginning(byte[] bytes, int available) {
        String expected = "HTTP/1.";
        for (int i = 0; i < Math.min(available, expected.length()); i++) {
            if (bytes[i] != expected.charAt(i)) {
                throw BACKEND.sent("no status line");
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
            throw BACKEND.sent("a malformed status line");
        }
        http10 = bytes[7] == '0';
        status = code;
        int i = 12;
        while (bytes[i] != '\r') {
            if (bytes[i] == '\n' || bytes[i] == 0) {
                throw BACKEND.sent("a malformed status line");
            }
            i++;
        }
        if (bytes[i + 1] != '\n') {
            throw BACKEND.sent("a malformed status line");
        }
        return i + 2;
    }
}
