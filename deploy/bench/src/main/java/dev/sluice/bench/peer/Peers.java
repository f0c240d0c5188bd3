package dev.sluice.bench.peer;

import java.nio.file.Path;
import java.util.List;

/** The peers that the bench knows. */
public final class Peers {

    /** The gateway itself. */
    public static final String SLUICE = "sluice";
    /** What every other is compared to. */
    public static final String REFERENCE = "nginx";

    /** What {@code --quick} compares: a second virtual machine would take the time that the first needs to warm up. */
    public static final List<String> QUICK = List.of(SLUICE, REFERENCE, "haproxy");

    private Peers() {}

    /**
     * Those beside Sluice, in the order of tables.
     *
     * @param projects the directory of the peers that are built from source
     * @param logs where their builds' output goes
     */
    public static List<Peer> others(Path projects, Path logs) {
        return List.of(
                new NginxPeer(),
                new HaproxyPeer(false),
                new HaproxyPeer(true),
                new NghttpxPeer(),
                new SpringCloudGatewayPeer(projects, logs),
                new VertxHttpProxyPeer(projects, logs));
    }
}
