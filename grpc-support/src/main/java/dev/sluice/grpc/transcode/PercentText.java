package dev.sluice.grpc.transcode;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Percent-decoding of UTF-8 (RFC 3986 section 2.1) that takes nothing for what it is not. */
final class PercentText {

    private PercentText() {}

    /** Everything decoded: a single segment, or a literal. */
    static String decode(String text) throws TranscodingException {
        return text.indexOf('%') < 0 ? text : decode(text, false, false);
    }

    /** Everything but {@code %2F}: a variable of several segments. */
    static String decodeButSlashes(String text) throws TranscodingException {
        return text.indexOf('%') < 0 ? text : decode(text, true, false);
    }

    /** A name or value of a query, where {@code +} is a space (WHATWG URL, application/x-www-form-urlencoded). */
    static String decodeQuery(String text) throws TranscodingException {
        return text.indexOf('%') < 0 && text.indexOf('+') < 0 ? text : decode(text, false, true);
    }

    private static String decode(String text, boolean keepSlashes, boolean plusIsSpace) throws TranscodingException {
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[raw.length];
        int length = 0;
        for (int i = 0; i < raw.length; i++) {
            byte b = raw[i];
            if (b == '%') {
                int octet = i + 2 < raw.length ? hex(raw[i + 1]) << 4 | hex(raw[i + 2]) : -1;
                if (octet < 0) {
                    throw TranscodingException.badRequest(text + " (expected: two hexadecimal digits behind %)");
                }
                if (octet == '/' && keepSlashes) {
                    System.arraycopy(raw, i, out, length, 3);
                    length += 3;
                } else {
                    out[length++] = (byte) octet;
                }
                i += 2;
            } else {
                out[length++] = b == '+' && plusIsSpace ? (byte) ' ' : b;
            }
        }
        return utf8(ByteBuffer.wrap(out, 0, length), text);
    }

    private static String utf8(ByteBuffer bytes, String text) throws TranscodingException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw TranscodingException.badRequest(text + " (expected: UTF-8, percent-encoded)");
        }
    }

    /** Negative for what is no hexadecimal digit, also after a shift. */
    private static int hex(byte b) {
        return b < 0 ? -1 : Character.digit(b, 16);
    }
}
