package dev.sluice.wire;

/** Tokens and comma-separated lists of them (RFC 9110 section 5.6). */
public final class FieldTokens {

    private static final boolean[] TOKEN = new boolean[128];

    static {
        for (int c = '0'; c <= 'z'; c++) {
            TOKEN[c] = Character.isLetterOrDigit(c);
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            TOKEN[c] = true;
        }
    }

    private FieldTokens() {}

    /** Whether a token, as a field name is one, may have this character (RFC 9110 section 5.6.2). */
    public static boolean isTokenCharacter(int character) {
        return character < TOKEN.length && TOKEN[character];
    }

    /** Whether this is a token, not empty. */
    public static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isTokenCharacter(text.charAt(i))) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /**
     * A number of digits alone (RFC 9110 section 5.6: no sign, no space).
     *
     * @param most digits that are taken, 1..18
     * @return -1 for anything else
     */
    public static long number(String text, int most) {
        if (text.isEmpty() || text.length() > most) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    /** Whether this has no control character but the tab (RFC 9110 section 5.5). */
    public static boolean isFieldValue(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f) {
                return false;
            }
        }
        return true;
    }

    /** Whether the list has this token, in any case; {@code trailers;q=0.5} is still the token. */
    public static boolean contains(String value, String token) {
        int start = 0;
        while (start <= value.length()) {
            int comma = value.indexOf(',', start);
            int end = comma < 0 ? value.length() : comma;
            if (isToken(value, start, end, token)) {
                return true;
            }
            start = end + 1;
        }
        return false;
    }

    private static boolean isToken(String value, int start, int end, String token) {
        int from = start;
        int to = end;
        while (from < to && value.charAt(from) <= ' ') {
            from++;
        }
        int parameter = value.indexOf(';', from);
        if (parameter >= 0 && parameter < to) {
            to = parameter;
        }
        while (to > from && value.charAt(to - 1) <= ' ') {
            to--;
        }
        return to - from == token.length() && value.regionMatches(true, from, token, 0, token.length());
    }
}
