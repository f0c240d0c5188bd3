package dev.sluice.observe;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes JSON objects, one a line, into a growing buffer: UTF-8, escaped by RFC 8259 section 7. Half surrogates, which
 * no UTF-8 can carry, become U+FFFD.
 */
final class JsonLine {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** The longest that one char can become: a control character as {@code \u001f}. */
    private static final int MAX_BYTES_PER_CHAR = 6;

    private static final int MAX_LONG_DIGITS = 20;

    private byte[] bytes;
    private int length;
    private boolean first;

    JsonLine(int capacity) {
        bytes = new byte[capacity];
    }

    int length() {
        return length;
    }

    void begin() {
        reserve(1);
        bytes[length++] = '{';
        first = true;
    }

    void end() {
        reserve(2);
        bytes[length++] = '}';
        bytes[length++] = '\n';
    }

    /** @param name {@code "name":} as it stands in the output */
    void text(byte[] name, CharSequence value) {
        name(name);
        quoted(value);
    }

    /** @param name {@code "name":} as it stands in the output */
    void number(byte[] name, long value) {
        name(name);
        digits(value);
    }

    /** A string of two ASCII parts that need no escape. */
    void ascii(byte[] name, byte[] head, byte[] tail) {
        name(name);
        reserve(head.length + tail.length + 2);
        bytes[length++] = '"';
        raw(head);
        raw(tail);
        bytes[length++] = '"';
    }

    /** Takes what was written, leaving the line empty. */
    byte[] take() {
        byte[] taken = Arrays.copyOf(bytes, length);
        length = 0;
        return taken;
    }

    /** A field's name as it stands in the output. */
    static byte[] name(String name) {
        return ('"' + name + "\":").getBytes(StandardCharsets.US_ASCII);
    }

    private void name(byte[] name) {
        reserve(name.length + 1);
        if (!first) {
            bytes[length++] = ',';
        }
        first = false;
        raw(name);
    }

    private void raw(byte[] ascii) {
        System.arraycopy(ascii, 0, bytes, length, ascii.length);
        length += ascii.length;
    }

    private void quoted(CharSequence value) {
        int chars = value.length();
        reserve(chars * MAX_BYTES_PER_CHAR + 2);
        bytes[length++] = '"';
        for (int i = 0; i < chars; i++) {
            char c = value.charAt(i);
            if (c < 0x80) {
                ascii(c);
            } else if (c < 0x800) {
                bytes[length++] = (byte) (0xc0 | (c >> 6));
                bytes[length++] = (byte) (0x80 | (c & 0x3f));
            } else if (Character.isHighSurrogate(c) && i + 1 < chars && Character.isLowSurrogate(value.charAt(i + 1))) {
                i++;
                supplementary(Character.toCodePoint(c, value.charAt(i)));
            } else {
                threeBytes(Character.isSurrogate(c) ? '\ufffd' : c);
            }
        }
        bytes[length++] = '"';
    }

    private void ascii(char c) {
        if (c == '"' || c == '\\') {
            bytes[length++] = '\\';
            bytes[length++] = (byte) c;
        } else if (c < 0x20 || c == 0x7f) {
            bytes[length++] = '\\';
            bytes[length++] = 'u';
            bytes[length++] = '0';
            bytes[length++] = '0';
            bytes[length++] = HEX[c >> 4];
            bytes[length++] = HEX[c & 0xf];
        } else {
            bytes[length++] = (byte) c;
        }
    }

    private void threeBytes(char c) {
        bytes[length++] = (byte) (0xe0 | (c >> 12));
        bytes[length++] = (byte) (0x80 | ((c >> 6) & 0x3f));
        bytes[length++] = (byte) (0x80 | (c & 0x3f));
    }

    private void supplementary(int codePoint) {
        bytes[length++] = (byte) (0xf0 | (codePoint >> 18));
        bytes[length++] = (byte) (0x80 | ((codePoint >> 12) & 0x3f));
        bytes[length++] = (byte) (0x80 | ((codePoint >> 6) & 0x3f));
        bytes[length++] = (byte) (0x80 | (codePoint & 0x3f));
    }

    private void digits(long value) {
        reserve(MAX_LONG_DIGITS);
        if (value < 0) {
            bytes[length++] = '-';
        }
        int from = length;
        long rest = value;
        do {
            bytes[length++] = (byte) ('0' + Math.abs(rest % 10));
            rest /= 10;
        } while (rest != 0);
        for (int left = from, right = length - 1; left < right; left++, right--) {
            byte swapped = bytes[left];
            bytes[left] = bytes[right];
            bytes[right] = swapped;
        }
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
