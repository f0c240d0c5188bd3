package dev.sluice.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.spi.Cluster.FactListener;
import dev.sluice.testkit.Eventually;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Who gets into a cluster, and how nodes go. The tests are the life of one cluster, in order. */
@Tag("cluster")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class JoinTest {

    private static final TestNodes CLUSTER = new TestNodes(4);
    private static final ClusterNode ONE = CLUSTER.node(0, TestNodes.SECRET);
    private static final ClusterNode TWO = CLUSTER.node(1, TestNodes.SECRET);
    private static final ClusterNode THREE = CLUSTER.node(2, TestNodes.SECRET);
    private static final Set<String> HEARD = ConcurrentHashMap.newKeySet();

    @BeforeAll
    static void join() {
        ONE.hear("alive", 1, new FactListener() {
            @Override
            public void told(String node, JsonObject body) {
                HEARD.add(node);
            }

            @Override
            public void gone(String node) {
                HEARD.remove(node);
            }
        });
        TWO.tell("alive", 1, new JsonObject());
        THREE.tell("alive", 1, new JsonObject());
        CLUSTER.join(ONE, TWO, THREE);
    }

    @AfterAll
    static void close() {
        CLUSTER.close();
    }

    @Test
    @Order(1)
    void aNodeWithAnotherSecretStaysAloneAndKnowsIt() {
        ClusterNode stranger = CLUSTER.node(3, "another secret of a test");
        stranger.join();
        Eventually.holds("the stranger runs", () -> !stranger.address().isEmpty());
        assertEquals(Set.of(stranger.self()), stranger.members());
        assertTrue(stranger.isDegraded());
        assertEquals(
                4, stranger.rateLimitLeases().nodes(), "who has seen nobody takes no more than a share of the limits");
        assertTrue(ONE.counters().refusals()
                        + TWO.counters().refusals()
                        + THREE.counters().refusals()
                > 0);
        assertEquals(3, ONE.members().size());
        stranger.kill();
    }

    @Test
    @Order(2)
    void aStrangerIsToldNothingAtTheMembersPort() throws IOException {
        long refusals = ONE.counters().refusals();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), CLUSTER.address(0).port()));
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write("HZC and then something".repeat(4).getBytes(StandardCharsets.US_ASCII));
            assertEquals(-1, readOrReset(socket));
        }
        Eventually.holds("refusal counted", () -> ONE.counters().refusals() == refusals + 1);
    }

    @Test
    @Order(3)
    void whoHasNoCertificateIsRefusedAtTheBus() throws Exception {
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(null, new TrustManager[] {new TrustAll()}, null);
        try (SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), ONE.busPort())) {
            socket.setSoTimeout(10_000);
            socket.startHandshake();
            // In TLS 1.3 a client learns that its certificate was missed only when it reads.
            IOException refusal = assertThrows(
                    IOException.class, () -> socket.getInputStream().read());
            String alert = String.valueOf(refusal.getMessage());
            assertTrue(alert.endsWith("bad_certificate") || alert.endsWith("certificate_required"), alert);
        }
    }

    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Test
    @Order(4)
    void aNodeThatIsKilledIsMissedAndItsFactsGo() {
        Eventually.holds("one hears all", () -> HEARD.equals(Set.of(TWO.self(), THREE.self())));
        THREE.kill();
        TestNodes.awaitMembers(ONE, 2);
        TestNodes.awaitMembers(TWO, 2);
        Eventually.holds("the fact is gone", () -> HEARD.equals(Set.of(TWO.self())));
        assertTrue(ONE.isDegraded(), "two of four are no majority");
    }

    @Test
    @Order(5)
    void aNodeWhosePortIsTakenTriesAgain() throws IOException {
        ClusterNode late = CLUSTER.node(2, TestNodes.SECRET);
        try (ServerSocket taken = new ServerSocket()) {
            taken.setReuseAddress(true);
            taken.bind(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), CLUSTER.address(2).port()));
            late.join();
            Eventually.holds("tried once", () -> late.failedJoins() > 0);
            assertEquals(Set.of(late.self()), late.members());
            assertTrue(late.isDegraded());
        }
        TestNodes.awaitMembers(late, 3);
        assertFalse(late.isDegraded());
    }

    @Test
    @Order(6)
    void aNodeThatLeavesIsMissedBeforeItsLeaveIsOver() {
        Eventually.holds("two sees three of four", () -> !TWO.isDegraded());
        Eventually.get(TWO.leave().map(v -> true));
        assertEquals(2, ONE.members().size());
        assertEquals(Set.of(TWO.self()), TWO.members());
        TWO.look();
        assertFalse(TWO.isDegraded(), "alone by its own will");
        Eventually.get(TWO.leave().map(v -> true)); // twice does no harm
    }

    private static int readOrReset(Socket socket) {
        try {
            return socket.getInputStream().read();
        } catch (IOException e) {
            return -1;
        }
    }
}
