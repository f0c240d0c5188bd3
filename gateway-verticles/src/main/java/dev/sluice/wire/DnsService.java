package dev.sluice.wire;

/**
 * An SRV record (RFC 2782).
 *
 * @param target the name of a host, without the final dot
 * @param port 1..65535
 * @param priority 0..65535; those of the lowest number come first
 * @param weight 0..65535, its share among those of the same priority
 */
public record DnsService(String target, int port, int priority, int weight) {}
