package dev.sluice.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ClusterSettings;
import dev.sluice.config.ClusterSettings.MaxDraining;
import dev.sluice.config.ClusterSettings.NodeAddress;
import dev.sluice.config.Secret;
import dev.sluice.testkit.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Nodes that find each other as pods do, by the addresses of a headless Service's name; see {@code hosts}. */
@Tag("cluster")
class ServiceJoinTest {

    private static final String SERVICE = "gateway-cluster.test";

    @Test
    void nodesFindEachOtherByTheNameOfTheirService() throws IOException {
        int port = freePort();
        ClusterNode one = new ClusterNode(settings("127.0.0.1", port));
        ClusterNode two = new ClusterNode(settings("127.0.0.2", port));
        try {
            one.join();
            Eventually.holds("one runs", () -> !one.address().isEmpty());
            assertTrue(one.isDegraded(), "one of two");
            two.join();
            TestNodes.awaitMembers(one, 2);
            TestNodes.awaitMembers(two, 2);
            assertEquals(Set.of(one.self(), two.self()), two.members());
            Eventually.holds("both are whole", () -> !one.isDegraded() && !two.isDegraded());
        } finally {
            one.kill();
            two.kill();
        }
    }

    private static ClusterSettings settings(String host, int port) {
        return new ClusterSettings(
                "test",
                new NodeAddress(host, port),
                0,
                false,
                List.of(),
                SERVICE,
                new Secret(TestNodes.SECRET),
                new MaxDraining(1, 0),
                true);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
