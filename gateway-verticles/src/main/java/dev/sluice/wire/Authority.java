package dev.sluice.wire;

/** The syntax of {@code host[:port]} (RFC 3986 section 3.2.2), without userinfo. */
public final class Authority {

    private Authority() {}

    /**
     * Checks an authority.
     *
     * @return the index behind the host; -1 when it is malformed
     */
    public static int hostEnd(CharSequence authority) {
        int length = authority.length();
        int end = length > 0 && authority.charAt(0) == '[' ? literalEnd(authority) : nameEnd(authority);
        if (end <= 0 || end == length) {
            return end == 0 ? -1 : end;
        }
        if (authority.charAt(end) != ':' || length - end > 6) {
            return -1;
        }
        int port = 0;
        for (int i = end + 1; i < length; i++) {
            char c = authority.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            port = port * 10 + c - '0';
        }
        return port > 0xffff ? -1 : end;
    }

    private static int nameEnd(CharSequence authority) {
        int end = 0;
        while (end < authority.length() && isRegName(authority.charAt(end))) {
            end++;
        }
        return end;
    }

    private static int literalEnd(CharSequence authority) {
        for (int i = 1; i < authority.length(); i++) {
            char c = authority.charAt(i);
            if (c == ']') {
                return i < 3 ? -1 : i + 1;
            }
            if (Character.digit(c, 16) < 0 && c != ':' && c != '.') {
                return -1;
            }
        }
        return -1;
    }

    private static boolean isRegName(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "-._~%!$&'()*+,;=".indexOf(c) >= 0;
    }
}
