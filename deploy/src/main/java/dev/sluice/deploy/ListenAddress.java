package dev.sluice.deploy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where to listen, as flags give it: {@code :8080}, {@code 127.0.0.1:8080}, {@code [::1]:8080}.
 *
 * @param host an IP literal, IPv6 without brackets; empty for every address of the machine
 * @param port 0..65535, 0 for a port that the system chooses
 */
record ListenAddress(String host, int port) {

    private static final Pattern IPV4 =
            Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1?\\d?\\d)");

    /**
     * Reads a flag's value; no name is looked up.
     *
     * @throws IllegalArgumentException with a message for the user
     */
    static ListenAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            boolean portOnly = text.chars().allMatch(c -> c >= '0' && c <= '9') && !text.isEmpty();
            throw new IllegalArgumentException(
                    text + " (expected: [HOST]:PORT, for example " + (portOnly ? ":" + text : ":8080") + ")");
        }
        return new ListenAddress(host(text, text.substring(0, colon)), Ports.parse(text, text.substring(colon + 1), 0));
    }

    private static String host(String text, String host) {
        if (host.isEmpty()) {
            return "";
        }
        if (host.toLowerCase(Locale.ROOT).equals("localhost")) {
            return "127.0.0.1";
        }
        if (host.startsWith("[") && host.endsWith("]") && isIpv6(host.substring(1, host.length() - 1))) {
            return host.substring(1, host.length() - 1);
        }
        if (IPV4.matcher(host).matches()) {
            return host;
        }
        if (host.indexOf(':') >= 0 && !host.startsWith("[")) {
            throw new IllegalArgumentException(
                    text + " (expected: an IPv6 address in brackets, for example [::1]:8080)");
        }
        throw new IllegalArgumentException(
                text + " (expected: an IP address before the port, for example 127.0.0.1:8080 or [::1]:8080)");
    }

    /** Whether a text is an IPv6 literal, without brackets; no name is looked up. */
    static boolean isIpv6(String literal) {
        if (literal.indexOf(':') < 0) {
            return false;
        }
        try {
            // A text with a colon is never looked up: it is a literal or an exception.
            InetAddress unused = InetAddress.getByName(literal);
            return true;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** {@code host:port} as URLs write it; {@code *} stands for every address. */
    @Override
    public String toString() {
        return Ports.join(host.isEmpty() ? "*" : host, port);
    }
}
