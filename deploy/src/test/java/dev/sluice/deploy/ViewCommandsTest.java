package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code sluice top} and {@code sluice tail}. */
final class ViewCommandsTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sluice(String... arguments) {
        CommandLine command = GatewayMain.commandLine();
        command.setOut(new PrintWriter(out));
        command.setErr(new PrintWriter(err));
        return command.execute(arguments);
    }

    @Test
    void topShowsNodesAndWhatIsWrongWithThem() {
        JsonObject cluster = new JsonObject(
                """
                {"self": "a", "clustered": true, "degraded": true, "nodes": [
                  {"id": "a", "admin": "127.0.0.1:9000", "phase": "serving", "version": "0.1.0",
                   "config": {"digest": "0123456789", "epoch": 3},
                   "traffic": {"requestsPerSecond": 812.4, "errorsPerSecond": 0.5, "inFlight": 21, "connections": 140}},
                  {"id": "bb", "admin": "", "phase": "announcing", "version": "0.1.0",
                   "config": {"digest": "abc", "epoch": 12},
                   "traffic": {"requestsPerSecond": 1.0, "errorsPerSecond": 0.0, "inFlight": 2, "connections": 4}},
                  {"id": "c", "phase": "silent"}]}
                """);
        JsonObject routes = new JsonObject()
                .put(
                        "unanswered",
                        new JsonArray().add(new JsonObject().put("node", "c").put("error", "late")))
                .put(
                        "routes",
                        new JsonArray()
                                .add(new JsonObject(
                                        "{\"route\":\"default/app[0]\",\"requestsPerSecond\":10.0,\"errorsPerSecond\":0.1,"
                                                + "\"p50Millis\":2.5,\"p99Millis\":90.0}"))
                                .add(new JsonObject().put("route", "default/b[0]")));
        assertEquals(
                List.of(
                        "3 nodes, DEGRADED: no majority in sight, 813.4 req/s, 0.5 errors/s, 23 in flight, 2 CONFIGURATIONS",
                        "",
                        "NODE       PHASE  VERSION  REQ/S  ERR/S  IN-FLIGHT  CONNECTIONS  EPOCH    CONFIG           ADMIN",
                        "a        serving    0.1.0  812.4    0.5         21          140      3  01234567  127.0.0.1:9000",
                        "bb    announcing    0.1.0    1.0    0.0          2            4     12       abc                ",
                        "c         silent        -      -      -          -            -      -         -               -",
                        "",
                        "SLOWEST ROUTES  REQ/S  ERR/S  P50 MS  P99 MS",
                        "default/app[0]   10.0    0.1     2.5    90.0",
                        "no figures of routes from c: late"),
                TopView.lines(cluster, routes, 1));
    }

    @Test
    void bothShowAGateway() throws IOException {
        CompletableFuture<Integer> tail;
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.text("good"));
                TestGateway gateway = TestGateway.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
                RawHttp1 client = RawHttp1.connect(gateway.port())) {
            String admin = "http://127.0.0.1:" + gateway.adminPort();
            assertEquals("good", client.get("/first").text());
            assertEquals(0, sluice("top", "--once", "--admin", admin));
            List<String> lines = out.toString().lines().toList();
            assertTrue(lines.get(0).startsWith("1 node, on its own, "), lines.get(0));
            assertTrue(lines.get(3).contains("serving"), lines.get(3));
            assertTrue(lines.get(6).startsWith("default/"), lines.get(6));
            assertEquals(7, lines.size());

            assertEquals(1, sluice("tail", "--admin", admin, "--status", "9"));
            assertEquals(
                    "sluice: " + admin + ": status=9 (expected: such as 503 or 5xx)",
                    err.toString().strip());

            tail = CompletableFuture.supplyAsync(
                    () -> sluice("tail", "--admin", admin, "--path", "/next"), task -> new Thread(task).start());
            Eventually.holds("it is shown", () -> {
                assertEquals(200, get(client, "/next"));
                return out.toString().contains(" GET localhost/next -> default/");
            });
        }
        assertEquals(0, Eventually.get(tail));
    }

    @Test
    void saysThatNobodyIsThere() {
        assertEquals(1, sluice("top", "--once", "--admin", "http://127.0.0.1:1"));
        assertTrue(err.toString().startsWith("sluice: no admin API at http://127.0.0.1:1: "), err.toString());
    }

    @Test
    void aLineOfATailSaysWhyItFailedAndCannotWriteToTheTerminal() {
        JsonObject line = new JsonObject()
                .put("time", "2026-03-01T09:30:02.117Z")
                .put("status", 503)
                .put("millis", 12.34)
                .put("client", "192.0.2.1")
                .put("method", "GET")
                .put("authority", "a.test")
                .put("target", "/x\u001b[2J")
                .put("error", "connection_refused")
                .put("detail", "refused")
                .put("id", "sluice-1-0-1.1");
        assertEquals(
                "2026-03-01T09:30:02.117Z 503     12.3 ms 192.0.2.1 GET a.test/x?[2J -> - - [connection_refused]"
                        + " refused sluice-1-0-1.1",
                TailCommand.text(line));
        assertEquals(
                "-- 7 more at n",
                TailCommand.text(new JsonObject().put("node", "n").put("dropped", 7)));
        assertEquals(
                "-- n: gone", TailCommand.text(new JsonObject().put("node", "n").put("error", "gone")));
    }

    private static int get(RawHttp1 client, String target) {
        try {
            return client.get(target).status();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
