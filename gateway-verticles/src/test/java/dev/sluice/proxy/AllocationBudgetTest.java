package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What an exchange allocates on the event loops, in bytes of heap, which is the same on every machine. The budgets
 * leave a tenth for differences between JDKs and transports; what raises one must be worth it. A body that is copied anywhere costs
 * its own size and fails at once.
 */
class AllocationBudgetTest {

    private static final int WARM_UP = 3_000;
    private static final int REQUESTS = 2_000;
    private static final int MIB = 1024 * 1024;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();

    /** One step of work: a request with its answer. */
    private interface Request {
        void send() throws IOException;
    }

    @BeforeEach
    void withoutLeakRecords() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }

    @AfterEach
    void withLeakRecords() {
        ResourceLeakDetector.setLevel(level);
    }

    @Test
    void smallHttp1() throws IOException {
        String answer = "HTTP/1.1 200 OK\r\ndate: Sat, 21 Nov 2026 10:00:00 GMT\r\nserver: x\r\n"
                + "content-type: text/plain\r\ncontent-length: 128\r\n\r\n" + "a".repeat(128);
        try (RawUpstream upstream = RawUpstream.answering(answer);
                TestGateway gateway = TestGateway.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
                RawHttp1 client = RawHttp1.connect(gateway.port())) {
            long bytes = perRequest(
                    gateway,
                    WARM_UP,
                    REQUESTS,
                    () -> assertEquals(200, client.get("/bytes/128").status()));
            assertWithin(4_200, bytes);
        }
    }

    @Test
    void smallHttp2() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.h2c(Scripts.text("a".repeat(128)));
                TestGateway gateway = TestGateway.start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
                RawH2Client client = RawH2Client.connect(gateway.port())) {
            long bytes = perRequest(
                    gateway,
                    WARM_UP,
                    REQUESTS,
                    () -> assertEquals(200, client.get("/bytes/128").status()));
            assertWithin(22_000, bytes);
        }
    }

    @Test
    void aMebibyteDownHttp1() throws IOException {
        String answer = "HTTP/1.1 200 OK\r\ncontent-length: " + MIB + "\r\n\r\n" + "a".repeat(MIB);
        try (RawUpstream upstream = RawUpstream.answering(answer);
                TestGateway gateway = TestGateway.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
                RawHttp1 client = RawHttp1.connect(gateway.port())) {
            long bytes = perRequest(
                    gateway, 100, 100, () -> assertEquals(MIB, client.get("/").body().length));
            assertWithin(100_000, bytes);
        }
    }

    @Test
    void aMebibyteUpHttp1() throws IOException {
        byte[] body = new byte[MIB];
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                TestGateway gateway = TestGateway.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
                RawHttp1 client = RawHttp1.connect(gateway.port())) {
            long bytes = perRequest(gateway, 100, 100, () -> {
                var unused = client.sendHead("POST / HTTP/1.1", "host: a", "content-length: " + MIB)
                        .send(body);
                assertEquals(200, client.readResponse().status());
            });
            // What arrives while the upstream does not keep up waits in Vert.x's queue, as a copy.
            assertWithin(700_000, bytes);
        }
    }

    private long perRequest(TestGateway gateway, int warmUp, int requests, Request request) throws IOException {
        long[] loops = loops(gateway);
        for (int i = 0; i < warmUp; i++) {
            request.send();
        }
        long before = allocated(loops);
        for (int i = 0; i < requests; i++) {
            request.send();
        }
        return (allocated(loops) - before) / requests;
    }

    private long allocated(long[] loops) {
        long sum = 0;
        for (long bytes : threads.getThreadAllocatedBytes(loops)) {
            sum += bytes;
        }
        return sum;
    }

    private static long[] loops(TestGateway gateway) {
        List<Long> ids = new ArrayList<>();
        ((VertxInternal) gateway.vertx())
                .nettyEventLoopGroup()
                .forEach(loop -> ids.add(
                        ((SingleThreadEventExecutor) loop).threadProperties().id()));
        return ids.stream().mapToLong(Long::longValue).toArray();
    }

    private static void assertWithin(long budget, long bytes) {
        assertTrue(bytes <= budget, bytes + " bytes an exchange (expected: at most " + budget + ")");
        assertTrue(bytes > 1_000, bytes + " bytes an exchange is too little to be true");
    }
}
