package dev.sluice.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Exchanges in flight are shown, found and ended by the admin API. */
final class AdminExchangesTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"));

    @SuppressWarnings("NullAway.Init") // set before each test
    private TestGateway gateway;

    @BeforeEach
    void start() {
        upstream.on("/stall", Scripts.stall());
        gateway = gateways.start(TestConfig.create()
                .http("http")
                .backend("app", Protocol.HTTP, upstream.port())
                .route("/", "app")
                .build());
    }

    @AfterEach
    void close() {
        upstream.close();
    }

    private static JsonObject json(int status, RawResponse response) {
        assertEquals(status, response.status(), response.text());
        return new JsonObject(response.text());
    }

    private JsonArray exchanges(String query) {
        return json(200, gateway.admin("/exchanges" + query)).getJsonArray("exchanges");
    }

    private JsonObject waiting() {
        Eventually.holds(
                "one waits for its endpoint",
                () -> exchanges("").size() == 1
                        && exchanges("").getJsonObject(0).getString("phase").equals("waiting"));
        return exchanges("").getJsonObject(0);
    }

    @Test
    void showsWhatIsInFlightAndWhatIsAskedFor() throws IOException {
        assertEquals(0, exchanges("").size());
        try (RawHttp1 client = RawHttp1.connect(gateway.port());
                RawH2Client other = RawH2Client.connect(gateway.port())) {
            assertEquals("good", client.get("/").text());
            client.sendHead("GET /stall?x=1 HTTP/1.1", "host: localhost", "x-request-id: mine");
            JsonObject shown = waiting();
            assertEquals("mine", shown.getString("requestId"));
            assertEquals(shown.getString("connection") + ".2", shown.getString("id"));
            assertEquals(2, shown.getInteger("number"));
            assertEquals("http/1.1", shown.getString("protocol"));
            assertEquals("GET", shown.getString("method"));
            assertEquals("/stall?x=1", shown.getString("target"));
            assertEquals("127.0.0.1", shown.getString("client"));
            assertEquals("default/app", shown.getString("backend"));
            assertEquals("127.0.0.1:" + upstream.port(), shown.getString("endpoint"));
            assertEquals(1, shown.getInteger("tries"));
            String rule = shown.getString("route");
            var late = other.open(RawH2Client.head("POST", "/stall"), false);
            Eventually.holds("both are shown", () -> exchanges("").size() == 2);
            assertEquals("mine", exchanges("").getJsonObject(0).getString("requestId"));
            assertEquals("requesting", exchanges("").getJsonObject(1).getString("phase"));
            assertEquals(1, exchanges("?limit=1").size());
            assertEquals(2, json(200, gateway.admin("/exchanges?limit=0")).getInteger("total"));
            assertEquals(
                    2,
                    exchanges("?route=" + rule.substring(0, rule.indexOf('['))).size());
            assertEquals(2, exchanges("?route=" + rule).size());
            assertEquals(0, exchanges("?route=default/other").size());
            assertEquals(
                    0,
                    exchanges("?route=" + rule.substring(0, rule.indexOf('[') - 1))
                            .size());
            assertEquals(0, exchanges("?olderThan=1h").size());
            assertEquals(
                    "olderThan=old (expected: a duration such as 10s)",
                    json(400, gateway.admin("/exchanges?olderThan=old")).getString("error"));
            assertEquals(
                    "limit=x (expected: 0..1000)",
                    json(400, gateway.admin("/exchanges?limit=x")).getString("error"));
            for (String id : List.of("mine", shown.getString("id"))) {
                JsonArray found = json(200, gateway.admin("/exchanges/" + id)).getJsonArray("exchanges");
                assertEquals(1, found.size());
                assertEquals(shown.getString("id"), found.getJsonObject(0).getString("id"));
            }
            assertEquals(
                    "exchange=none (expected: one in flight, as /exchanges?cluster=true lists)",
                    json(404, gateway.admin("/exchanges/none")).getString("error"));
            late.reset(8);
        }
        Eventually.holds("nothing is in flight", () -> exchanges("").isEmpty());
    }

    @Test
    void resetsAnExchangeBeforeItsAnswerByAnAnswer() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.sendHead("GET /stall HTTP/1.1", "host: localhost");
            String id = waiting().getString("id");
            assertEquals(
                    id,
                    json(200, gateway.admin("POST", "/exchanges/" + id + "/reset"))
                            .getString("exchange"));
            RawResponse answer = client.readResponse();
            assertEquals(503, answer.status());
            assertTrue(answer.text().contains("An operator of the gateway ended the request"), answer.text());
            assertEquals("good", client.get("/").text());
            assertEquals(
                    "exchange=" + id + " (expected: the id of one in /exchanges of a node)",
                    json(404, gateway.admin("POST", "/exchanges/" + id + "/reset"))
                            .getString("error"));
        }
        assertEquals(
                1.0,
                gateway.metric(
                        "gateway_failures_total{error=\"connection_terminated\",failure=\"operator_reset\",flag=\"LR\"}"));
    }

    @Test
    void resetsAnExchangeWithinItsAnswerByAnAbort() throws IOException {
        Gate first = new Gate();
        Gate never = new Gate();
        upstream.on("/half", Scripts.gated(List.of(first, never), List.of("half", "whole")));
        try (RawH2Client client = RawH2Client.connect(gateway.port())) {
            var stream = client.open(RawH2Client.head("GET", "/half"), true);
            first.open();
            stream.nextHeaders();
            stream.nextData();
            JsonObject shown = exchanges("").getJsonObject(0);
            assertEquals("responding", shown.getString("phase"));
            assertEquals(200, shown.getInteger("status"));
            assertEquals(4, shown.getInteger("bytesSent"));
            assertEquals(
                    200,
                    gateway.admin("POST", "/exchanges/" + shown.getString("id") + "/reset")
                            .status());
            assertEquals(2, stream.nextReset());
            assertEquals("good", client.get("/").text());
        }
    }

    @Test
    void closesAConnectionWithAllThatIsOnIt() throws IOException {
        try (RawHttp1 bystander = RawHttp1.connect(gateway.port());
                RawH2Client client = RawH2Client.connect(gateway.port())) {
            var unused = client.open(RawH2Client.head("GET", "/stall"), true);
            String id = waiting().getString("connection");
            assertEquals(
                    id,
                    json(200, gateway.admin("POST", "/connections/" + id + "/close"))
                            .getString("connection"));
            client.awaitClosed();
            assertEquals(
                    404, gateway.admin("POST", "/connections/" + id + "/close").status());
            assertEquals("good", bystander.get("/").text());
            Eventually.holds("nothing is in flight", () -> exchanges("").isEmpty());
        }
    }

    @Test
    void changesNothingForReadersAndWebPages() throws IOException {
        assertEquals(405, gateway.admin("/exchanges/x/reset").status());
        assertEquals(405, gateway.admin("POST", "/exchanges").status());
        try (RawHttp1 page = RawHttp1.connect(gateway.adminPort())) {
            page.sendHead(
                    "POST /exchanges/x/reset HTTP/1.1", "host: localhost", "origin: http://a", "content-length: 0");
            assertEquals(403, page.readResponse().status());
        }
    }
}
