package dev.sluice.cluster;

import dev.sluice.config.ClusterSettings;
import dev.sluice.config.ClusterSettings.MaxDraining;
import dev.sluice.config.ClusterSettings.NodeAddress;
import dev.sluice.config.Secret;
import dev.sluice.testkit.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Nodes of one cluster on loopback, in this JVM. */
final class TestNodes implements AutoCloseable {

    static final String SECRET = "a secret of a test";

    private final List<NodeAddress> addresses = new ArrayList<>();
    private final List<ClusterNode> nodes = new ArrayList<>();

    /** @param size how many nodes the cluster should have; none is started */
    TestNodes(int size) {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < size; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                held.add(socket);
                addresses.add(new NodeAddress("127.0.0.1", socket.getLocalPort()));
            }
            for (ServerSocket socket : held) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    NodeAddress address(int index) {
        return addresses.get(index);
    }

    ClusterSettings settings(int index, String secret) {
        return new ClusterSettings(
                "test", addresses.get(index), 0, false, addresses, "", new Secret(secret), new MaxDraining(1, 0), true);
    }

    /** Made, but not joined. */
    ClusterNode node(int index, String secret) {
        ClusterNode node = new ClusterNode(settings(index, secret));
        nodes.add(node);
        return node;
    }

    /** Joins those that are given, one after the other, and waits until all see all. */
    void join(ClusterNode... joining) {
        for (ClusterNode node : joining) {
            node.join();
            Eventually.holds(node.self() + " has joined", () -> !node.address().isEmpty());
        }
        for (ClusterNode node : joining) {
            awaitMembers(node, joining.length);
        }
    }

    static void awaitMembers(ClusterNode node, int members) {
        Eventually.holds(
                node.self() + " sees " + members + " nodes",
                () -> node.counters().members() == members && node.members().size() == members);
    }

    @Override
    public void close() {
        nodes.forEach(ClusterNode::kill);
    }
}
