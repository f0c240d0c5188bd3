package dev.sluice.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.FilterSpec.Custom;
import dev.sluice.config.GatewayConfig;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.FilterContext;
import dev.sluice.filter.FilterFactory;
import dev.sluice.filter.HttpFilter;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ports that the system chooses, for TCP and UDP together. */
final class SharedPortTest {

    /** Two fifths of Linux' ephemeral ports: of as many listeners one in two hundred runs would meet none of them. */
    private static final int TAKEN = 12_000;

    private static final int LISTENERS = 10;

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final List<DatagramChannel> taken = new ArrayList<>();

    @AfterEach
    void giveBack() throws IOException {
        for (DatagramChannel channel : taken) {
            channel.close();
        }
    }

    @Test
    void isFreeForTcpAndUdp() throws IOException {
        for (int i = 0; i < TAKEN; i++) {
            DatagramChannel channel = DatagramChannel.open();
            taken.add(channel);
            var unused = channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        }
        TestGateway gateway = gateways.start(listeners());
        assertOnePortEach(gateway);
        for (int i = 0; i < LISTENERS; i++) {
            String listener = "/listeners/default/gw/https" + i;
            assertEquals(
                    202, gateway.admin("POST", listener + "/drain?lameDuck=0s").status());
            Eventually.holds("it is closed", () -> gateway.runtime().sockets().size() == LISTENERS);
            assertEquals(202, gateway.admin("POST", listener + "/undrain").status());
            Eventually.holds(
                    "it is open again", () -> gateway.runtime().sockets().size() > LISTENERS);
        }
        assertOnePortEach(gateway);
    }

    private static void assertOnePortEach(TestGateway gateway) {
        Eventually.holds("each has one port, with HTTP/3, and so has the admin API", () -> {
            List<BoundSocket> sockets = gateway.runtime().sockets();
            return sockets.size() == LISTENERS + 1
                    && sockets.subList(0, LISTENERS).stream()
                            .allMatch(socket -> socket.protocols().contains("HTTP/3"));
        });
    }

    @Test
    void everyLoopServesItsOwnConnections() throws IOException {
        TestGateway gateway = gateways.start(TestConfig.create()
                .certificate("leaf", TestCertificates.local())
                .http3(Http3.REQUIRED)
                .https("https", "leaf")
                .backend("app", Protocol.HTTP, 9)
                .route(TestConfig.rule("/")
                        .filter(new Custom(TestConfig.key("where"), Where.class.getName(), new JsonObject()))
                        .to("app"))
                .build());
        Set<String> seen = new TreeSet<>();
        for (int i = 0; i < 4 * TestGateway.LOOPS; i++) {
            try (RawHttp1 client =
                    RawHttp1.connectTls(gateway.port("https"), TestCertificates.trustAll(), "localhost")) {
                seen.add(client.get("/").text());
            }
        }
        // As many pairs as loops and as threads: no loop is served by two threads, and no thread serves two loops.
        assertEquals(TestGateway.LOOPS, seen.size(), seen::toString);
        assertEquals(
                TestGateway.LOOPS,
                seen.stream().map(pair -> pair.split(" ", -1)[0]).distinct().count(),
                seen::toString);
        assertEquals(
                TestGateway.LOOPS,
                seen.stream().map(pair -> pair.split(" ", -1)[1]).distinct().count(),
                seen::toString);
    }

    /** Answers with the number of the loop and the name of the thread. */
    public static final class Where implements FilterFactory {
        @Override
        public HttpFilter create(JsonObject config) {
            return new HttpFilter() {
                @Override
                public FilterAction onRequest(FilterContext exchange) {
                    String[] id = exchange.connection().id().split("-", -1);
                    String thread = Thread.currentThread().getName();
                    return exchange.reply(200, Buffer.buffer(id[id.length - 2] + " " + thread));
                }
            };
        }
    }

    private static GatewayConfig listeners() {
        TestConfig config = TestConfig.create()
                .certificate("leaf", TestCertificates.local())
                .http3(Http3.REQUIRED);
        IntStream.range(0, LISTENERS).forEach(i -> config.https("https" + i, "leaf"));
        return config.build();
    }
}
