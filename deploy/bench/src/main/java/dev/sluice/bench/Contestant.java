package dev.sluice.bench;

import dev.sluice.bench.load.Protocol;
import dev.sluice.bench.peer.Peer;
import dev.sluice.bench.peer.PeerProcess;
import dev.sluice.bench.peer.Site;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A peer that has been started for a scenario.
 *
 * @param peer who it is
 * @param site where it was started
 * @param process its process
 */
record Contestant(Peer peer, Site site, PeerProcess process) implements AutoCloseable {

    Protocol protocol() {
        return site.needs().front();
    }

    /** Where clients find it. */
    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), site.front());
    }

    @Override
    public void close() {
        process.close();
    }
}
