package dev.sluice.config;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code Bootstrap spec.cluster}: the gateways that this one acts together with, and how they find and know each other.
 *
 * @param name tells clusters in one network apart
 * @param bind where this node listens and is reached, with a literal IP; null for the host's own address and {@link
 *     Defaults#CLUSTER_PORT}
 * @param busPort the event bus's port on the same address; 0 for one that the system chooses
 * @param allowPublicBind whether the address may be public, or all of the machine's
 * @param members where nodes are looked for; empty when {@code service} says
 * @param service the DNS name of a headless Service; empty when {@code members} say
 * @param secret what a node proves that it knows; never empty
 * @param maxDraining how many nodes may drain at a time
 * @param sharedHealth whether this node takes part in watching over endpoints together
 */
public record ClusterSettings(
        String name,
        @Nullable NodeAddress bind,
        int busPort,
        boolean allowPublicBind,
        List<NodeAddress> members,
        String service,
        Secret secret,
        MaxDraining maxDraining,
        boolean sharedHealth) {

    public ClusterSettings {
        members = List.copyOf(members);
    }

    /**
     * Where a node is reached.
     *
     * @param host a literal IP, IPv6 without brackets, or a DNS name
     * @param port 1..65535
     */
    public record NodeAddress(String host, int port) {

        /** {@code host:port}, IPv6 in brackets. */
        @Override
        public String toString() {
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /**
     * A number of nodes.
     *
     * @param nodes 1 or more; 0 when {@code percent} says
     * @param percent of all nodes, 1..100; 0 when {@code nodes} says
     */
    public record MaxDraining(int nodes, int percent) {

        /** Rounded down, and never less than one: a cluster in which nobody may drain could not be rolled. */
        public int of(int members) {
            return nodes > 0 ? nodes : Math.max(1, members * percent / 100);
        }
    }

    /**
     * Whether an address is reachable from anywhere, or stands for all of the machine's: neither loopback, link-local
     * (RFC 3927, RFC 4291), private (RFC 1918, RFC 4193) nor shared within a provider (RFC 6598).
     */
    public static boolean isPublic(InetAddress address) {
        if (address.isLoopbackAddress() || address.isLinkLocalAddress()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        if (address instanceof Inet4Address) {
            boolean isShared = bytes[0] == 100 && (bytes[1] & 0xc0) == 64;
            return !address.isSiteLocalAddress() && !isShared;
        }
        return (bytes[0] & 0xfe) != 0xfc;
    }
}
