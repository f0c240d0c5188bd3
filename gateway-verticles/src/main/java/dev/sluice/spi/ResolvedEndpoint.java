package dev.sluice.spi;

import dev.sluice.wire.IpLiteral;

/**
 * One address that a backend's name stands for.
 *
 * @param name what TLS asks for and verifies: a host's name, or the IP itself
 * @param ip the literal IP, IPv6 without brackets and zone
 * @param port 1..65535
 * @param weight its share among the others, 1..1000
 * @param priority of the lowest number those are used that are fit, 0 or more
 * @param zone where it stands, as in {@code topology.kubernetes.io/zone}; empty when nobody says
 */
public record ResolvedEndpoint(String name, String ip, int port, int weight, int priority, String zone) {

    /** @throws IllegalArgumentException when a value is not as described: a source must not tell such a one */
    public ResolvedEndpoint {
        if (IpLiteral.parse(ip) == null) {
            throw new IllegalArgumentException(ip + " (expected: an IP literal)");
        }
        check("port", port, 1, 0xffff);
        check("weight", weight, 1, 1000);
        check("priority", priority, 0, Integer.MAX_VALUE);
    }

    private static void check(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " " + value + " (expected: " + least + ".." + most + ")");
        }
    }
}
