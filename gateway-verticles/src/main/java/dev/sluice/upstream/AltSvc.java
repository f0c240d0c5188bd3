package dev.sluice.upstream;

import dev.sluice.config.Defaults;
import dev.sluice.wire.FieldTokens;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an {@code Alt-Svc} field says of HTTP/3 on the same host (RFC 7838 section 3).
 *
 * @param port of UDP, 1..65535; 0 for no such alternative, which revokes an earlier one
 * @param maxAge how long it may be used
 */
record AltSvc(int port, Duration maxAge) {

    /** {@code clear}, or alternatives of which none can be used. */
    static final AltSvc NONE = new AltSvc(0, Duration.ZERO);

    /** More than any number here may have: leading zeros count. */
    private static final int MAX_DIGITS = 18;

    /**
     * The first alternative that can be used; null when the field is not as the grammar says, and so not to be heeded.
     *
     * @param host that the field came from; an alternative on another one is not taken
     */
    static @Nullable AltSvc parse(String field, String host) {
        if (field.equals("clear")) {
            return NONE;
        }
        return new Parser(field, host).list();
    }

    /** Reads a field from left to right; every method but {@link #list} moves on only if it finds what it looks for. */
    private static final class Parser {

        private final String text;
        private final String host;
        private int at;

        Parser(String text, String host) {
            this.text = text;
            this.host = host;
        }

        @Nullable
        AltSvc list() {
            AltSvc usable = NONE;
            boolean any = false;
            while (true) {
                space();
                if (at < text.length() && text.charAt(at) != ',') {
                    AltSvc alternative = alternative();
                    if (alternative == null) {
                        return null;
                    }
                    any = true;
                    usable = usable.port == 0 ? alternative : usable;
                    space();
                }
                if (at == text.length()) {
                    return any ? usable : null;
                }
                if (!take(',')) {
                    return null;
                }
            }
        }

        /** {@code protocol-id "=" alt-authority *( OWS ";" OWS parameter )}; NONE for one that cannot be used. */
        private @Nullable AltSvc alternative() {
            String protocol = token();
            if (protocol == null || !take('=')) {
                return null;
            }
            String authority = quoted();
            int colon = authority == null ? -1 : authority.lastIndexOf(':');
            if (authority == null || colon < 0) {
                return null;
            }
            int port = (int) number(authority.substring(colon + 1), 65_535);
            if (port <= 0) {
                return null;
            }
            long maxAge = Defaults.ALT_SVC_MAX_AGE.toSeconds();
            while (true) {
                int before = at;
                space();
                if (!take(';')) {
                    at = before;
                    break;
                }
                space();
                String name = token();
                if (name == null || !take('=')) {
                    return null;
                }
                String value = at < text.length() && text.charAt(at) == '"' ? quoted() : token();
                if (value == null) {
                    return null;
                }
                if (name.equals("ma")) {
                    maxAge = number(value, Integer.MAX_VALUE);
                    if (maxAge < 0) {
                        return null;
                    }
                }
            }
            String named = authority.substring(0, colon);
            boolean here = named.isEmpty() || named.equalsIgnoreCase(host);
            return protocol.equals("h3") && here && maxAge > 0 ? new AltSvc(port, Duration.ofSeconds(maxAge)) : NONE;
        }

        private void space() {
            while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
                at++;
            }
        }

        private boolean take(char expected) {
            if (at < text.length() && text.charAt(at) == expected) {
                at++;
                return true;
            }
            return false;
        }

        private @Nullable String token() {
            int start = at;
            while (at < text.length() && FieldTokens.isTokenCharacter(text.charAt(at))) {
                at++;
            }
            return at == start ? null : text.substring(start, at);
        }

        private @Nullable String quoted() {
            int start = at;
            StringBuilder value = new StringBuilder();
            if (take('"')) {
                while (at < text.length()) {
                    char c = text.charAt(at++);
                    if (c == '"') {
                        return value.toString();
                    }
                    if (c == '\\' && at < text.length()) {
                        c = text.charAt(at++);
                    }
                    value.append(c);
                }
            }
            at = start;
            return null;
        }

        /** Digits alone, and not above the most; -1 for anything else. */
        private static long number(String digits, long most) {
            long value = FieldTokens.number(digits, MAX_DIGITS);
            return value <= most ? value : -1;
        }
    }
}
