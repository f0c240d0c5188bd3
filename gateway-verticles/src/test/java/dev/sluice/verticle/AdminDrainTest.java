package dev.sluice.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.ShownUpstreams;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Drains that the admin API is told, of the node and of its parts. */
final class AdminDrainTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"));

    @AfterEach
    void close() {
        upstream.close();
    }

    private TestGateway start() {
        return gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
    }

    private static JsonObject json(int status, RawResponse response) {
        assertEquals(status, response.status(), response.text());
        return new JsonObject(response.text());
    }

    private static RawResponse send(TestGateway gateway, String... head) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.adminPort())) {
            return client.sendHead(head).readResponse();
        }
    }

    @Row("E8.0")
    @Test
    void showsHowFarItIsAndIsCalledOff() throws IOException {
        Gate gate = new Gate();
        upstream.on("/slow", Scripts.after(gate, Scripts.text("slow")));
        TestGateway gateway = start();
        assertEquals("serving", json(200, gateway.admin("/drain")).getString("phase"));
        try (RawH2Client h2 = RawH2Client.connect(gateway.port());
                RawHttp1 h1 = RawHttp1.connect(gateway.port())) {
            assertEquals("good", h1.get("/").text());
            var stream = h2.open(RawH2Client.head("GET", "/slow"), true);
            var call = h2.open(RawH2Client.head("POST", "/slow").set("content-type", "application/grpc"), true);
            Eventually.holds("both are there", () -> upstream.received().size() == 3);

            assertEquals(
                    202, gateway.admin("POST", "/drain?lameDuck=1h&deadline=1m").status());
            Eventually.holds(
                    "it has begun",
                    () -> json(200, gateway.admin("/drain")).getString("phase").equals("announcing"));
            JsonObject shown = json(200, gateway.admin("/drain"));
            long left = shown.getLong("remainingMillis");
            assertTrue(left > 3_600_000 && left <= 3_660_000, shown.encode());
            assertEquals(left - 60_000, shown.getLong("acceptingMillis"));
            assertEquals(
                    new JsonObject("{\"h1\":0,\"h2\":1,\"h3\":0,\"websocket\":0,\"grpc\":1}"),
                    shown.getJsonObject("inFlight"));
            assertEquals(new JsonObject("{\"h1\":1,\"h2\":1,\"h3\":0}"), shown.getJsonObject("connections"));
            assertEquals(503, gateway.admin("/readyz").status());

            assertEquals(202, gateway.admin("DELETE", "/drain").status());
            Eventually.holds("ready again", () -> gateway.admin("/readyz").status() == 200);
            assertNull(h1.get("/").header("connection"));
            gate.open();
            assertEquals("slow", stream.response().text());
            assertEquals("slow", call.response().text());
        }
        assertEquals(202, gateway.admin("POST", "/drain?lameDuck=0s").status());
        Eventually.get(gateway.runtime().drained());
        RawResponse late = gateway.admin("POST", "/undrain");
        assertEquals(
                "phase=done (expected: waiting or announcing)", json(409, late).getString("error"));
    }

    @Test
    void changesNothingForWebPagesAndWrongRequests() throws IOException {
        TestGateway gateway = start();
        RawResponse page = send(
                gateway,
                "POST /drain HTTP/1.1",
                "host: 127.0.0.1:9000",
                "origin: http://127.0.0.1:9000",
                "content-length: 0");
        assertEquals(
                "a web page may not do this (expected: a request without Origin)",
                json(403, page).getString("error"));
        assertEquals(
                "deadline=soon (expected: a duration such as 10s)",
                json(400, gateway.admin("POST", "/drain?deadline=soon")).getString("error"));
        RawResponse put = gateway.admin("PUT", "/drain");
        assertEquals("PUT (expected: DELETE, GET, HEAD or POST)", json(405, put).getString("error"));
        assertEquals("DELETE, GET, HEAD, POST", put.header("allow"));
        assertEquals(405, gateway.admin("/undrain").status());
        assertEquals("serving", json(200, gateway.admin("/drain")).getString("phase"));
        assertEquals(200, gateway.admin("/readyz").status());
    }

    @Test
    void drainsOneListenerAndOpensItAgain() throws IOException {
        TestGateway gateway = gateways.start(TestConfig.create()
                .http("one")
                .http("two")
                .backend("app", Protocol.HTTP, upstream.port())
                .route("/", "app")
                .build());
        int one = gateway.port("one");
        try (RawHttp1 client = RawHttp1.connect(one);
                RawH2Client h2 = RawH2Client.connect(one);
                RawHttp1 other = RawHttp1.connect(gateway.port("two"))) {
            assertEquals("good", client.get("/").text());
            assertEquals("good", h2.get("/").text());
            assertEquals("good", other.get("/").text());
            assertEquals(
                    404,
                    gateway.admin("POST", "/listeners/default/gw/three/drain").status());
            assertEquals(
                    202,
                    gateway.admin("POST", "/listeners/default/gw/one/drain").status());
            client.awaitClosed();
            assertEquals(Integer.MAX_VALUE, h2.awaitGoAway().lastStreamId());
            assertEquals(1, h2.awaitGoAway().lastStreamId());
            h2.awaitClosed();
            Eventually.holds("the listener refuses", () -> refuses(one));
            assertNull(other.get("/").header("connection"));
            assertEquals(200, gateway.admin("/readyz").status());
            JsonObject shown = json(200, gateway.admin("/listeners"));
            assertEquals("[\"default/gw/one\"]", shown.getJsonArray("draining").encode());
            Eventually.holds(
                    "only the other socket is open",
                    () -> json(200, gateway.admin("/listeners"))
                                    .getJsonArray("sockets")
                                    .size()
                            == 1);

            assertEquals(
                    202,
                    gateway.admin("POST", "/listeners/default/gw/one/undrain").status());
            Eventually.holds(
                    "both are open",
                    () -> json(200, gateway.admin("/listeners"))
                                    .getJsonArray("sockets")
                                    .size()
                            == 2);
            try (RawHttp1 again = RawHttp1.connect(gateway.port("one"))) {
                assertEquals("good", again.get("/").text());
                assertNull(again.get("/").header("connection"));
            }
        }
    }

    @Test
    void drainsOneConnection() throws IOException {
        TestGateway gateway = start();
        try (RawH2Client h2 = RawH2Client.connect(gateway.port());
                RawHttp1 other = RawHttp1.connect(gateway.port())) {
            assertEquals("good", h2.get("/").text());
            String id = json(200, gateway.admin("/connections"))
                    .getJsonArray("connections")
                    .getJsonObject(0)
                    .getString("id");
            assertEquals("good", other.get("/").text());
            assertEquals(404, gateway.admin("POST", "/connections/nobody/drain").status());
            assertEquals(
                    202, gateway.admin("POST", "/connections/" + id + "/drain").status());
            assertEquals(Integer.MAX_VALUE, h2.awaitGoAway().lastStreamId());
            assertEquals(1, h2.awaitGoAway().lastStreamId());
            h2.awaitClosed();
            assertNull(other.get("/").header("connection"));
        }
    }

    @Test
    void drainsOneEndpoint() throws IOException {
        Gate gate = new Gate();
        upstream.on("/slow", Scripts.after(gate, Scripts.text("slow")));
        try (UpstreamServer second = UpstreamServer.http1(Scripts.text("second"))) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .http("http")
                    .backend("app", Protocol.HTTP, upstream.port(), second.port())
                    .route("/", "app")
                    .build());
            ShownUpstreams shown = new ShownUpstreams(gateway);
            String path = "/upstreams/default/app/endpoints/127.0.0.1:";
            assertEquals(404, gateway.admin("POST", path + "1/drain").status());
            assertEquals(
                    202, gateway.admin("POST", path + second.port() + "/drain").status());
            shown.awaitState(second.port(), "draining");
            try (RawHttp1 slow = RawHttp1.connect(gateway.port());
                    RawHttp1 client = RawHttp1.connect(gateway.port())) {
                RawHttp1 unused = slow.send("GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n");
                gate.awaitReached();
                for (int i = 0; i < 20; i++) {
                    assertEquals("good", client.get("/").text());
                }
                assertEquals(
                        202,
                        gateway.admin("POST", path + upstream.port() + "/drain").status());
                shown.awaitState(upstream.port(), "draining");
                Eventually.holds("there is none left", () -> {
                    try (RawHttp1 late = RawHttp1.connect(gateway.port())) {
                        return late.get("/").status() == 503;
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
                assertEquals(1, shown.endpoint(upstream.port()).getInteger("requests"));
                gate.open();
                assertEquals("slow", slow.readResponse().text(), "what is in flight is finished");
                assertEquals(
                        202,
                        gateway.admin("POST", path + second.port() + "/undrain").status());
                shown.awaitState(second.port(), "unknown");
                Eventually.holds("it serves again", () -> {
                    try (RawHttp1 late = RawHttp1.connect(gateway.port())) {
                        return late.get("/").text().equals("second");
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
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
