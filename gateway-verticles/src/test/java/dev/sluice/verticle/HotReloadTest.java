package dev.sluice.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ConfigProblem;
import dev.sluice.config.ConfigResult;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Configuration changes while traffic flows. */
final class HotReloadTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer one = UpstreamServer.http1(Scripts.text("one"));
    private final UpstreamServer two = UpstreamServer.http1(Scripts.text("two"));

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    @Test
    void losesNoRequestUnderLoad() {
        TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, one.port()));
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger served = new AtomicInteger();
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(CompletableFuture.runAsync(
                    () -> load(gateway.port(), stop, served), task -> new Thread(task).start()));
        }
        for (int reload = 0; reload < 6; reload++) {
            UpstreamServer now = reload % 2 == 0 ? two : one;
            gateway.reload(TestConfig.forwarding(Protocol.HTTP, now.port()));
            String expected = reload % 2 == 0 ? "two" : "one";
            Eventually.holds(
                    "the new route serves",
                    () -> expected.equals(get(gateway.port()).text()));
        }
        stop.set(true);
        clients.forEach(CompletableFuture::join);
        assertTrue(served.get() > 100, () -> served + " requests");
    }

    @Test
    void keepsTheLastGoodConfigurationAndSaysWhy() {
        TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, one.port()));
        gateway.reload(new ConfigResult.Rejected(
                List.of(new ConfigProblem("routes.yaml", 3, 7, "/spec/rules", "1 (expected: an array)"))));
        Eventually.holds("the rejection is seen", () -> Double.valueOf(0)
                .equals(gateway.metric("gateway_config_last_reload_successful")));
        assertEquals("one", get(gateway.port()).text());
        String problems = gateway.admin("/config/problems").text();
        assertTrue(problems.contains("routes.yaml"), problems);
        assertTrue(problems.contains("1 (expected: an array)"), problems);
        assertEquals(200, gateway.admin("/readyz").status());

        gateway.reload(TestConfig.forwarding(Protocol.HTTP, two.port()));
        Eventually.holds(
                "the mended configuration serves",
                () -> get(gateway.port()).text().equals("two"));
        assertEquals(1.0, gateway.metric("gateway_config_last_reload_successful"));
    }

    @Test
    void letsAnExchangeKeepTheTableItTook() throws IOException {
        Gate gate = new Gate();
        one.on("/slow", Scripts.after(gate, Scripts.text("slow one")));
        TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, one.port()));
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.send("GET /slow HTTP/1.1\r\nHost: a.example\r\n\r\n");
            gate.awaitReached();
            gateway.reload(TestConfig.forwarding(Protocol.HTTP, two.port()));
            Eventually.holds("the new route serves", () -> "two"
                    .equals(get(gateway.port()).text()));
            gate.open();
            assertEquals("slow one", client.readResponse().text());
            assertEquals("two", client.get("/").text(), "the connection's next request takes the new table");
        }
    }

    @Test
    void opensAndClosesListeners() throws IOException {
        TestGateway gateway = gateways.start(TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, one.port())
                .route("/", "app")
                .build());
        gateway.reload(TestConfig.create()
                .http("http")
                .http("second")
                .backend("app", Protocol.HTTP, one.port())
                .route("/", "app")
                .build());
        Eventually.holds(
                "the second socket is open", () -> gateway.runtime().sockets().size() == 3);
        assertEquals("one", get(gateway.port("second")).text());
        int closing = gateway.port("second");
        gateway.reload(TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, two.port())
                .route("/", "app")
                .build());
        Eventually.holds(
                "the second socket is closed", () -> gateway.runtime().sockets().size() == 2);
        Eventually.holds("its port refuses", () -> refuses(closing));
        assertEquals("two", get(gateway.port("http")).text());
    }

    private static void load(int port, AtomicBoolean stop, AtomicInteger served) {
        try (RawHttp1 client = RawHttp1.connect(port)) {
            while (!stop.get()) {
                RawResponse response = client.get("/");
                assertEquals(200, response.status());
                assertTrue(response.complete());
                served.incrementAndGet();
            }
        } catch (IOException e) {
            throw new AssertionError("a request was lost", e);
        }
    }

    private static RawResponse get(int port) {
        try (RawHttp1 client = RawHttp1.connect(port)) {
            return client.get("/");
        } catch (IOException e) {
            throw new AssertionError("GET /", e);
        }
    }

    private static boolean refuses(int port) {
        try (RawHttp1 client = RawHttp1.connect(port)) {
            return !client.isOpen();
        } catch (IOException refused) {
            return true;
        }
    }
}
