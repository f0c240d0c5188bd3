package dev.sluice.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What passes is shown by the admin API: figures by route, and requests as they end. */
final class AdminTrafficTest {

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"));

    @SuppressWarnings("NullAway.Init") // set before each test
    private TestGateway gateway;

    @BeforeEach
    void start() {
        upstream.on("/bad", Scripts.respond(503, Map.of(), "bad"));
        gateway = gateways.start(TestConfig.forwardingOnce(Protocol.HTTP, upstream.port()));
    }

    @AfterEach
    void close() {
        upstream.close();
    }

    /** The next line of a tail, which Vert.x may send in any chunks: here, each in its own. */
    private static JsonObject line(RawHttp1 tail) throws IOException {
        StringBuilder hex = new StringBuilder();
        for (String next = tail.readSome(1); !next.equals("\n"); next = tail.readSome(1)) {
            hex.append(next);
        }
        String chunk = tail.readSome(Integer.parseInt(hex.toString().strip(), 16) + 2);
        assertTrue(chunk.endsWith("\n\r\n") && chunk.indexOf('\n') == chunk.length() - 3, chunk);
        return new JsonObject(chunk);
    }

    @Test
    void tailsRequestsThatAreAskedFor() throws IOException {
        try (RawHttp1 tail = RawHttp1.connect(gateway.adminPort());
                RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals(503, client.get("/bad?before").status());
            tail.sendHead("GET /tail?status=5xx&path=/bad&cluster=true HTTP/1.1", "host: localhost");
            RawResponse head = tail.readHeadOnly();
            assertEquals(200, head.status());
            assertEquals("application/x-ndjson", head.header("content-type"));
            assertEquals("good", client.get("/").text());
            assertEquals(503, client.get("/bad?1").status());
            JsonObject first = line(tail);
            assertEquals("/bad?1", first.getString("target"));
            assertEquals(503, first.getInteger("status"));
            assertEquals("GET", first.getString("method"));
            assertEquals("127.0.0.1", first.getString("client"));
            assertEquals("127.0.0.1:" + upstream.port(), first.getString("endpoint"));
            assertEquals(3, first.getLong("bytesSent"));
            assertTrue(first.getString("id").endsWith(".3"), first.encode());
            assertTrue(first.getDouble("millis") > 0, first.encode());
            client.sendHead("GET /bad?2 HTTP/1.1", "host: localhost", "x-request-id: mine");
            assertEquals(503, client.readResponse().status());
            assertEquals("mine", line(tail).getString("requestId"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "status=6xx | status=6xx (expected: such as 503 or 5xx)",
                "sample=0 | sample=0 (expected: more than 0 and at most 1)",
                "sample=half | sample=half (expected: more than 0 and at most 1)"
            })
    void refusesAFilterThatIsNone(String query, String error) {
        RawResponse refused = gateway.admin("/tail?" + query);
        assertEquals(400, refused.status());
        assertEquals(error, new JsonObject(refused.text()).getString("error"));
    }

    @Test
    void showsFiguresOfRoutes() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            assertEquals("good", client.get("/").text());
            assertEquals("good", client.get("/").text());
            assertEquals(503, client.get("/bad").status());
        }
        Eventually.holds("they are counted", () -> routes("").size() == 1);
        JsonObject route = routes("?cluster=true").getJsonObject(0);
        assertTrue(route.getString("route").endsWith("[0]"), route.encode());
        assertTrue(route.getDouble("requestsPerSecond") > route.getDouble("errorsPerSecond"), route.encode());
        assertTrue(route.getDouble("errorsPerSecond") > 0, route.encode());
        assertTrue(route.getDouble("p50Millis") > 0, route.encode());
        assertTrue(route.getDouble("p99Millis") >= route.getDouble("p50Millis"), route.encode());
    }

    private JsonArray routes(String query) {
        RawResponse shown = gateway.admin("/routes" + query);
        assertEquals(200, shown.status());
        JsonObject json = new JsonObject(shown.text());
        assertEquals(1, json.getInteger("nodes"));
        assertEquals(0, json.getJsonArray("unanswered").size());
        return json.getJsonArray("routes");
    }
}
