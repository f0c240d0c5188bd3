package dev.sluice.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.bench.load.LoadResult;
import dev.sluice.bench.measure.Cpu;
import dev.sluice.bench.measure.Machine;
import dev.sluice.bench.measure.Outcome;
import dev.sluice.bench.measure.Run;
import dev.sluice.bench.report.Results.ScenarioResult;
import dev.sluice.bench.scenario.Scenarios;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Results written down. */
final class ReportTest {

    @TempDir
    Path dir;

    /** A thousand requests in a second at the given CPU µs each. */
    private static Run run(double user, double system, long failed) {
        LoadResult load = new LoadResult(
                1000,
                failed,
                failed == 0 ? "" : "status 502",
                Duration.ofSeconds(1),
                Duration.ofNanos(1_500_000),
                Duration.ofMillis(2),
                Duration.ofMillis(30),
                Duration.ofMillis(40));
        return new Run(load, new Cpu(user * 1000, system * 1000), 51_200, 3.4);
    }

    private static ScenarioResult loaded() {
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        outcomes.put("sluice", new Outcome.Loaded(List.of(run(10, 20, 0), run(100, 50, 7), run(5, 10, 0))));
        outcomes.put("nginx", new Outcome.Loaded(List.of(run(5, 15, 0))));
        outcomes.put("haproxy", new Outcome.Nothing("missing: apt-get install haproxy"));
        outcomes.put("other", new Outcome.Nothing("-"));
        return new ScenarioResult(Scenarios.select(List.of("h1-small")).get(0), Duration.ofSeconds(1), outcomes);
    }

    private static ScenarioResult started() {
        return new ScenarioResult(
                Scenarios.select(List.of("start")).get(0),
                Duration.ZERO,
                Map.of("sluice", new Outcome.Sampled(List.of(500.0, 300.0, 400.0))));
    }

    private static Results results() {
        return new Results(
                new Machine("A CPU", 2, 4096, "Linux 6", "Debian", "OpenJDK 17"),
                "./sluice bench --quick",
                Instant.parse("2026-01-02T03:04:05Z"),
                Duration.ofSeconds(95),
                2,
                3,
                Map.of("nginx", "1.22.1"),
                List.of("A note."),
                List.of(loaded(), started()));
    }

    @Test
    void aTableHasMediansRatiosAndLoudFailures() {
        assertEquals(
                """
                h1-small: HTTP/1.1 keep-alive, 64 connections, 128 B answers
                peer     × nginx  CPU µs/req   user+sys  req/s  p50 ms  p99 ms  p99.9 ms  peak MiB  foreign %    failed
                sluice      1.50        30.0  10.0+20.0  1,000    1.50    2.00     30.00        50          3  FAILED 7
                nginx       1.00        20.0  5.00+15.0  1,000    1.50    2.00     30.00        50          3         0
                haproxy  missing: apt-get install haproxy
                other    -
                !! sluice: 7 requests FAILED, the first: status 502

                """,
                Report.text(loaded()));
    }

    @Test
    void samplesAreShownWithTheirRange() {
        assertEquals(
                """
                start: from exec to the first proxied answer
                peer    × nginx   ms  least–most
                sluice        -  400     300–500

                """,
                Report.text(started()));
    }

    @Test
    void jsonHasEveryRound() throws IOException {
        Report.write(results(), dir);
        JsonObject json = new JsonObject(Files.readString(dir.resolve("results.json")));

        JsonObject peers = json.getJsonArray("scenarios").getJsonObject(0).getJsonObject("peers");
        JsonObject sluice = peers.getJsonObject("sluice");
        assertEquals(30.0, sluice.getDouble("figure"));
        assertEquals(3, sluice.getJsonArray("runs").size());
        assertEquals(7, sluice.getJsonArray("runs").getJsonObject(1).getInteger("failed"));
        assertEquals(100_000.0, sluice.getJsonArray("runs").getJsonObject(1).getDouble("userMicros"));
        assertEquals("-", peers.getJsonObject("other").getString("nothing"));
        assertEquals("A CPU", json.getJsonObject("machine").getString("cpu"));
        assertEquals("./sluice bench --quick", json.getString("command"));
        assertEquals("1.22.1", json.getJsonObject("versions").getString("nginx"));
    }

    @Test
    void aPlotHasABarInProportionForEachPeerWithAFigure() throws Exception {
        Report.write(results(), dir);
        Document svg = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(Files.readAllBytes(dir.resolve("h1-small.svg"))));

        NodeList bars = svg.getElementsByTagName("rect");
        assertEquals(4, bars.getLength());
        double sluice = width(bars, 0) + width(bars, 1);
        double nginx = width(bars, 2) + width(bars, 3);
        assertEquals(1.5, sluice / nginx, 0.01);
        assertEquals(0.25, width(bars, 2) / nginx, 0.01);
        String text = svg.getDocumentElement().getTextContent();
        assertTrue(text.contains("CPU µs/req (dark: user, light: system), less is better"), text);
        assertTrue(text.contains("prefers-color-scheme: dark"), text);
        assertFalse(text.contains("haproxy"), text);
    }

    private static double width(NodeList bars, int index) {
        return Double.parseDouble(((Element) bars.item(index)).getAttribute("width"));
    }

    @Test
    void axesHaveRoundSteps() {
        assertEquals(5, SvgPlot.step(3.1), 1e-9);
        assertEquals(20, SvgPlot.step(11), 1e-9);
        assertEquals(0.1, SvgPlot.step(0.1), 1e-9);
        assertEquals(0, SvgPlot.step(0));
    }

    @Test
    void aDocumentKeepsWhatIsOutsideTheMarkers() throws IOException {
        Path document = dir.resolve("performance.md");
        Files.writeString(document, "# Before\n" + Report.BEGIN + "\nold\n" + Report.END + "\nafter\n");
        Report.document(results(), document);
        String text = Files.readString(document, StandardCharsets.UTF_8);

        assertTrue(text.startsWith("# Before\n" + Report.BEGIN + "\n"), text);
        assertTrue(text.endsWith(Report.END + "\nafter\n"), text);
        assertFalse(text.contains("old"), text);
        assertTrue(
                text.contains("`./sluice bench --quick` on 2026-01-02, 1 min 35 s, 3 rounds, 2 workers each."), text);
        assertTrue(text.contains("| haproxy | missing: apt-get install haproxy | | | | | | | | | |\n"), text);
        assertTrue(text.contains("![h1-small](performance/h1-small.svg)"), text);
        assertTrue(Files.exists(dir.resolve("performance/start.svg")));
    }

    @Test
    void aDocumentWithoutMarkersIsRefused() throws IOException {
        Path document = Files.writeString(dir.resolve("performance.md"), "# Nothing\n");

        assertThrows(IllegalArgumentException.class, () -> Report.document(results(), document));
        assertEquals("# Nothing\n", Files.readString(document));
    }
}
