package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.cluster.ClusterNode;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClusterSettings;
import dev.sluice.config.ClusterSettings.MaxDraining;
import dev.sluice.config.ClusterSettings.NodeAddress;
import dev.sluice.config.Secret;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code sluice drain --node}, by the admin API of another node of the cluster alone. */
@Tag("cluster")
final class DrainCommandTest {

    private static UpstreamServer upstream;
    private static ClusterNode near;
    private static ClusterNode far;
    private static TestGateway asked;
    private static TestGateway drained;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void start() throws IOException {
        upstream = UpstreamServer.http1(Scripts.text("good"));
        try (Socket two = held()) {
            List<NodeAddress> addresses;
            try (Socket one = held()) {
                addresses = List.of(
                        new NodeAddress("127.0.0.1", one.getLocalPort()),
                        new NodeAddress("127.0.0.1", two.getLocalPort()));
            }
            near = node(addresses, 0);
            far = node(addresses, 1);
            asked = gateway(near);
            Eventually.holds("the first has joined", () -> !near.address().isEmpty());
        }
        drained = gateway(far);
        Eventually.holds(
                "each sees both",
                () -> near.members().size() == 2 && far.members().size() == 2);
        Eventually.holds(
                "one hears the other",
                () -> asked.admin("/drain?node=" + far.self()).status() == 200);
    }

    /** Of a port that nobody else is given while it is open, and that refuses connections. */
    private static Socket held() throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return socket;
    }

    private static ClusterNode node(List<NodeAddress> addresses, int index) {
        return new ClusterNode(new ClusterSettings(
                "test",
                addresses.get(index),
                0,
                false,
                addresses,
                "",
                new Secret("a secret"),
                new MaxDraining(1, 0),
                true));
    }

    private static TestGateway gateway(ClusterNode node) {
        return TestGateway.start(
                TestGateway.bootstrap(1),
                TestConfig.forwarding(Protocol.HTTP, upstream.port()),
                Extensions.NONE.withCluster(node));
    }

    @AfterAll
    static void close() {
        if (drained != null) {
            drained.close();
        }
        if (asked != null) {
            asked.close();
        }
        upstream.close();
    }

    private int drain(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine command = GatewayMain.commandLine();
        command.setOut(new PrintWriter(out));
        command.setErr(new PrintWriter(err));
        String[] all = new String[arguments.length + 3];
        all[0] = "drain";
        all[1] = "--admin";
        all[2] = "http://127.0.0.1:" + asked.adminPort();
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return command.execute(all);
    }

    private static String phase(TestGateway gateway) {
        return new JsonObject(gateway.admin("/drain").text()).getString("phase");
    }

    @Test
    void drainsAndWatchesAnotherNodeThroughThisOne() throws IOException {
        assertEquals(1, drain("--node", "nobody"));
        assertEquals(
                "sluice: http://127.0.0.1:" + asked.adminPort() + ": node=nobody (expected: one of " + near.self()
                        + ", " + far.self() + ")",
                err.toString().strip());

        // A stall of either's Hazelcast is a 504.
        Eventually.holds("told", () -> drain("--node", far.self(), "--lame-duck", "1h", "--deadline", "1m") == 0);
        // Two seconds more while it waits for its turn, less when the answer took a while.
        assertTrue(
                out.toString().matches("draining, at most 36(5\\d|6[0-2]) s; --watch shows how far it is\\R"),
                out::toString);
        Eventually.holds("it announces", () -> phase(drained).equals("announcing"));
        Eventually.holds("told otherwise", () -> drain("--node", far.self(), "--undrain") == 0);
        assertEquals("serving again", out.toString().strip());
        Eventually.holds("it serves", () -> phase(drained).equals("serving"));

        assertEquals(0, drain("--node", far.self(), "--watch", "--lame-duck", "4s"), err::toString);
        List<String> lines = out.toString().lines().toList();
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("announcing")), lines.toString());
        assertTrue(lines.get(lines.size() - 1).matches("drained in \\d+ s"), lines.toString());
        Eventually.get(drained.runtime().drained());

        assertEquals("serving", phase(asked));
        try (RawHttp1 client = RawHttp1.connect(asked.port())) {
            assertEquals("good", client.get("/").text());
        }
        assertEquals(0, drain("--node", near.self(), "--undrain"), err::toString);
    }
}
