package dev.sluice.proxy;

import dev.sluice.wire.IpLiteral;
import io.vertx.core.MultiMap;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who the client is, and what the next hop is told about it. Forwarding fields count only from peers that are trusted
 * to have set them; from all others they are discarded, so that nobody can claim an address.
 *
 * @param ip the client's address
 * @param peerTrusted whether the peer is a trusted proxy
 */
record ClientIdentity(String ip, boolean peerTrusted) {

    private static final int IPV6_BYTES = 16;

    /** Reads {@code X-Forwarded-For} from the right, past every trusted proxy; the peer itself when untrusted. */
    static ClientIdentity of(String peerIp, MultiMap headers, TrustedProxies trusted) {
        if (!trusted.contains(peerIp)) {
            return new ClientIdentity(peerIp, false);
        }
        String client = peerIp;
        List<String> hops = headers.getAll("x-forwarded-for");
        for (int line = hops.size() - 1; line >= 0; line--) {
            String[] addresses = hops.get(line).split(",", -1);
            for (int i = addresses.length - 1; i >= 0; i--) {
                String hop = stripPort(addresses[i].trim());
                if (IpLiteral.parse(hop) == null) {
                    return new ClientIdentity(client, true); // an obfuscated or broken hop: nothing before it counts
                }
                client = hop;
                if (!trusted.contains(hop)) {
                    return new ClientIdentity(client, true);
                }
            }
        }
        return new ClientIdentity(client, true);
    }

    /** Sets or extends {@code X-Forwarded-*}, and {@code Forwarded} (RFC 7239) where a trusted proxy uses it. */
    void forward(MultiMap from, MultiMap to, String peerIp, String scheme, String authority, String port) {
        String chain = peerIp;
        String proto = scheme;
        String host = authority;
        String outerPort = null;
        if (peerTrusted) {
            List<String> before = from.getAll("x-forwarded-for");
            if (!before.isEmpty()) {
                chain = String.join(", ", before) + ", " + peerIp;
            }
            proto = orElse(from.get("x-forwarded-proto"), scheme);
            host = orElse(from.get("x-forwarded-host"), authority);
            outerPort = from.get("x-forwarded-port");
            if (to.contains("forwarded")) {
                to.add("forwarded", "for=" + node(peerIp) + ";proto=" + scheme + ";host=\"" + authority + '"');
            }
        }
        to.set("x-forwarded-for", chain);
        to.set("x-forwarded-proto", proto);
        if (!host.isEmpty()) {
            to.set("x-forwarded-host", host);
        }
        to.set("x-forwarded-port", outerPort == null ? port : outerPort);
    }

    /** The address as Vert.x's type, without a port. */
    SocketAddress address() {
        return SocketAddress.inetSocketAddress(0, ip);
    }

    /** An IPv4 address as it is, and of an IPv6 address the first 64 bits, which one customer has at least (RFC 6177). */
    String network() {
        InetAddress address = ip.indexOf(':') < 0 ? null : IpLiteral.parse(ip);
        if (address == null) {
            return ip;
        }
        byte[] bytes = address.getAddress();
        return bytes.length < IPV6_BYTES
                ? address.getHostAddress()
                : HexFormat.of().formatHex(bytes, 0, IPV6_BYTES / 2) + "/64";
    }

    private static String node(String ip) {
        return ip.indexOf(':') >= 0 ? "\"[" + ip + "]\"" : ip;
    }

    private static String stripPort(String hop) {
        if (hop.startsWith("[")) {
            int end = hop.indexOf(']');
            return end < 0 ? hop : hop.substring(1, end);
        }
        int colon = hop.indexOf(':');
        return colon >= 0 && hop.indexOf(':', colon + 1) < 0 ? hop.substring(0, colon) : hop;
    }

    private static String orElse(@Nullable String value, String other) {
        return value == null ? other : value;
    }
}
