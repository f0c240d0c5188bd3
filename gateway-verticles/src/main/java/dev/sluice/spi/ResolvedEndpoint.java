package dev.sluice.spi;

/**
 * One address that a backend's name stands for.
 *
 * @param name what TLS asks for and verifies: a host's name, or the IP itself
 * @param ip the literal IP, IPv6 without brackets
 * @param port 1..65535
 * @param weight its share among the others, 1..1000
 * @param priority of the lowest number those are used that are fit, 0 or more
 * @param zone where it stands, as in {@code topology.kubernetes.io/zone}; empty when nobody says
 */
public record ResolvedEndpoint(String name, String ip, int port, int weight, int priority, String zone) {}
