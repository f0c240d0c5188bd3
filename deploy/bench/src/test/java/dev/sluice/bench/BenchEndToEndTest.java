package dev.sluice.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole program in a process of its own, with the backend itself as the only peer. */
final class BenchEndToEndTest {

    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final String CLASSPATH = System.getProperty("java.class.path");

    @TempDir
    Path dir;

    private Process bench(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(JAVA, "-XX:TieredStopAtLevel=1", "-cp", CLASSPATH, "dev.sluice.bench.BenchMain"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectOutput(dir.resolve("stdout").toFile())
                .redirectError(dir.resolve("stderr").toFile())
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still running after a minute");
        return process;
    }

    private String read(String file) throws Exception {
        return Files.readString(dir.resolve(file), StandardCharsets.UTF_8);
    }

    @Test
    void aPeerGivenAsACommandIsMeasured() throws Exception {
        Path out = dir.resolve("out");
        // It reads its standard input until the end, which must not come before the bench ends it.
        String toy =
                "toy=tail -f /dev/null | %s -cp %s dev.sluice.bench.backend.BackendMain --http1={port}; : {backend}"
                        .formatted(JAVA, CLASSPATH);
        Process bench = bench(
                "--peers=none", "--peer", toy, "--scenarios=h1-small", "--rounds=1", "--seconds=1", "--out=" + out);

        assertEquals(0, bench.exitValue(), read("stderr"));
        List<String> table = read("stdout").lines().toList();
        assertEquals("h1-small: HTTP/1.1 keep-alive, 64 connections, 128 B answers", table.get(0));
        assertTrue(table.get(2).matches("toy +- +[0-9.]+ .* 0"), read("stdout"));
        JsonObject run = new JsonObject(Files.readString(out.resolve("results.json")))
                .getJsonArray("scenarios")
                .getJsonObject(0)
                .getJsonObject("peers")
                .getJsonObject("toy")
                .getJsonArray("runs")
                .getJsonObject(0);
        assertTrue(run.getInteger("completed") > 100, run::encode);
        assertEquals(0, run.getInteger("failed"));
        assertTrue(run.getDouble("userMicros") + run.getDouble("systemMicros") > 0, run::encode);
        assertTrue(Files.exists(out.resolve("h1-small.svg")));
    }

    @Test
    void aPeerThatDoesNotStartIsSaidToAndItsLogIsNamed() throws Exception {
        Path out = dir.resolve("out");
        Process bench = bench(
                "--peers=none",
                "--peer",
                "broken=echo no {port} {backend}; exit 3",
                "--scenarios=h1-small",
                "--rounds=1",
                "--seconds=1",
                "--out=" + out);

        assertEquals(0, bench.exitValue(), read("stderr"));
        Path log = out.resolve("logs/h1-small-broken.log");
        assertTrue(read("stdout").contains("broken  failed to start, see " + log), read("stdout"));
        assertTrue(Files.readString(log).startsWith("no 1"), Files.readString(log));
    }

    @Test
    void anUnknownNameIsAUsageError() throws Exception {
        assertEquals(2, bench("--scenarios=nothing", "--out=" + dir).exitValue());
        assertTrue(read("stderr").startsWith("nothing (expected: a scenario of --list)"), read("stderr"));
    }
}
