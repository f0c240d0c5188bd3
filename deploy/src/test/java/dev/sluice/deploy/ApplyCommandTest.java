package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command against one gateway; with several it is the gateways that do more. */
final class ApplyCommandTest {

    private static final String GATEWAY =
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: gw}
            spec:
              addresses: [{type: IPAddress, value: 127.0.0.1}]
              listeners: [{name: http, port: 0, protocol: HTTP}]
            """;

    private static final String ROUTE =
            """
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

    private static UpstreamServer files;
    private static UpstreamServer pushed;
    private static UpstreamServer broken;
    private static TestGateway gateway;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        files = UpstreamServer.http1(Scripts.text("files"));
        pushed = UpstreamServer.http1(Scripts.text("pushed"));
        broken = UpstreamServer.http1(Scripts.respond(503, Map.of(), "broken"));
        gateway = TestGateway.start(TestConfig.forwarding(Protocol.HTTP, files.port()));
    }

    @AfterAll
    static void close() {
        gateway.close();
        List.of(files, pushed, broken).forEach(UpstreamServer::close);
    }

    private int apply(String... arguments) {
        List<String> all = new ArrayList<>(List.of("apply", "--admin", "http://127.0.0.1:" + gateway.adminPort()));
        all.addAll(List.of(arguments));
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine command = GatewayMain.commandLine();
        command.setOut(new PrintWriter(out));
        command.setErr(new PrintWriter(err));
        return command.execute(all.toArray(String[]::new));
    }

    private String write(int port) throws IOException {
        Files.writeString(directory.resolve("a.yaml"), GATEWAY);
        Files.writeString(directory.resolve("b.yaml"), ROUTE.formatted(port));
        return directory.toString();
    }

    private static String get() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            return client.get("/").text();
        }
    }

    @Test
    void whatIsAppliedIsInUseUntilTheFilesAreAskedFor() throws IOException {
        assertEquals(0, apply("--dry-run", write(pushed.port())), err::toString);
        assertEquals("valid on 1 node\n", out.toString());
        assertEquals("files", get());

        assertEquals(0, apply("--watch-window", "1s", directory.toString()), err::toString);
        assertTrue(
                out.toString().matches("epoch \\d+ is in use on 1 node\nwatching the error rate for 1s\nkept\n"),
                out.toString());
        assertEquals("pushed", get());

        assertEquals(0, apply("--files", "--watch-window", "0s"), err::toString);
        assertTrue(out.toString().matches("epoch \\d+ is in use on 1 node\n"), out.toString());
        assertEquals("files", get());
    }

    @Test
    void problemsStandInTheFilesThatTheyAreIn() throws IOException {
        write(pushed.port());
        Files.writeString(directory.resolve("b.yaml"), "\n" + ROUTE.formatted(70000));
        assertEquals(2, apply(directory.toString()));
        List<String> lines = err.toString().lines().toList();
        assertEquals(2, lines.size(), err.toString());
        assertTrue(
                lines.get(0)
                        .startsWith(directory.resolve("b.yaml")
                                + ":12:47 /spec/endpoints/0/port: 70000 (expected: 1..65535) ("),
                lines.get(0));
        assertEquals("sluice: refused; no node uses it", lines.get(1));
        assertEquals("files", get());
    }

    @Test
    void whatIsTakenBackExitsWith1() throws IOException {
        String path = write(broken.port());
        CompletableFuture<Integer> applied =
                CompletableFuture.supplyAsync(() -> apply(path), task -> new Thread(task).start());
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            while (!applied.isDone()) {
                int unused = client.get("/").status();
            }
        }
        assertEquals(1, applied.join());
        assertTrue(
                err.toString()
                        .matches("sluice: epoch (\\d+) was replaced by epoch \\d+ \\(rollback\\): error rate:"
                                + " \\d+ of \\d+ requests failed since epoch \\1 is in use, .* % before\n"),
                err.toString());
        assertEquals("files", get());
    }

    @Test
    void wrongUseIsOneLine() throws IOException {
        assertEquals(2, apply());
        assertTrue(err.toString().startsWith("sluice: nothing to apply (expected: PATH, or --files"), err.toString());
        assertEquals(2, apply("--files", "x.yaml"));
        assertTrue(err.toString().startsWith("sluice: --files and PATH exclude each other\n"), err.toString());
        assertEquals(1, apply(directory.resolve("no.yaml").toString()));
        assertEquals("sluice: " + directory.resolve("no.yaml") + ": no such file or directory\n", err.toString());
    }
}
