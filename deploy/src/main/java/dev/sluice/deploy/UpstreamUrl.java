package dev.sluice.deploy;

import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The value of {@code --to}: scheme, host and port of one upstream endpoint.
 *
 * @param text as the user wrote it
 * @param protocol what to speak
 * @param endpoint where
 */
record UpstreamUrl(String text, Protocol protocol, EndpointAddress endpoint) {

    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\\.?");

    /**
     * Reads a URL; no name is looked up.
     *
     * @throws IllegalArgumentException with a message for the user
     */
    static UpstreamUrl parse(String text) {
        int schemeEnd = text.indexOf("://");
        if (schemeEnd < 0) {
            throw new IllegalArgumentException(text + " (expected: a URL, for example http://127.0.0.1:9001)");
        }
        Protocol protocol = protocol(text, text.substring(0, schemeEnd).toLowerCase(Locale.ROOT));
        String authority = text.substring(schemeEnd + 3);
        if (authority.endsWith("/")) {
            authority = authority.substring(0, authority.length() - 1);
        }
        if (authority.indexOf('/') >= 0 || authority.indexOf('?') >= 0 || authority.indexOf('#') >= 0) {
            throw new IllegalArgumentException(text
                    + " has a path (expected: scheme, host and port only; requests keep their own path,"
                    + " and URLRewrite in a --config file changes it)");
        }
        if (authority.indexOf('@') >= 0) {
            throw new IllegalArgumentException(text + " has user information (expected: scheme, host and port only)");
        }
        return new UpstreamUrl(text, protocol, endpoint(text, authority, protocol.isTls() ? 443 : 80));
    }

    private static Protocol protocol(String text, String scheme) {
        return switch (scheme) {
            case "http" -> Protocol.HTTP;
            case "h2c" -> Protocol.H2C;
            case "https" -> Protocol.HTTPS;
            case "h2" -> Protocol.H2;
            case "h3" -> Protocol.H3;
            default ->
                throw new IllegalArgumentException(
                        text + " has scheme '" + scheme + "' (expected: http, h2c, https, h2 or h3)");
        };
    }

    private static EndpointAddress endpoint(String text, String authority, int defaultPort) {
        int hostEnd = authority.startsWith("[") ? authority.indexOf(']') + 1 : authority.indexOf(':');
        if (hostEnd < 0) {
            hostEnd = authority.length();
        }
        String host = authority.substring(0, hostEnd);
        String rest = authority.substring(hostEnd);
        if (host.startsWith("[") && (rest.isEmpty() || rest.startsWith(":"))) {
            host = host.substring(1, hostEnd - 1);
            if (!ListenAddress.isIpv6(host)) {
                throw new IllegalArgumentException(
                        text + " has no valid IPv6 address (expected: one in brackets as in http://[::1]:9001)");
            }
        } else if (!HOST_NAME.matcher(host).matches() || rest.indexOf(':', 1) >= 0) {
            throw new IllegalArgumentException(text
                    + " has no valid host (expected: a DNS name or an IP address, IPv6 in brackets as in"
                    + " http://[::1]:9001)");
        }
        return new EndpointAddress(host, rest.isEmpty() ? defaultPort : Ports.parse(text, rest.substring(1), 1));
    }
}
