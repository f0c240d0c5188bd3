package dev.sluice.route;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.re2j.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A condition on the first query parameter of a name. Names and values are compared percent-decoded ({@code +} is a
 * space), byte by byte against what was configured, so that an exact comparison allocates nothing.
 */
final class QueryCondition {

    private final byte[] name;
    private final byte[] value;
    private final @Nullable Pattern pattern;

    /** @param pattern what the whole value must match; null compares with {@code value} */
    QueryCondition(String name, String value, @Nullable Pattern pattern) {
        this.name = name.getBytes(UTF_8);
        this.value = value.getBytes(UTF_8);
        this.pattern = pattern;
    }

    /** @param query without {@code ?}; null for none */
    boolean accepts(@Nullable String query) {
        if (query == null) {
            return false;
        }
        int end = query.length();
        for (int from = 0; from < end; ) {
            int to = find(query, '&', from, end);
            int equals = find(query, '=', from, to);
            if (decodesTo(query, from, equals, name)) {
                return acceptsValue(query, Math.min(equals + 1, to), to);
            }
            from = to + 1;
        }
        return false;
    }

    private boolean acceptsValue(String query, int from, int to) {
        return pattern == null
                ? decodesTo(query, from, to, value)
                : pattern.matcher(decode(query, from, to)).matches();
    }

    private static int find(String text, char wanted, int from, int to) {
        int i = from;
        while (i < to && text.charAt(i) != wanted) {
            i++;
        }
        return i;
    }

    private static boolean decodesTo(String text, int from, int to, byte[] expected) {
        int length = 0;
        for (int i = from; i < to; i += width(text, i, to)) {
            if (length == expected.length || expected[length] != byteAt(text, i, to)) {
                return false;
            }
            length++;
        }
        return length == expected.length;
    }

    private static String decode(String text, int from, int to) {
        byte[] bytes = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i += width(text, i, to)) {
            bytes[length++] = byteAt(text, i, to);
        }
        return new String(bytes, 0, length, UTF_8);
    }

    /** Three characters for {@code %} with two hexadecimal digits, else one: what is malformed stands for itself. */
    private static int width(String text, int i, int to) {
        return text.charAt(i) == '%'
                        && i + 2 < to
                        && Character.digit(text.charAt(i + 1), 16) >= 0
                        && Character.digit(text.charAt(i + 2), 16) >= 0
                ? 3
                : 1;
    }

    private static byte byteAt(String text, int i, int to) {
        char c = text.charAt(i);
        if (width(text, i, to) == 3) {
            return (byte) (Character.digit(text.charAt(i + 1), 16) << 4 | Character.digit(text.charAt(i + 2), 16));
        }
        // A raw byte above 0x7F arrives as the character of the same number.
        return c == '+' ? (byte) ' ' : (byte) c;
    }
}
