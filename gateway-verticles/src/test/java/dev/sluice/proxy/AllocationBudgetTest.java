package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.FilterSpec.RateLimit;
import dev.sluice.config.RateLimitTerms;
import dev.sluice.config.RateLimitTerms.KeySource;
import dev.sluice.config.RateLimitTerms.LimitKey;
import dev.sluice.config.RateLimitTerms.Mode;
import dev.sluice.config.RateLimitTerms.OnClusterLoss;
import dev.sluice.config.RateLimitTerms.Quota;
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
import java.time.Duration;
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

    private static final int ROUNDS = 12;
    private static final int REQUESTS = 2_000;
    private static final int BODIES = 100;
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
            assertWithin(
                    4_200,
                    gateway,
                    REQUESTS,
                    () -> assertEquals(200, client.get("/bytes/128").status()));
        }
    }

    /** Beyond that of the first test: the two header fields, and what remembers the request's bucket until its response. */
    @Test
    void rateLimitedHttp1() throws IOException {
        RateLimit limit = new RateLimit(
                TestConfig.key("limit"),
                new RateLimitTerms(
                        List.of(new RateLimitTerms.Rule(
                                new LimitKey(KeySource.CLIENT_IP, "", false),
                                new Quota(1_000_000, Duration.ofSeconds(1), 1_000_000))),
                        Mode.LOCAL,
                        OnClusterLoss.LOCAL_SHARE,
                        true));
        String answer = "HTTP/1.1 200 OK\r\ndate: Sat, 21 Nov 2026 10:00:00 GMT\r\nserver: x\r\n"
                + "content-type: text/plain\r\ncontent-length: 128\r\n\r\n" + "a".repeat(128);
        try (RawUpstream upstream = RawUpstream.answering(answer);
                TestGateway gateway = TestGateway.start(TestConfig.create()
                        .http("web")
                        .backend("app", Protocol.HTTP, upstream.port())
                        .route(TestConfig.rule("/").filter(limit).to("app"))
                        .build());
                RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertWithin(
                    4_900,
                    gateway,
                    REQUESTS,
                    () -> assertEquals(200, client.get("/bytes/128").status()));
        }
    }

    @Test
    void smallHttp2() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.h2c(Scripts.text("a".repeat(128)));
                TestGateway gateway = TestGateway.start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
                RawH2Client client = RawH2Client.connect(gateway.port())) {
            assertWithin(
                    22_000,
                    gateway,
                    REQUESTS,
                    () -> assertEquals(200, client.get("/bytes/128").status()));
        }
    }

    @Test
    void aMebibyteDownHttp1() throws IOException {
        String answer = "HTTP/1.1 200 OK\r\ncontent-length: " + MIB + "\r\n\r\n" + "a".repeat(MIB);
        try (RawUpstream upstream = RawUpstream.answering(answer);
                TestGateway gateway = TestGateway.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
                RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertWithin(
                    100_000,
                    gateway,
                    BODIES,
                    () -> assertEquals(MIB, client.get("/").body().length));
        }
    }

    @Test
    void aMebibyteUpHttp1() throws IOException {
        byte[] body = new byte[MIB];
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                TestGateway gateway = TestGateway.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
                RawHttp1 client = RawHttp1.connect(gateway.port())) {
            // What arrives while the upstream does not keep up waits in Vert.x's queue, as a copy.
            assertWithin(700_000, gateway, BODIES, () -> {
                var unused = client.sendHead("POST / HTTP/1.1", "host: a", "content-length: " + MIB)
                        .send(body);
                assertEquals(200, client.readResponse().status());
                assertEquals(MIB, upstream.take().body().length);
            });
        }
    }

    /**
     * Runs rounds until one stays within the budget, which is the budget of compiled code: how soon the JVM's compilers
     * get to it depends on what else the machine does. What is allocated on purpose is allocated in every round.
     */
    private void assertWithin(long budget, TestGateway gateway, int requests, Request request) throws IOException {
        long[] loops = loops(gateway);
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && least > budget; round++) {
            long before = allocated(loops);
            for (int i = 0; i < requests; i++) {
                request.send();
            }
            least = Math.min(least, (allocated(loops) - before) / requests);
        }
        assertTrue(least <= budget, least + " bytes an exchange (expected: at most " + budget + ")");
        assertTrue(least > 1_000, least + " bytes an exchange is too little to be true");
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
}
