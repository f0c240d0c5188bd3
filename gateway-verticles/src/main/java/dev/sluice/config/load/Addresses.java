package dev.sluice.config.load;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The syntax of addresses. Nothing here asks DNS. */
final class Addresses {

    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
    private static final Pattern IPV6_CHARACTERS = Pattern.compile("[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*");
    private static final Pattern CIDR = Pattern.compile("(?<ip>[^/]+)/(?<bits>[0-9]{1,3})");
    private static final Pattern HOST_PORT = Pattern.compile("(\\[(?<v6>[^]]+)]|(?<v4>[^:]+)):(?<port>[0-9]{1,5})");
    private static final String DNS_LABEL = "[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?";
    private static final Pattern DNS_NAME =
            Pattern.compile("(?=.{1,253}$)(" + DNS_LABEL + "\\.)*" + DNS_LABEL + "\\.?");
    private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");
    private static final Pattern NUMBERS = Pattern.compile("[0-9.]+");

    /**
     * @param host a literal IP, IPv6 without brackets
     * @param port 0..65535
     */
    record HostPort(String host, int port) {}

    private Addresses() {}

    static boolean isIp(String text) {
        return IPV4.matcher(text).matches() || isIpv6(text);
    }

    static boolean isDnsName(String text) {
        return DNS_NAME.matcher(text).matches() && !NUMBERS.matcher(text).matches();
    }

    static boolean isCidr(String text) {
        Matcher cidr = CIDR.matcher(text);
        if (!cidr.matches() || !isIp(cidr.group("ip"))) {
            return false;
        }
        return Integer.parseInt(cidr.group("bits")) <= (isIpv6(cidr.group("ip")) ? 128 : 32);
    }

    /**
     * Parses {@code 127.0.0.1:9000} and {@code [::1]:9000}.
     *
     * @throws IllegalArgumentException for anything else
     */
    static HostPort hostPort(String text) {
        Matcher parts = HOST_PORT.matcher(text);
        if (parts.matches() && Integer.parseInt(parts.group("port")) <= 65535) {
            String host = parts.group("v6") != null ? parts.group("v6") : parts.group("v4");
            if (parts.group("v6") != null ? isIpv6(host) : IPV4.matcher(host).matches()) {
                return new HostPort(host, Integer.parseInt(parts.group("port")));
            }
        }
        throw new IllegalArgumentException(
                Wording.show(text) + " (expected: an IP address and a port such as 127.0.0.1:9000 or [::1]:9000)");
    }

    /**
     * Parses the same, with a port that is not 0, and {@code gateway-2.internal:5701}.
     *
     * @throws IllegalArgumentException for anything else
     */
    static HostPort namePort(String text) {
        int colon = text.lastIndexOf(':');
        String port = text.substring(colon + 1);
        if (colon > 0 && PORT.matcher(port).matches() && Integer.parseInt(port) <= 65535) {
            String host = text.substring(0, colon);
            if (isDnsName(host)) {
                return new HostPort(host, Integer.parseInt(port));
            }
            HostPort ip = hostPort(text);
            if (ip.port() != 0) {
                return ip;
            }
        }
        throw new IllegalArgumentException(
                Wording.show(text) + " (expected: a host and a port such as 10.0.0.2:5701 or gateway-2.internal:5701)");
    }

    private static boolean isIpv6(String text) {
        if (!IPV6_CHARACTERS.matcher(text).matches()) {
            return false;
        }
        try {
            // With a colon in it, this parses and never asks DNS.
            InetAddress unused = InetAddress.getByName(text);
            return true;
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
