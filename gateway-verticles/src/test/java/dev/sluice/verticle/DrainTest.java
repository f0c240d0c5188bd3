package dev.sluice.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.spi.Extensions;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The drain state machine as clients see it (correctness.md E8). */
final class DrainTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private TestGateway start(int port, Duration lameDuck, Duration deadline) {
        Bootstrap bootstrap = new Bootstrap(
                Defaults.ADMIN_HOST,
                0,
                TestGateway.LOOPS,
                Bootstrap.Transport.AUTO,
                lameDuck,
                deadline,
                null,
                ClientTerms.UNLIMITED);
        return gateways.start(bootstrap, TestConfig.forwarding(Protocol.HTTP, port), Extensions.NONE);
    }

    @Test
    void servesThenRefusesThenFinishes() throws IOException {
        Gate gate = new Gate();
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"))) {
            upstream.on("/slow", Scripts.after(gate, Scripts.text("slow")));
            TestGateway gateway = start(upstream.port(), Duration.ofSeconds(1), Duration.ofSeconds(10));
            int port = gateway.port();
            try (RawHttp1 idle = RawHttp1.connect(port);
                    RawHttp1 slow = RawHttp1.connect(port);
                    RawH2Client h2 = RawH2Client.connect(port)) {
                assertEquals("good", idle.get("/").text());
                assertEquals("good", h2.get("/").text());
                slow.send("GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n");
                RawH2Stream slowStream = h2.open(RawH2Client.head("GET", "/slow"), true);
                gate.awaitReached();

                Future<Void> drained = gateway.runtime().drain();
                H2Frame.GoAway announced = h2.awaitGoAway();
                assertEquals(Integer.MAX_VALUE, announced.lastStreamId());
                assertEquals(0, announced.code());
                assertEquals("good", h2.get("/").text(), "lame duck: new streams are served");
                var response = idle.get("/");
                assertEquals("good", response.text());
                assertEquals("close", response.header("connection"));
                idle.awaitClosed();
                try (RawHttp1 late = RawHttp1.connect(port)) {
                    assertEquals("good", late.get("/").text(), "lame duck: new connections are served");
                }
                assertEquals(503, gateway.admin("/readyz").status());
                assertEquals(200, gateway.admin("/livez").status());

                Eventually.holds("the listener refuses", () -> refuses(port));
                assertFalse(drained.isComplete(), "waits for what is in flight");
                gate.open();
                assertEquals("slow", slow.readFinal().text());
                var last = slowStream.response();
                assertEquals("slow", last.text());
                assertTrue(last.complete());
                Eventually.get(drained);
            }
        }
    }

    @Test
    void secondDrainForces() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.stall())) {
            TestGateway gateway = start(upstream.port(), Duration.ZERO, Duration.ofSeconds(60));
            try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
                client.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
                var request = upstream.take();
                Future<Void> drained = gateway.runtime().drain();
                int port = gateway.port();
                Eventually.holds("the listener refuses", () -> refuses(port));
                assertFalse(drained.isComplete());
                Eventually.get(gateway.runtime().drain());
                var unused = request.awaitBroken();
                client.awaitClosed();
            }
        }
    }

    @Test
    void deadlineForces() throws IOException {
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.stall())) {
            TestGateway gateway = start(upstream.port(), Duration.ZERO, Duration.ofSeconds(1));
            try (RawH2Client client = RawH2Client.connect(gateway.port())) {
                var stream = client.open(RawH2Client.head("GET", "/"), true);
                var unused = upstream.take();
                Eventually.get(gateway.runtime().drain());
                var cut = stream.response();
                assertFalse(!cut.headers().isEmpty() && cut.status() == 200, "never a made-up success");
            }
            assertThrows(ConnectException.class, () -> RawHttp1.connect(gateway.port()));
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
