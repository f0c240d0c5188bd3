package dev.sluice.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.config.GatewayConfig;
import dev.sluice.spi.DrainPermits.Permit;
import dev.sluice.spi.Extensions;
import dev.sluice.spi.NodeLeave;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH3Client;
import dev.sluice.testkit.RawH3Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The drain of a node as clients see it (correctness.md E8). */
final class DrainTest {

    private static final long REFUSED_STREAM = 7;
    private static final long H3_NO_ERROR = 0x100;
    private static final long H3_REQUEST_REJECTED = 0x10b;
    private static final long H3_EVERY_STREAM = (1L << 62) - 4;

    /** So many others that clients are told at once, and not over a long lame duck. */
    private static final class Crowd implements Permit {

        private final CountDownLatch released = new CountDownLatch(1);

        @Override
        public int survivors() {
            return 1_000_000;
        }

        @Override
        public void release() {
            released.countDown();
        }
    }

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private TestGateway start(GatewayConfig config, Duration lameDuck, Duration deadline, Extensions extensions) {
        Bootstrap bootstrap = new Bootstrap(
                Defaults.ADMIN_HOST,
                0,
                TestGateway.LOOPS,
                Bootstrap.Transport.AUTO,
                lameDuck,
                deadline,
                null,
                ClientTerms.UNLIMITED);
        return gateways.start(bootstrap, config, extensions);
    }

    private TestGateway start(int port, Duration lameDuck, Duration deadline) {
        return start(TestConfig.forwarding(Protocol.HTTP, port), lameDuck, deadline, Extensions.NONE);
    }

    private static GatewayConfig everyProtocol(Path directory, UpstreamServer upstream) throws IOException {
        return TestConfig.everyClient(TestCertificates.in(directory).leaf("leaf", "localhost"))
                .backend("app", Protocol.HTTP, upstream.port())
                .route("/", "app")
                .build();
    }

    @Row({"E8.0", "E8.1"})
    @Test
    void lameDuckTellsEverybodyAndServesAll(@TempDir Path directory) throws IOException {
        Crowd permit = new Crowd();
        Extensions extensions = Extensions.NONE.withOthers(patience -> Future.succeededFuture(permit), NodeLeave.NONE);
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"))) {
            TestGateway gateway = start(
                    everyProtocol(directory, upstream), Duration.ofMinutes(1), Duration.ofSeconds(10), extensions);
            int http = gateway.port("http");
            try (RawHttp1 h1 = RawHttp1.connect(http);
                    RawH2Client h2 = RawH2Client.connect(http);
                    RawH3Client h3 = RawH3Client.connect(gateway.port("https"))) {
                assertNull(h1.get("/").header("connection"));
                assertEquals("good", h2.get("/").text());
                assertEquals("good", h3.get("/").text());

                var unused = gateway.runtime().drain();
                assertEquals(new H2Frame.GoAway(Integer.MAX_VALUE, 0, "drain"), h2.awaitGoAway());
                assertEquals(H3_EVERY_STREAM, h3.awaitGoAway());
                assertEquals("good", h2.get("/").text(), "new streams are served");
                H2Response served = h3.newStream()
                        .unvalidated()
                        .headers(RawH3Client.head("GET", "/"), true)
                        .response();
                assertEquals("good", served.text(), "new streams are served");
                assertEquals("clear", served.header("alt-svc"));
                RawResponse last = h1.get("/");
                assertEquals("good", last.text());
                assertEquals("close", last.header("connection"));
                h1.awaitClosed();
                try (RawHttp1 late = RawHttp1.connect(http);
                        RawH2Client lateH2 = RawH2Client.connect(http)) {
                    assertEquals("good", late.get("/").text(), "new connections are served");
                    assertEquals("good", lateH2.get("/").text());
                    assertEquals(Integer.MAX_VALUE, lateH2.awaitGoAway().lastStreamId(), "and told");
                }
                assertEquals(503, gateway.admin("/readyz").status());
                assertEquals(200, gateway.admin("/livez").status());
                assertEquals(1, permit.released.getCount());

                // (called off) those that were told have been told; new ones are served as ever
                assertEquals(202, gateway.admin("POST", "/undrain").status());
                Eventually.holds("ready again", () -> gateway.admin("/readyz").status() == 200);
                assertEquals(0, permit.released.getCount());
                assertEquals(3, h2.awaitGoAway().lastStreamId());
                h2.awaitClosed();
                try (RawHttp1 again = RawHttp1.connect(http)) {
                    assertNull(again.get("/").header("connection"));
                    assertEquals("good", again.get("/").text());
                }
            }
        }
    }

    @Row({"E8.2", "E8.3", "E8.4"})
    @Test
    void stopsAcceptingAndFinishesWhatItHas(@TempDir Path directory) throws IOException {
        Gate gate = new Gate();
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"))) {
            upstream.on("/slow", Scripts.after(gate, Scripts.text("slow")));
            TestGateway gateway =
                    start(everyProtocol(directory, upstream), Duration.ZERO, Duration.ofSeconds(15), Extensions.NONE);
            int http = gateway.port("http");
            int https = gateway.port("https");
            try (RawHttp1 idle = RawHttp1.connect(http);
                    RawHttp1 busy = RawHttp1.connect(http);
                    RawH2Client idleH2 = RawH2Client.connect(http);
                    RawH2Client busyH2 = RawH2Client.connect(http);
                    RawH3Client busyH3 = RawH3Client.connect(https)) {
                assertEquals("good", idle.get("/").text());
                assertEquals("good", idleH2.get("/").text());
                RawHttp1 unused = busy.send("GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n");
                RawH2Stream stream = busyH2.open(RawH2Client.head("GET", "/slow"), true);
                RawH3Stream streamH3 = busyH3.open(RawH3Client.head("GET", "/slow"), true);
                Eventually.holds("all have come", () -> upstream.received().size() == 5);

                Future<Void> drained = gateway.runtime().drain();
                idle.awaitClosed();
                Eventually.holds("the listener refuses", () -> refuses(http));
                for (RawH2Client h2 : List.of(idleH2, busyH2)) {
                    assertEquals(new H2Frame.GoAway(Integer.MAX_VALUE, 0, "drain"), h2.awaitGoAway());
                    assertEquals(1, h2.awaitGoAway().lastStreamId());
                }
                idleH2.awaitClosed();
                assertEquals(
                        new H2Frame.Reset(REFUSED_STREAM),
                        busyH2.open(RawH2Client.head("GET", "/"), true).next());
                assertEquals(H3_EVERY_STREAM, busyH3.awaitGoAway());
                assertEquals(4, busyH3.awaitGoAway());
                assertEquals(
                        new H2Frame.Reset(H3_REQUEST_REJECTED),
                        busyH3.newStream()
                                .unvalidated()
                                .headers(RawH3Client.head("GET", "/"), true)
                                .next());
                assertFalse(drained.isComplete(), "waits for what is in flight");
                assertTrue(busyH2.isOpen());

                gate.open();
                RawResponse answer = busy.readFinal();
                assertEquals("slow", answer.text());
                assertEquals("close", answer.header("connection"));
                assertEquals("slow", stream.response().text());
                assertEquals("slow", streamH3.response().text());
                busyH2.awaitClosed();
                Eventually.get(drained);
                int unusedCode = busyH3.awaitCloseCode();
            }
        }
    }

    @Row("E8.4")
    @Test
    void idleConnectionsOutliveTheLameDuckByNothing() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"))) {
            TestGateway gateway = start(upstream.port(), Duration.ofSeconds(2), Duration.ofSeconds(60));
            try (RawHttp1 idle = RawHttp1.connect(gateway.port());
                    RawH2Client h2 = RawH2Client.connect(gateway.port())) {
                assertEquals("good", idle.get("/").text());
                assertEquals("good", h2.get("/").text());
                long start = System.nanoTime();
                Eventually.get(gateway.runtime().drain());
                long millis = (System.nanoTime() - start) / 1_000_000;
                assertTrue(millis >= 2000 && millis < 8000, millis + " ms (expected: two seconds and little more)");
                idle.awaitClosed();
                h2.awaitClosed();
            }
        }
    }

    @Test
    void anIdleHttp3ConnectionIsClosedAndNotForgotten(@TempDir Path directory) throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"))) {
            TestGateway gateway = start(
                    everyProtocol(directory, upstream), Duration.ofSeconds(2), Duration.ofSeconds(60), Extensions.NONE);
            try (RawH3Client h3 = RawH3Client.connect(gateway.port("https"))) {
                assertEquals("good", h3.get("/").text());
                Eventually.get(gateway.runtime().drain());
                assertEquals(H3_NO_ERROR, h3.awaitCloseCode());
            }
        }
    }

    @Test
    void forcedItEndsAtOnce() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.stall())) {
            TestGateway gateway = start(upstream.port(), Duration.ZERO, Duration.ofSeconds(60));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
                var request = upstream.take();
                Future<Void> drained = gateway.runtime().drain();
                int port = gateway.port();
                Eventually.holds("the listener refuses", () -> refuses(port));
                assertFalse(drained.isComplete());
                Eventually.get(gateway.runtime().force("a test says so"));
                var unused = request.awaitBroken();
                client.awaitClosed();
            }
        }
    }

    @Row("E8.6")
    @Test
    void deadlineForces() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.stall())) {
            TestGateway gateway = start(upstream.port(), Duration.ZERO, Duration.ofSeconds(1));
            try (RawH2Client client = RawH2Client.connect(gateway.port());
                    RawHttp1 h1 = RawHttp1.connect(gateway.port())) {
                var stream = client.open(RawH2Client.head("GET", "/"), true);
                RawHttp1 unusedSent = h1.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
                var unused = upstream.take();
                var unusedOther = upstream.take();
                Eventually.get(gateway.runtime().drain());
                assertEquals(503, stream.response().status());
                assertEquals(503, h1.readFinal().status());
                h1.awaitClosed();
            }
            assertThrows(ConnectException.class, () -> RawHttp1.connect(gateway.port()));
        }
    }

    @Row({"E8.5", "E8.6"})
    @Test
    void aStreamOfEventsRunsUntilTheDeadline() throws IOException {
        Gate first = new Gate();
        Gate second = new Gate();
        Gate never = new Gate();
        try (UpstreamServer upstream = UpstreamServer.http1(
                Scripts.gated(List.of(first, second, never), List.of("data: 1\n\n", "data: 2\n\n", "data: 3\n\n")))) {
            TestGateway gateway = start(upstream.port(), Duration.ZERO, Duration.ofSeconds(2));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                RawH2Stream stream = client.open(RawH2Client.head("GET", "/events"), true);
                first.open();
                assertEquals(200, stream.nextHeaders().status());
                assertEquals(
                        "data: 1\n\n", new String(stream.nextData().bytes(), java.nio.charset.StandardCharsets.UTF_8));
                Future<Void> drained = gateway.runtime().drain();
                assertEquals(1, client.awaitGoAway().lastStreamId() & 1);
                assertEquals(1, client.awaitGoAway().lastStreamId());
                second.open();
                assertEquals(
                        "data: 2\n\n", new String(stream.nextData().bytes(), java.nio.charset.StandardCharsets.UTF_8));
                assertEquals(new H2Frame.Reset(2), stream.next(), "nobody can take it for the end");
                Eventually.get(drained);
            } finally {
                never.open();
            }
        }
    }

    @Row("E8.7")
    @Test
    void leavesWhenNothingIsLeft() throws IOException {
        Gate gate = new Gate();
        Crowd permit = new Crowd();
        CountDownLatch left = new CountDownLatch(1);
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.after(gate, Scripts.text("good")))) {
            Extensions extensions = Extensions.NONE.withOthers(patience -> Future.succeededFuture(permit), () -> {
                if (permit.released.getCount() == 0) {
                    left.countDown();
                }
                return Future.failedFuture("no cluster to leave, and it does not matter");
            });
            TestGateway gateway = start(
                    TestConfig.forwarding(Protocol.HTTP, upstream.port()),
                    Duration.ZERO,
                    Duration.ofSeconds(15),
                    extensions);
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                RawHttp1 unused = client.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
                gate.awaitReached();
                int port = gateway.port();
                Future<Void> drained = gateway.runtime().drain();
                Eventually.holds("the listener refuses", () -> refuses(port));
                assertEquals(1, left.getCount());
                gate.open();
                assertEquals("good", client.readFinal().text());
                Eventually.get(drained);
                assertEquals(0, left.getCount());
            }
        }
    }

    private static boolean refuses(int port) {
        try {
            RawHttp1.connect(port).close();
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
