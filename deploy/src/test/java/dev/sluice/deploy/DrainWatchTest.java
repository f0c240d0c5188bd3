package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.UpstreamExchange;
import dev.sluice.testkit.UpstreamServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** How {@code sluice drain --watch --node} ends, by what the gateway at {@code --admin} tells of the node. */
final class DrainWatchTest {

    private static final Consumer<UpstreamExchange> NOT_IN_SIGHT = answer(404, "{\"error\":\"node=far\"}");
    private static final Consumer<UpstreamExchange> SILENT = answer(504, "{\"error\":\"node=far: no answer\"}");

    private final StringWriter out = new StringWriter();

    private static Consumer<UpstreamExchange> answer(int status, String json) {
        return Scripts.respond(status, Map.of("content-type", "application/json"), json);
    }

    private static Consumer<UpstreamExchange> phase(String phase, int left) {
        return answer(
                200,
                """
                {"phase": "%s", "remainingMillis": 100, "acceptingMillis": 0, "inFlight": {"h1": 0, "h2": %d}, \
                "connections": {"h1": 0, "h2": %d}}"""
                        .formatted(phase, left, left));
    }

    /** The asked gateway is itself called near; then come these answers, the last one for ever. */
    private int watch(List<Consumer<UpstreamExchange>> answers) {
        List<Consumer<UpstreamExchange>> scripts = new ArrayList<>(List.of(answer(200, "{\"node\":\"near\"}")));
        scripts.addAll(answers);
        try (UpstreamServer admin = UpstreamServer.http1(Scripts.inTurn(scripts))) {
            CommandLine command = new CommandLine(new DrainCommand(Duration.ofMillis(500)));
            command.setOut(new PrintWriter(out));
            return command.execute("--admin", "http://127.0.0.1:" + admin.port(), "--watch", "--node", "far");
        }
    }

    private String lastLine() {
        List<String> lines = out.toString().lines().toList();
        return lines.get(lines.size() - 1);
    }

    @Test
    void aNodeSeenLeavingHasDrained() {
        assertEquals(0, watch(List.of(phase("stopping", 3), phase("leaving", 1), SILENT, NOT_IN_SIGHT)));
        assertTrue(lastLine().matches("drained in \\d+ s"), lastLine());
    }

    @Test
    void aNodeSeenWithNothingLeftHasDrained() {
        assertEquals(0, watch(List.of(phase("stopping", 3), phase("stopping", 0), NOT_IN_SIGHT)));
        assertTrue(lastLine().matches("drained in \\d+ s"), lastLine());
    }

    @Test
    void aNodeWithSomethingLeftMayComeBack() {
        assertEquals(
                0,
                watch(List.of(
                        phase("stopping", 3), NOT_IN_SIGHT, phase("stopping", 2), phase("done", 0), NOT_IN_SIGHT)));
        assertTrue(out.toString().contains("done"), out::toString);
    }

    @Test
    void aNodeThatStaysOutOfSightWithSomethingLeftIsNotDrained() {
        assertEquals(1, watch(List.of(phase("announcing", 3), phase("stopping", 3), SILENT, NOT_IN_SIGHT)));
        assertTrue(lastLine().matches("out of sight for \\d+ s, last seen stopping: node=far"), lastLine());
    }

    @Test
    void aNodeThatStaysSilentIsNotDrained() {
        assertEquals(1, watch(List.of(phase("leaving", 0), SILENT)));
        assertTrue(lastLine().matches("out of sight for \\d+ s, last seen leaving: node=far: no answer"), lastLine());
    }
}
