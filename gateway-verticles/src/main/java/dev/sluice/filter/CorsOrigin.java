package dev.sluice.filter;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An origin, or in a configuration a pattern of origins ({@code https://*.example.com}).
 *
 * @param scheme in lower case
 * @param anyPrefix whether labels may stand before the host
 * @param host in lower case, IPv6 in brackets; with {@code anyPrefix} what follows the {@code *}
 * @param port the scheme's own where none is written; 0 for schemes that have none
 */
record CorsOrigin(String scheme, boolean anyPrefix, String host, int port) {

    /** {@code scheme://host[:port]}; null when the text is something else, such as the opaque origin {@code null}. */
    static @Nullable CorsOrigin parse(String text) {
        String origin = text.toLowerCase(Locale.ROOT);
        int separator = origin.indexOf("://");
        if (separator <= 0) {
            return null;
        }
        String scheme = origin.substring(0, separator);
        String authority = origin.substring(separator + 3);
        int colon = authority.lastIndexOf(':');
        boolean hasPort = colon > authority.lastIndexOf(']');
        String host = hasPort ? authority.substring(0, colon) : authority;
        int port = hasPort ? port(authority.substring(colon + 1)) : defaultPort(scheme);
        boolean anyPrefix = host.startsWith("*");
        return host.isEmpty() || port < 0
                ? null
                : new CorsOrigin(scheme, anyPrefix, anyPrefix ? host.substring(1) : host, port);
    }

    /** Whether this, as configured, takes the origin of a request. */
    boolean takes(CorsOrigin request) {
        return scheme.equals(request.scheme)
                && port == request.port
                && (anyPrefix
                        ? request.host.length() > host.length() && request.host.endsWith(host)
                        : request.host.equals(host));
    }

    private static int defaultPort(String scheme) {
        return scheme.equals("https") ? 443 : scheme.equals("http") ? 80 : 0;
    }

    private static int port(String digits) {
        int port = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9 || i == 5) {
                return -1;
            }
            port = port * 10 + digit;
        }
        return digits.isEmpty() ? -1 : port;
    }
}
