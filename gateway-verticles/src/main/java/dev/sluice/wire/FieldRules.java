package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import io.netty.handler.codec.Headers;
import io.netty.util.AsciiString;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What HTTP/2 and HTTP/3 ask of the field sections of a request (RFC 9113 section 8, RFC 9114 section 4), checked in one
 * pass for both. The decoders of Netty check part of it, and not the same part; the order of pseudo-header fields is
 * theirs alone to check.
 */
final class FieldRules {

    /** What a section deserves. */
    enum Verdict {
        VALID,
        /** A stream error: PROTOCOL_ERROR or H3_MESSAGE_ERROR. */
        MALFORMED,
        /** 431. */
        TOO_LARGE,
        /** 414. */
        TARGET_TOO_LONG
    }

    private static final int METHOD = 1;
    private static final int SCHEME = 2;
    private static final int PATH = 4;
    private static final int AUTHORITY = 8;

    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
    private static final AsciiString COOKIE = AsciiString.cached("cookie");
    private static final AsciiString CONNECTION = AsciiString.cached("connection");
    private static final AsciiString CONNECT = AsciiString.cached("CONNECT");
    private static final AsciiString HOST = AsciiString.cached("host");
    private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
    private static final AsciiString PROXY_CONNECTION = AsciiString.cached("proxy-connection");
    private static final AsciiString TE = AsciiString.cached("te");
    private static final AsciiString TRAILERS = AsciiString.cached("trailers");
    private static final AsciiString TRANSFER_ENCODING = AsciiString.cached("transfer-encoding");
    private static final AsciiString UPGRADE = AsciiString.cached("upgrade");

    /** Digits of a length that no multiplication can overflow; an exabyte. */
    private static final int LENGTH_DIGITS = 18;

    private FieldRules() {}

    /** Of a request's head. */
    static Verdict head(Headers<CharSequence, CharSequence, ?> fields, ClientTerms.Head limits) {
        int pseudo = 0;
        long bytes = 0;
        int lines = 0;
        boolean cookie = false;
        boolean length = false;
        CharSequence method = "";
        @Nullable CharSequence authority = null;
        @Nullable CharSequence host = null;
        boolean longTarget = false;
        for (Map.Entry<CharSequence, CharSequence> field : fields) {
            CharSequence name = field.getKey();
            CharSequence value = field.getValue();
            if (!validValue(value)) {
                return Verdict.MALFORMED;
            }
            if (isPseudo(name)) {
                int flag = pseudoFlag(name);
                if (flag == 0 || (pseudo & flag) != 0 || value.length() == 0) {
                    return Verdict.MALFORMED;
                }
                pseudo |= flag;
                switch (flag) {
                    case METHOD -> method = value;
                    case AUTHORITY -> authority = value;
                    case PATH ->
                        longTarget = limits.requestLineBytes() >= 0 && value.length() > limits.requestLineBytes();
                    default -> {}
                }
                continue;
            }
            if (!validName(name) || connectionSpecific(name, value)) {
                return Verdict.MALFORMED;
            }
            bytes += name.length() + value.length();
            lines++;
            if (is(name, HOST)) {
                if (host != null) {
                    return Verdict.MALFORMED;
                }
                host = value;
            } else if (is(name, CONTENT_LENGTH)) {
                if (length || !isLength(value)) {
                    return Verdict.MALFORMED;
                }
                length = true;
            } else if (is(name, COOKIE)) {
                // One field in crumbs (RFC 9113 section 8.2.3), which a browser with many cookies has many of.
                lines -= cookie ? 1 : 0;
                cookie = true;
            }
        }
        if (!complete(pseudo, method) || !validAuthority(authority, host)) {
            return Verdict.MALFORMED;
        }
        if (longTarget) {
            return Verdict.TARGET_TOO_LONG;
        }
        return tooLarge(bytes, lines, limits) ? Verdict.TOO_LARGE : Verdict.VALID;
    }

    /** Of a request's trailers. */
    static Verdict trailers(Headers<CharSequence, CharSequence, ?> fields, ClientTerms.Head limits) {
        long bytes = 0;
        int lines = 0;
        for (Map.Entry<CharSequence, CharSequence> field : fields) {
            CharSequence name = field.getKey();
            CharSequence value = field.getValue();
            if (isPseudo(name) || !validName(name) || !validValue(value) || connectionSpecific(name, value)) {
                return Verdict.MALFORMED;
            }
            bytes += name.length() + value.length();
            lines++;
        }
        return tooLarge(bytes, lines, limits) ? Verdict.TOO_LARGE : Verdict.VALID;
    }

    /** The declared length of a valid head; -1 for none. */
    static long contentLength(Headers<CharSequence, CharSequence, ?> fields) {
        @Nullable CharSequence value = fields.get(CONTENT_LENGTH);
        return value == null ? -1 : Long.parseLong(value, 0, value.length(), 10);
    }

    /** A copy, since the decoder's own are gone with the frame. */
    static FieldLines copy(Headers<CharSequence, CharSequence, ?> fields) {
        FieldLines lines = new FieldLines();
        for (Map.Entry<CharSequence, CharSequence> field : fields) {
            lines.add(field.getKey().toString(), field.getValue().toString());
        }
        return lines;
    }

    private static boolean tooLarge(long bytes, int lines, ClientTerms.Head limits) {
        return (limits.headerBytes() >= 0 && bytes > limits.headerBytes())
                || (limits.headerCount() >= 0 && lines > limits.headerCount());
    }

    private static boolean isPseudo(CharSequence name) {
        return name.length() > 0 && name.charAt(0) == ':';
    }

    /** 0 for one that a request may not have; {@code :protocol} is one while nobody has offered RFC 8441. */
    private static int pseudoFlag(CharSequence name) {
        return switch (name.length()) {
            case 5 -> is(name, ":path") ? PATH : 0;
            case 7 -> is(name, ":method") ? METHOD : is(name, ":scheme") ? SCHEME : 0;
            case 10 -> is(name, ":authority") ? AUTHORITY : 0;
            default -> 0;
        };
    }

    private static boolean complete(int pseudo, CharSequence method) {
        if (!isToken(method)) {
            return false;
        }
        return is(method, CONNECT) ? pseudo == (METHOD | AUTHORITY) : (pseudo & ~AUTHORITY) == (METHOD | SCHEME | PATH);
    }

    private static boolean validAuthority(@Nullable CharSequence authority, @Nullable CharSequence host) {
        if (authority != null && host != null && !AsciiString.contentEquals(authority, host)) {
            return false;
        }
        @Nullable CharSequence named = authority == null ? host : authority;
        return named == null || Authority.hostEnd(named) >= 0;
    }

    /** RFC 9113 section 8.2.2, RFC 9114 section 4.2. */
    private static boolean connectionSpecific(CharSequence name, CharSequence value) {
        return switch (name.length()) {
            case 2 -> is(name, TE) && !AsciiString.contentEqualsIgnoreCase(value, TRAILERS);
            case 7 -> is(name, UPGRADE);
            case 10 -> is(name, CONNECTION) || is(name, KEEP_ALIVE);
            case 16 -> is(name, PROXY_CONNECTION);
            case 17 -> is(name, TRANSFER_ENCODING);
            default -> false;
        };
    }

    private static boolean is(CharSequence name, CharSequence expected) {
        return name.length() == expected.length() && AsciiString.contentEquals(name, expected);
    }

    /** A lower-case token. */
    private static boolean validName(CharSequence name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!FieldTokens.isTokenCharacter(c) || (c >= 'A' && c <= 'Z')) {
                return false;
            }
        }
        return name.length() > 0;
    }

    private static boolean isToken(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            if (!FieldTokens.isTokenCharacter(text.charAt(i))) {
                return false;
            }
        }
        return text.length() > 0;
    }

    /** Without control characters, and without white space at its ends. */
    private static boolean validValue(CharSequence value) {
        int length = value.length();
        if (length == 0) {
            return true;
        }
        if (isSpace(value.charAt(0)) || isSpace(value.charAt(length - 1))) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean isLength(CharSequence value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
        }
        return value.length() > 0 && value.length() <= LENGTH_DIGITS;
    }
}
