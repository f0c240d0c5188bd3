package dev.sluice.proxy;

import dev.sluice.config.ClientTerms.PathRules;
import dev.sluice.config.ClientTerms.PathRules.DotSegments;
import dev.sluice.config.ClientTerms.PathRules.EscapedSlashes;
import org.jspecify.annotations.Nullable;

/**
 * The one form of a path that is matched and forwarded. Upstreams read dot segments, escaped slashes and broken
 * percent-encodings in different ways (RFC 3986 section 6.2.2), and a route that one of them reads otherwise than
 * Sluice does protects nothing.
 *
 * <p>Refused beside what the rules refuse: a percent-encoding that is none, {@code %00}, and, unless dot segments are
 * kept, a path that climbs above the root, and dot segments that only some upstreams take for such ({@code ..;x},
 * {@code ..%2F}).
 */
final class PathForm {

    private static final int DOUBLE_SLASH = 1;
    private static final int DOTS = 2;
    private static final int ESCAPED_SLASH = 4;
    private static final int BROKEN = 8;

    private enum Segment {
        ORDINARY,
        SELF,
        PARENT,
        AMBIGUOUS
    }

    private PathForm() {}

    /**
     * The path by the rules.
     *
     * @param path begins with {@code /}, without query
     * @return the same string when there is nothing to change; null when it is refused
     */
    static @Nullable String of(String path, PathRules rules) {
        int found = scan(path);
        if (found == 0) {
            return path;
        }
        if ((found & BROKEN) != 0) {
            return null;
        }
        String decoded = path;
        if ((found & ESCAPED_SLASH) != 0) {
            if (rules.escapedSlashes() == EscapedSlashes.REJECT) {
                return null;
            }
            if (rules.escapedSlashes() == EscapedSlashes.DECODE) {
                decoded = decodeSlashes(path);
                found = scan(decoded);
            }
        }
        boolean dots = (found & DOTS) != 0 && rules.dotSegments() != DotSegments.KEEP;
        boolean slashes = (found & DOUBLE_SLASH) != 0 && rules.mergeSlashes();
        return dots || slashes ? rewrite(decoded, rules) : decoded;
    }

    /** What there is in a path that may need a second look; 0 for an ordinary one. */
    private static int scan(String path) {
        int found = 0;
        int length = path.length();
        for (int i = 0; i < length; i++) {
            char c = path.charAt(i);
            if (c == '/' && i + 1 < length) {
                char next = path.charAt(i + 1);
                if (next == '/') {
                    found |= DOUBLE_SLASH;
                } else if (next == '.' && (i + 2 == length || "/.;%".indexOf(path.charAt(i + 2)) >= 0)) {
                    found |= DOTS;
                }
            } else if (c == '%') {
                switch (escaped(path, i)) {
                    case -1, 0 -> found |= BROKEN;
                    case '.' -> found |= DOTS;
                    case '/', '\\' -> found |= ESCAPED_SLASH | DOTS; // whose pieces may be dot segments
                    default -> {}
                }
            }
        }
        return found;
    }

    /** The octet that the three characters from {@code index} on stand for; -1 when they are no percent-encoding. */
    private static int escaped(String path, int index) {
        if (index + 2 >= path.length()) {
            return -1;
        }
        int high = hex(path.charAt(index + 1));
        int low = hex(path.charAt(index + 2));
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    private static int hex(char c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }

    private static boolean isEscapedSlash(String path, int index) {
        if (path.charAt(index) != '%') {
            return false;
        }
        int octet = escaped(path, index);
        return octet == '/' || octet == '\\';
    }

    /** A backslash becomes a slash too: as itself it is refused, and who decodes it takes it for one. */
    private static String decodeSlashes(String path) {
        StringBuilder out = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            if (isEscapedSlash(path, i)) {
                out.append('/');
                i += 2;
            } else {
                out.append(path.charAt(i));
            }
        }
        return out.toString();
    }

    private static @Nullable String rewrite(String path, PathRules rules) {
        StringBuilder out = new StringBuilder(path.length());
        int start = 1;
        boolean last = false;
        while (!last) {
            int slash = path.indexOf('/', start);
            last = slash < 0;
            int end = last ? path.length() : slash;
            Segment segment = rules.dotSegments() == DotSegments.KEEP ? Segment.ORDINARY : segment(path, start, end);
            if (segment == Segment.AMBIGUOUS
                    || (segment != Segment.ORDINARY && rules.dotSegments() == DotSegments.REJECT)
                    || (segment == Segment.PARENT && out.length() == 0)) {
                return null;
            }
            if (segment == Segment.ORDINARY) {
                if (last || end > start || !rules.mergeSlashes()) {
                    out.append('/').append(path, start, end);
                }
            } else {
                if (segment == Segment.PARENT) {
                    out.setLength(out.lastIndexOf("/"));
                }
                if (last) {
                    out.append('/');
                }
            }
            start = end + 1;
        }
        return out.toString();
    }

    /** What a segment is; with escaped slashes in it, also what one of its pieces would be. */
    private static Segment segment(String path, int start, int end) {
        Segment whole = Segment.ORDINARY;
        int piece = start;
        for (int i = start; i <= end; i++) {
            if (i == end || isEscapedSlash(path, i)) {
                Segment part = piece(path, piece, i);
                if (part != Segment.ORDINARY) {
                    whole = piece == start && i == end ? part : Segment.AMBIGUOUS;
                }
                piece = i + 3;
            }
        }
        return whole;
    }

    private static Segment piece(String path, int start, int end) {
        int i = start;
        int dots = 0;
        while (i < end && dots < 3) {
            if (path.charAt(i) == '.') {
                i++;
            } else if (path.charAt(i) == '%' && escaped(path, i) == '.') {
                i += 3;
            } else {
                break;
            }
            dots++;
        }
        if (dots == 0 || dots > 2) {
            return Segment.ORDINARY;
        }
        if (i < end) {
            return path.charAt(i) == ';' ? Segment.AMBIGUOUS : Segment.ORDINARY;
        }
        return dots == 1 ? Segment.SELF : Segment.PARENT;
    }
}
