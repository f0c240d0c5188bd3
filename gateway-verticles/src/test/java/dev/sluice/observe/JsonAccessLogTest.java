package dev.sluice.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.failure.Failure;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonAccessLogTest {

    private final Vertx vertx = Vertx.vertx();
    private final LoopCounters counters = new LoopCounters();

    @AfterEach
    void close() {
        Eventually.get(vertx.close());
    }

    private static final class Unclosed extends ByteArrayOutputStream {
        String text() {
            return toString(StandardCharsets.UTF_8);
        }
    }

    private String logged(ExchangeRecord... exchanges) {
        Unclosed out = new Unclosed();
        try (LogSink sink = new LogSink(out, out, 1_000_000)) {
            AccessLog log = new JsonAccessLog(vertx, sink, counters);
            for (ExchangeRecord exchange : exchanges) {
                log.log(exchange);
            }
            log.close();
        }
        return out.text();
    }

    @Test
    void logsAGoodExchange() {
        String line = logged(SampleExchange.ok(HttpVersion.HTTP_1_1, 200, 5_000_000)
                .withHeaders(Map.of(
                        "user-agent", "curl/8",
                        "x-request-id", "r-1",
                        "authorization", "secret",
                        "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")));
        assertEquals(
                "{\"@timestamp\":\"2026-11-21T06:07:17.089Z\",\"event.duration\":5000000,\"http.request.method\":\"GET\","
                        + "\"url.scheme\":\"http\",\"url.domain\":\"a.test\",\"url.original\":\"/p?q=1\","
                        + "\"http.version\":\"1.1\",\"http.request.body.bytes\":11,\"source.ip\":\"192.0.2.1\","
                        + "\"source.port\":40000,\"user_agent.original\":\"curl/8\",\"http.request.id\":\"r-1\","
                        + "\"trace.id\":\"0af7651916cd43dd8448eb211c80319c\",\"http.response.status_code\":200,"
                        + "\"http.response.body.bytes\":22,\"sluice.route\":\"default/r[0]\","
                        + "\"sluice.backend\":\"default/app\",\"destination.address\":\"127.0.0.1:9001\","
                        + "\"sluice.upstream.status\":200,\"sluice.upstream.duration\":2500000,"
                        + "\"sluice.route.duration\":1000,\"sluice.filters.duration\":1000,"
                        + "\"sluice.upstream.connect.duration\":1000,"
                        + "\"sluice.upstream.first_byte.duration\":3000,"
                        + "\"sluice.upstream.last_byte.duration\":5000,"
                        + "\"sluice.connection.id\":\"sluice-80000001-0-7\",\"sluice.connection.request\":3}\n",
                line);
    }

    @Test
    void logsAFailure() {
        JsonObject line = new JsonObject(logged(SampleExchange.failed(Failure.CLIENT_CLOSED, null)));
        assertEquals(499, line.getInteger("http.response.status_code"));
        assertEquals(14, line.getInteger("sluice.grpc_status"));
        assertEquals("DC", line.getString("sluice.flag"));
        assertEquals("connection_terminated", line.getString("sluice.error"));
        assertEquals("why", line.getString("sluice.detail"));
        assertEquals(8, line.getInteger("sluice.reset_code"));
        assertEquals("CANCEL", line.getString("sluice.reset_name"));
        assertEquals("[::1]", line.getString("url.domain"));
        assertEquals("https", line.getString("url.scheme"));
        assertEquals("2", line.getString("http.version"));
        assertEquals("1.3", line.getString("tls.version"));
        assertEquals("a.test", line.getString("tls.client.server_name"));
        assertEquals("h2", line.getString("tls.next_protocol"));
        assertTrue(!line.containsKey("sluice.upstream.first_byte.duration"), line::encode);
        assertTrue(!line.containsKey("sluice.route") && !line.containsKey("destination.address"), line::encode);
    }

    @Test
    void everyLineIsJsonWhateverTheClientSends() {
        StringBuilder nasty = new StringBuilder("\"\\/");
        for (char c = 0; c < 0x100; c++) {
            nasty.append(c);
        }
        nasty.append("\u20ac\u2028").append("\ud83d\ude00");
        String line = logged(SampleExchange.ok(HttpVersion.HTTP_2, 200, 1).withTarget(nasty.toString()));
        assertEquals(1, line.chars().filter(c -> c == '\n').count());
        assertTrue(line.chars().noneMatch(c -> c < 0x20 && c != '\n'), line);
        assertEquals(nasty.toString(), new JsonObject(line).getString("url.original"));
    }

    @Test
    void halfSurrogatesAreReplaced() {
        for (String half : List.of("a\ud83d", "\ude00b", "\ud83dx\ude00", "\ud83d\ud83d\ude00")) {
            String expected =
                    half.replaceAll("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]", "\ufffd");
            String line = logged(SampleExchange.ok(HttpVersion.HTTP_2, 200, 1).withTarget(half));
            assertEquals(expected, new JsonObject(line).getString("url.original"));
        }
    }

    @Test
    void standardOutputStaysOpen() {
        LogSink.stdout().close();
        assertTrue(FileDescriptor.out.valid());
    }

    @Test
    void numbersAreExact() {
        JsonLine line = new JsonLine(1);
        byte[] name = JsonLine.name("n");
        for (long number : new long[] {0, -1, 7, 10, 1_234_567_890_123L, Long.MAX_VALUE, Long.MIN_VALUE}) {
            line.begin();
            line.number(name, number);
            line.end();
            assertEquals("{\"n\":" + number + "}\n", new String(line.take(), StandardCharsets.US_ASCII));
        }
    }

    @Test
    void quietLogsComeOutByThemselves(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("access.log");
        Files.writeString(file, "before\n");
        try (LogSink sink = LogSink.file(file)) {
            AccessLog log = new JsonAccessLog(vertx, sink, counters);
            vertx.runOnContext(run -> log.log(SampleExchange.ok(HttpVersion.HTTP_3, 200, 1)));
            Eventually.holds("the line is in the file", () -> {
                try {
                    return Files.readAllLines(file).size() == 2;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertEquals("before", Files.readAllLines(file).get(0));
        }
    }

    /** Blocks in the first write until the gate opens, then takes everything. */
    private static final class Stalled extends OutputStream {

        private final Gate gate = new Gate();
        private final ByteArrayOutputStream written = new ByteArrayOutputStream();

        @Override
        public void write(int b) {
            throw new AssertionError("byte by byte");
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            gate.pass();
            written.write(bytes, offset, length);
        }
    }

    @Test
    void aStalledTargetCostsLinesAndNotMemory() {
        Stalled out = new Stalled();
        int total = 2_000;
        AccessLog log;
        try (LogSink sink = new LogSink(out, out, 100_000)) {
            log = new JsonAccessLog(vertx, sink, counters);
            for (int i = 0; i < total; i++) {
                log.log(SampleExchange.ok(HttpVersion.HTTP_1_1, 200, i));
            }
            log.close();
            out.gate.awaitReached();
            out.gate.open();
        }
        long dropped = counters.get(Metric.ACCESS_LOG_DROPPED);
        List<String> lines =
                out.written.toString(StandardCharsets.UTF_8).lines().toList();
        assertTrue(dropped > 0 && !lines.isEmpty(), dropped + " dropped");
        assertEquals(total, dropped + lines.size());
        assertTrue(out.written.size() <= 100_000, () -> out.written.size() + " bytes were kept");
        lines.forEach(line -> assertEquals("GET", new JsonObject(line).getString("http.request.method")));
    }

    @Test
    void aFullDiskIsCountedAndRecoveredFrom() {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        OutputStream full = new OutputStream() {
            private boolean failed;

            @Override
            public void write(int b) {
                throw new AssertionError("byte by byte");
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (!failed) {
                    failed = true;
                    throw new IOException("No space left on device");
                }
                written.write(bytes, offset, length);
            }
        };
        try (LogSink sink = new LogSink(full, full, 100_000)) {
            assertTrue(sink.offer("1\n2\n3\n".getBytes(StandardCharsets.UTF_8), 3));
            assertTrue(sink.offer("4\n".getBytes(StandardCharsets.UTF_8), 1));
            Eventually.holds("the second batch is written", () -> written.size() == 2);
            new JsonAccessLog(vertx, sink, counters).close();
        }
        assertEquals("4\n", written.toString(StandardCharsets.UTF_8));
        assertEquals(3, counters.get(Metric.ACCESS_LOG_DROPPED));
    }
}
