package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.TestConfig;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a client's connection keeps on the heap after a request. */
final class IdleConnectionMemoryTest {

    private static final int CONNECTIONS = 2_000;

    /** Bytes a connection, half a KiB of them the test's own. A third to spare. */
    private static final int BUDGET = 4_800;

    private static final ByteBuffer REQUEST =
            ByteBuffer.wrap("GET /none HTTP/1.1\r\nhost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final List<SocketChannel> clients = new ArrayList<>();
    private final ByteBuffer answer = ByteBuffer.allocateDirect(4096);

    @Test
    void staysWithinItsBudget() throws IOException {
        int port = gateways.start(TestConfig.create().http("http").build()).port();
        try {
            open(port, 200); // what is there once, however many connections there are
            long before = usedHeap();
            open(port, CONNECTIONS);
            long each = (usedHeap() - before) / CONNECTIONS;
            assertTrue(each <= BUDGET, () -> each + " bytes (expected: at most " + BUDGET + ")");
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    private void open(int port, int count) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        for (int i = 0; i < count; i++) {
            SocketChannel client = SocketChannel.open(address);
            clients.add(client);
            client.write(REQUEST.duplicate());
            answer.clear();
            client.read(answer);
            assertEquals(
                    "HTTP/1.1 404",
                    StandardCharsets.US_ASCII
                            .decode(answer.flip())
                            .subSequence(0, 12)
                            .toString());
        }
    }

    private static long usedHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc(); // what waits for a reference handler goes with the next
        }
        // What was left by the collection: the buffers in which threads allocate since are counted whole.
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .map(MemoryPoolMXBean::getCollectionUsage)
                .mapToLong(MemoryUsage::getUsed)
                .sum();
    }
}
