package dev.sluice.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a run promises whatever the protocol. */
@SuppressWarnings("FutureReturnValueIgnored") // answers that come late on purpose
final class RunTest {

    private static final String OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    private final LoadGenerator generator = new LoadGenerator(2, Duration.ofMillis(400));

    @AfterEach
    void close() {
        generator.close();
    }

    @Test
    void requestsDueDuringAStallShowIt() {
        AtomicInteger requests = new AtomicInteger();
        // The server's only loop stands still once: every connection waits, and 120 requests come due.
        try (TcpServer server = server(new Http1Script(ctx -> {
            if (requests.incrementAndGet() == 100) {
                LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
            }
            Http1Script.write(ctx, OK);
        }))) {
            LoadResult result = generator.run(Plans.constantRate(server.address(), 400));

            assertEquals("", result.firstFailure());
            assertEquals(400, result.completed());
            assertEquals(400, requests.get());
            assertTrue(result.p99().toMillis() >= 250, result.toString());
        }
    }

    @Test
    void keepsToItsRate() {
        try (TcpServer server = server(Http1Script.bytes(OK))) {
            LoadResult result = generator.run(Plans.constantRate(server.address(), 100));

            assertEquals(100, result.completed());
            assertEquals(0, result.failed());
            assertTrue(result.elapsed().toMillis() >= 980, result.toString());
        }
    }

    @Test
    void opensAConnectionForEveryRequest() {
        try (TcpServer server = server(Http1Script.bytes(OK))) {
            LoadResult result = generator.run(Plans.newConnectionEach(Protocol.HTTP1, server.address()));

            assertEquals("", result.firstFailure());
            assertTrue(result.completed() > 2, result.toString());
            assertEquals(result.completed(), server.accepted());
        }
    }

    @Test
    void endsThoughNothingIsAnswered() {
        try (TcpServer server = server(new Http1Script(ctx -> {}))) {
            long begin = System.nanoTime();
            LoadResult busy = generator.run(Plans.busy(Protocol.HTTP1, server.address(), Plans.SMALL));
            LoadResult constant = generator.run(Plans.constantRate(server.address(), 100));

            assertEquals(0, busy.completed());
            assertEquals(2, busy.failed());
            assertEquals("no answer within 400 ms of the end", busy.firstFailure());
            assertEquals(0, constant.completed());
            assertEquals(100, constant.failed());
            assertTrue(System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(5));
        }
    }

    @Test
    void endsThoughNoConnectionOpens() {
        try (TcpServer server = server(new Http1Script(ctx -> {}))) {
            LoadResult result = generator.run(Plans.busy(Protocol.H2C, server.address(), Plans.SMALL));

            assertEquals(0, result.completed());
            assertEquals(2, result.failed());
            assertEquals("connection not open after 400 ms", result.firstFailure());
        }
    }

    @Test
    void holdsIdleConnections() throws Exception {
        try (TcpServer server = server(Http1Script.bytes(OK))) {
            AutoCloseable idle = generator.idle(Protocol.HTTP1, server.address(), 300, Plans.SMALL);
            assertEquals(300, server.open());
            idle.close();
            long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
            while (server.open() > 0 && System.nanoTime() < limit) {
                Thread.onSpinWait();
            }
            assertEquals(0, server.open());
            assertEquals(300, server.accepted());
        }
    }

    @Test
    void saysWhenIdleConnectionsFail() {
        try (TcpServer server = server(Http1Script.bytes("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n"))) {
            IllegalStateException failure = assertThrows(
                    IllegalStateException.class,
                    () -> generator.idle(Protocol.HTTP1, server.address(), 3, Plans.SMALL));
            assertTrue(failure.toString().endsWith("status 503 (expected: 200)"), failure.toString());
        }
    }

    private static TcpServer server(Http1Script script) {
        return new TcpServer(null, () -> List.of(script));
    }
}
