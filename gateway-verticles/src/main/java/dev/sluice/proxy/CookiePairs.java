package dev.sluice.proxy;

import org.jspecify.annotations.Nullable;

/** A {@code Cookie} field: {@code name=value} pairs, each but the last with a semicolon behind it (RFC 6265 section 4.2). */
final class CookiePairs {

    private CookiePairs() {}

    /** The first value of that name, as it stands there; null when there is none. */
    static @Nullable String find(String field, String name) {
        int at = 0;
        while (at < field.length()) {
            int semicolon = field.indexOf(';', at);
            int end = semicolon < 0 ? field.length() : semicolon;
            while (at < end && isBlank(field.charAt(at))) {
                at++;
            }
            int value = at + name.length() + 1;
            if (value <= end && field.charAt(value - 1) == '=' && field.startsWith(name, at)) {
                while (end > value && isBlank(field.charAt(end - 1))) {
                    end--;
                }
                return field.substring(value, end);
            }
            at = end + 1;
        }
        return null;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
