package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.testkit.Gate;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.UpstreamServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process of its own: what it prints, what it serves, how it ends. */
@Timeout(120)
final class ProcessTest {

    private static final String FORWARDING =
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: gw}
            spec:
              addresses: [{type: IPAddress, value: 127.0.0.1}]
              listeners: [{name: http, port: 0, protocol: HTTP}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: all}
            spec:
              parentRefs: [{name: gw}]
              rules: [{backendRefs: [{group: sluice.dev, kind: Backend, name: app}]}]
            ---
            apiVersion: sluice.dev/v1
            kind: Backend
            metadata: {name: app}
            spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
            """;

    @TempDir
    Path directory;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endAll() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    /** Starts a process whose standard error goes to a file. */
    private Process start(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(directory.resolve("stderr").toFile());
        builder.environment().put("XDG_CACHE_HOME", directory.toString());
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private Process sluice(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.sluice.deploy.GatewayMain"));
        command.addAll(List.of(arguments));
        return start(command.toArray(String[]::new));
    }

    private String stderr() throws IOException {
        return Files.readString(directory.resolve("stderr"));
    }

    /** The lines up to the one that contains a text. */
    private List<String> linesTo(BufferedReader out, String text) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            lines.add(line);
            if (line.contains(text)) {
                return lines;
            }
        }
        throw new AssertionError("no '" + text + "' in " + lines + "; standard error: " + stderr());
    }

    private static String first(List<String> lines, String start) {
        return lines.stream().filter(line -> line.startsWith(start)).findFirst().orElseThrow();
    }

    /** Runs a command line as a person would paste it. */
    private static String shell(String line) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", line).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), line);
        return output;
    }

    /** SIGTERM; {@link Process#destroy()} would close its output too. */
    private static void terminate(Process process) {
        assertTrue(process.toHandle().destroy());
    }

    private static boolean has(String command) throws Exception {
        return new ProcessBuilder("sh", "-c", "command -v " + command).start().waitFor() == 0;
    }

    private static Process demo(ProcessTest test, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "run", "--demo", "--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0", "--access-log", "off"));
        if (!List.of(more).contains("--admin")) {
            arguments.addAll(List.of("--admin", "off"));
        }
        arguments.addAll(List.of(more));
        return test.sluice(arguments.toArray(String[]::new));
    }

    @Test
    void everyRequestThatTheDemoPrintsWorks() throws Exception {
        assumeTrue(has("curl"), "curl is not here");
        Process process = demo(this);
        BufferedReader out = process.inputReader();
        List<String> banner = linesTo(out, "ready in");
        assertTrue(first(banner, "Sluice ").contains("Vert.x 5.2"), banner.toString());
        assertTrue(banner.get(1).matches("listen  http://127\\.0\\.0\\.1:\\d+ .*HTTP/1\\.1.*"), banner.toString());
        assertTrue(banner.get(2).matches("listen  https://127\\.0\\.0\\.1:\\d+ .*TLS.*"), banner.toString());
        assertEquals("admin   off", banner.get(3));

        List<String> commands = banner.stream()
                .filter(line -> line.startsWith("  curl "))
                .map(line -> line.substring(0, line.indexOf("  # ")).strip())
                .toList();
        assertEquals(11, commands.size(), banner.toString());
        for (String command : commands) {
            String output = shell(command);
            String path = command.replaceAll(".*/", "");
            switch (path) {
                case "hello" -> assertTrue(output.matches("hello from upstream (one|two)\n"), output);
                case "echo" -> {
                    assertTrue(output.startsWith("POST /echo\n"), output);
                    assertTrue(output.contains("\nx-demo-request: added by the gateway\n"), output);
                    assertTrue(output.endsWith("\n\nsome text\n"), output);
                }
                case "stream" -> assertTrue(output.endsWith("data: tick 5 of 5\n\n"), output);
                case "slow" -> assertTrue(output.startsWith("HTTP/1.1 504 Gateway Timeout\r\n"), output);
                case "old" -> {
                    assertTrue(output.startsWith("HTTP/1.1 302 Found\r\n"), output);
                    assertTrue(output.contains("\r\nhello from upstream "), output);
                }
                case "trailers" -> {
                    assertTrue(output.startsWith("HTTP/2 200"), output);
                    assertTrue(output.endsWith("then a trailer\nx-checksum: 17\r\n"), output);
                }
                case "world" -> assertEquals("{\"text\":\"Hello, world\"}", output);
                case "greetings" -> assertEquals("{\"text\":\"Hallo, world\"}", output);
                case "5" -> {
                    assertTrue(output.startsWith("{\"left\":5}\n{\"left\":4}\n"), output);
                    assertTrue(output.endsWith("{\"left\":1}\n{}\n"), output);
                }
                case "Greet" -> assertEquals("AAAAAA4KDEhlbGxvLCB3b3JsZA==gAAAABBncnBjLXN0YXR1czogMA0K", output);
                default -> throw new AssertionError(command);
            }
        }
        terminate(process);
        assertEquals(0, process.waitFor());
    }

    @Test
    void sigtermLetsRequestsInFlightFinishAndExitsWith0() throws Exception {
        assumeTrue(has("curl"), "curl is not here");
        // Not io_uring, whose close can overtake the last write of a connection.
        Process process = demo(this, "--transport", "nio");
        BufferedReader out = process.inputReader();
        String url = first(linesTo(out, "ready in"), "listen  http:").replaceAll("listen  (\\S+).*", "$1");
        Process client = start("curl", "-sN", url + "/stream");
        BufferedReader events = client.inputReader();
        assertEquals("data: tick 1 of 5", events.readLine());

        terminate(process);
        linesTo(out, "draining: requests in flight have 25.0 s; a second signal stops at once");
        linesTo(events, "data: tick 5 of 5");
        assertEquals(0, client.waitFor());
        linesTo(out, "drained in");
        assertEquals(0, process.waitFor());
    }

    @Test
    void aSecondSignalStopsAtOnceWith1AndSaysWhatItAborts() throws Exception {
        assumeTrue(has("curl"), "curl is not here");
        Gate begin = new Gate();
        begin.open();
        Gate never = new Gate();
        try (UpstreamServer upstream =
                UpstreamServer.http1(Scripts.gated(List.of(begin, never), List.of("first\n", "last\n")))) {
            Path file = directory.resolve("gateway.yaml");
            Files.writeString(file, FORWARDING.formatted(upstream.port()));
            Process process = sluice(
                    "run", "--config", file.toString(), "--admin", "off", "--access-log", "off", "--lame-duck", "60s");
            BufferedReader out = process.inputReader();
            String url = first(linesTo(out, "ready in"), "listen  http:").replaceAll("listen  (\\S+).*", "$1");
            Process client = start("curl", "-sN", url);
            assertEquals("first", client.inputReader().readLine());
            terminate(process);
            linesTo(out, "draining: still accepting for 60.0 s");
            terminate(process);
            List<String> lines = linesTo(out, "event=drain_aborted"); // the tests' log is standard output
            String aborted = lines.get(lines.size() - 1);
            assertTrue(aborted.matches(".* kind=h1 method=GET route=\\S+ reason=\"a second signal\""), aborted);
            assertTrue(process.waitFor(10, TimeUnit.SECONDS));
            assertEquals(1, process.exitValue());
            assertTrue(stderr().contains("sluice: stopping at once\n"), stderr());
            assertNotEquals(0, client.waitFor());
        }
    }

    @Test
    void theAdminApiDrainsTooAndTheCommandWatches() throws Exception {
        Process process = demo(this, "--admin", "127.0.0.1:0", "--lame-duck", "60s");
        BufferedReader out = process.inputReader();
        String admin = first(linesTo(out, "ready in"), "admin ").replaceAll("admin\\s+(\\S+).*", "$1");

        Process drain = sluice("drain", "--admin", admin);
        String told = lastLine(drain);
        assertTrue(told.matches("draining, at most 8[0-5] s; --watch shows how far it is"), told);
        assertEquals(0, drain.waitFor(), stderr());
        linesTo(out, "draining: as the admin API was told; it takes 85.0 s at most");
        Process undrain = sluice("drain", "--undrain", "--admin", admin);
        assertEquals("serving again", lastLine(undrain));
        assertEquals(0, undrain.waitFor(), stderr());
        linesTo(out, "serving again");

        Process watch = sluice("drain", "--watch", "--lame-duck", "1s", "--admin", admin);
        List<String> lines = watch.inputReader().lines().toList();
        assertEquals(0, watch.waitFor(), stderr());
        assertTrue(lines.get(0).startsWith("announcing"), lines.toString());
        assertTrue(lines.get(lines.size() - 1).matches("drained in \\d+ s"), lines.toString());
        linesTo(out, "drained in");
        assertEquals(0, process.waitFor());

        Process nobody = sluice("drain", "--admin", admin);
        assertEquals(1, nobody.waitFor());
        assertTrue(stderr().startsWith("sluice: no admin API at " + admin), stderr());
    }

    private static String lastLine(Process process) {
        List<String> lines = process.inputReader().lines().toList();
        return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    }

    @Test
    void aTrainingRunServesEveryProtocolAndEndsByItself() throws Exception {
        Process process = sluice("train");
        List<String> lines = process.inputReader().lines().toList();
        assertEquals(0, process.waitFor(), stderr());
        for (String version : List.of("1.1", "2", "3")) {
            assertTrue(lines.stream().anyMatch(line -> line.contains("\"http.version\":\"" + version + "\"")), version);
        }
        assertTrue(lines.stream().anyMatch(line -> line.contains("\"sluice.route\":\"default/web[1]\"")));
    }

    @Test
    void aRefusedConfigurationExitsWith2AndNamesThePlace() throws Exception {
        Path file = Files.writeString(
                directory.resolve("conf.yaml"),
                """
                apiVersion: sluice.dev/v1
                kind: Backend
                metadata: {name: app}
                spec:
                  protocol: HTTP
                  endpoints:
                    - {address: 127.0.0.1, port: 70000}
                """);
        for (String[] arguments :
                List.of(new String[] {"check", file.toString()}, new String[] {"run", "--config", file.toString()})) {
            Process process = sluice(arguments);
            assertEquals(2, process.waitFor());
            List<String> lines = stderr().lines().toList();
            assertEquals(
                    List.of(
                            file + ":7:34 /spec/endpoints/0/port: 70000 (expected: 1..65535)",
                            "sluice: 1 problem in the configuration"),
                    lines);
        }
    }
}
