package dev.sluice.cluster;

import dev.sluice.config.ClusterSettings;
import dev.sluice.config.ClusterSettings.NodeAddress;
import dev.sluice.config.Defaults;
import java.io.IOException;
import java.net.InetAddress;

/**
 * Where this node listens for others, and where they reach it.
 *
 * @param bound a literal IP, possibly that of all addresses
 * @param reached a literal IP, never that
 * @param port of Hazelcast
 */
record BindAddress(String bound, String reached, int port) {

    /**
     * What the settings say; without an address, or with all of them, others reach the one of the host's own name. May
     * ask DNS.
     *
     * @throws IOException when that is unknown, or is public and need not be
     */
    static BindAddress of(ClusterSettings settings) throws IOException {
        NodeAddress bind = settings.bind();
        if (bind == null) {
            InetAddress own = InetAddress.getLocalHost();
            if (ClusterSettings.isPublic(own) && !settings.allowPublicBind()) {
                throw new IOException("this host's address " + own.getHostAddress()
                        + " is reachable from anywhere (expected: a private address, bind, or allowPublicBind: true)");
            }
            return new BindAddress(own.getHostAddress(), own.getHostAddress(), Defaults.CLUSTER_PORT);
        }
        boolean everywhere = InetAddress.getByName(bind.host()).isAnyLocalAddress();
        String reached = everywhere ? InetAddress.getLocalHost().getHostAddress() : bind.host();
        return new BindAddress(bind.host(), reached, bind.port());
    }

    boolean isEverywhere() {
        return !bound.equals(reached);
    }

    /** How it is told to others. */
    NodeAddress advertised() {
        return new NodeAddress(reached, port);
    }
}
