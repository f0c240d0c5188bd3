package dev.sluice.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.GatewayConfig;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
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
        List<BoundSocket> sockets = gateway.runtime().sockets();
        assertEquals(LISTENERS + 1, sockets.size(), () -> sockets + " (expected: the listeners and the admin API)");
        sockets.subList(0, LISTENERS)
                .forEach(socket -> assertTrue(socket.protocols().contains("HTTP/3"), socket::toString));
    }

    private static GatewayConfig listeners() {
        TestConfig config = TestConfig.create()
                .certificate("leaf", TestCertificates.local())
                .http3(Http3.REQUIRED);
        IntStream.range(0, LISTENERS).forEach(i -> config.https("https" + i, "leaf"));
        return config.build();
    }
}
