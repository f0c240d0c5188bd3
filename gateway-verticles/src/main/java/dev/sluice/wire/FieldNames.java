package dev.sluice.wire;

import io.netty.util.AsciiString;
import io.netty.util.internal.PlatformDependent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The field names that messages usually have, so that reading one makes none: as a string, and as what knows its hash in
 * Vert.x's map.
 */
final class FieldNames {

    private static final List<String> USUAL = List.of(
            "Accept",
            "Accept-Encoding",
            "Accept-Language",
            "Accept-Ranges",
            "Access-Control-Allow-Origin",
            "Age",
            "Authorization",
            "Cache-Control",
            "Connection",
            "Content-Disposition",
            "Content-Encoding",
            "Content-Language",
            "Content-Length",
            "Content-Type",
            "Cookie",
            "Date",
            "DNT",
            "ETag",
            "Expect",
            "Expires",
            "Forwarded",
            "Host",
            "If-Modified-Since",
            "If-None-Match",
            "Keep-Alive",
            "Last-Modified",
            "Link",
            "Location",
            "Origin",
            "Pragma",
            "Priority",
            "Range",
            "Referer",
            "Sec-Fetch-Dest",
            "Sec-Fetch-Mode",
            "Sec-Fetch-Site",
            "Server",
            "Set-Cookie",
            "Strict-Transport-Security",
            "TE",
            "Traceparent",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
            "Upgrade-Insecure-Requests",
            "User-Agent",
            "Vary",
            "Via",
            "X-Content-Type-Options",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Proto",
            "X-Frame-Options",
            "X-Request-Id",
            "X-Requested-With");

    /** A power of two, some times the number of names. */
    private static final int SLOTS = 1024;

    private static final @Nullable AsciiString[] TABLE = new @Nullable AsciiString[SLOTS];

    static {
        for (String name : USUAL) {
            put(name);
            put(name.toLowerCase(java.util.Locale.ROOT));
        }
    }

    private FieldNames() {}

    /** The name that these bytes spell. */
    static String of(byte[] bytes, int offset, int length) {
        AsciiString known = known(bytes, offset, length);
        return known == null
                ? new String(bytes, offset, length, StandardCharsets.ISO_8859_1)
                : known.toString(); // made once
    }

    /** The same, as what Vert.x's map of fields is quickest with. */
    static AsciiString ascii(byte[] bytes, int offset, int length) {
        AsciiString known = known(bytes, offset, length);
        return known == null ? new AsciiString(bytes, offset, length, true) : known;
    }

    private static @Nullable AsciiString known(byte[] bytes, int offset, int length) {
        AsciiString known = TABLE[slot(bytes[offset], bytes[offset + length - 1], length)];
        return known != null
                        && known.length() == length
                        && PlatformDependent.equals(known.array(), known.arrayOffset(), bytes, offset, length)
                ? known
                : null;
    }

    private static void put(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        // A collision leaves the first; the other is merely made anew each time.
        int slot = slot(bytes[0], bytes[bytes.length - 1], bytes.length);
        if (TABLE[slot] == null) {
            TABLE[slot] = AsciiString.cached(name);
        }
    }

    private static int slot(byte first, byte last, int length) {
        return (first * 31 + last * 7 + length * 131) & (SLOTS - 1);
    }
}
