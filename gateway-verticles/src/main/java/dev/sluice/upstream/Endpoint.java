package dev.sluice.upstream;

/**
 * One resolved address of a backend.
 *
 * @param name what the configuration says: a DNS name, or the IP itself; TLS asks for it and verifies it
 * @param ip the literal IP, IPv6 without brackets
 * @param port 1..65535
 */
public record Endpoint(String name, String ip, int port) {

    /** {@code ip:port}, IPv6 in brackets. */
    public String label() {
        return (ip.indexOf(':') >= 0 ? "[" + ip + "]" : ip) + ":" + port;
    }
}
