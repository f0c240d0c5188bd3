package dev.sluice.wire;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Strings of the field names that responses usually have, so that reading one makes none. */
final class FieldNames {

    private static final List<String> USUAL = List.of(
            "Accept-Ranges",
            "Access-Control-Allow-Origin",
            "Age",
            "Cache-Control",
            "Connection",
            "Content-Disposition",
            "Content-Encoding",
            "Content-Language",
            "Content-Length",
            "Content-Type",
            "Date",
            "ETag",
            "Expires",
            "Keep-Alive",
            "Last-Modified",
            "Link",
            "Location",
            "Pragma",
            "Server",
            "Set-Cookie",
            "Strict-Transport-Security",
            "Trailer",
            "Transfer-Encoding",
            "Vary",
            "Via",
            "X-Content-Type-Options",
            "X-Frame-Options",
            "X-Request-Id");

    /** A power of two, some times the number of names. */
    private static final int SLOTS = 256;

    private static final @Nullable String[] TABLE = new @Nullable String[SLOTS];

    static {
        for (String name : USUAL) {
            put(name);
            put(name.toLowerCase(java.util.Locale.ROOT));
        }
    }

    private FieldNames() {}

    /** The name that these bytes spell. */
    static String of(byte[] bytes, int offset, int length) {
        String known = TABLE[slot(bytes[offset], bytes[offset + length - 1], length)];
        if (known != null && known.length() == length && isAt(known, bytes, offset)) {
            return known;
        }
        return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
    }

    private static void put(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        // A collision leaves the first; the other is merely made anew each time.
        int slot = slot(bytes[0], bytes[bytes.length - 1], bytes.length);
        if (TABLE[slot] == null) {
            TABLE[slot] = name;
        }
    }

    private static int slot(byte first, byte last, int length) {
        return (first * 31 + last * 7 + length * 13) & (SLOTS - 1);
    }

    private static boolean isAt(String name, byte[] bytes, int offset) {
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) != bytes[offset + i]) {
                return false;
            }
        }
        return true;
    }
}
