package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class CommandLineTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sluice(String... arguments) {
        CommandLine command = GatewayMain.commandLine();
        command.setOut(new PrintWriter(out));
        command.setErr(new PrintWriter(err));
        return command.execute(arguments);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "run | sluice: nothing to serve (expected: one of --to URL, --config PATH, --demo)",
                "run --demo --to http://a | sluice: --to, --config and --demo exclude each other (expected: one of --to"
                        + " URL, --config PATH, --demo)",
                "run --to http://a --to h2c://b | sluice: --to h2c://b differs in scheme from http://a (expected:"
                        + " endpoints of one backend; several backends need --config)",
                "run --to http://a --insecure | sluice: --insecure has no meaning for http://a (expected: https, h2 or"
                        + " h3)",
                "run --to http://a --cert x | sluice: --cert needs --key",
                "run --to http://a --key x | sluice: --key needs --cert",
                "run --to http://a --cert /no --key /no | sluice: --cert /no cannot be read (expected: a PEM file)",
                "run --to http://a --event-loops 0 | sluice: --event-loops 0 (expected: 1..1024)",
                "run --to http://a --listen-tls off --http3 required | sluice: --http3 required contradicts"
                        + " --listen-tls off (expected: an address for TLS)",
                "run --to http://a --lame-duck 10 | sluice: Invalid value for option '--lame-duck': 10 (expected: a"
                        + " duration such as 10s, 1m30s or 500ms)",
                "run --config a --listen :1 | sluice: --listen has no meaning with --config (expected: listeners in a"
                        + " Gateway document)",
                "run --config a --insecure | sluice: --insecure belongs to --to (expected: insecureSkipVerify in the"
                        + " Backend of a file)",
                "check | sluice: Missing required parameter: 'PATH'"
            })
    void usageErrorsAreOneLineAndExitWith2(String arguments, String message) {
        assertEquals(
                2,
                sluice((arguments + " --admin off")
                        .replace("check --admin off", "check")
                        .split(" ")));
        assertEquals(message, err.toString().lines().findFirst().orElse(""));
        assertTrue(err.toString().lines().count() == 2 && err.toString().contains("--help'."), err.toString());
        assertEquals("", out.toString());
    }

    @Test
    void suggestsTheNearestCommandAndOption() {
        assertEquals(2, sluice("rum"));
        assertTrue(err.toString().contains("Did you mean: sluice run?"), err.toString());
        assertEquals(2, sluice("run", "--listn"));
        assertTrue(err.toString().contains("Possible solutions: --listen, --listen-tls"), err.toString());
    }

    @Test
    void withoutCommandShowsTheHelpAndExitsWith2() {
        assertEquals(2, sluice());
        assertTrue(err.toString().contains("Usage: sluice COMMAND"), err.toString());
        assertTrue(err.toString().contains("sluice: a command is missing"), err.toString());
    }

    @Test
    void helpGoesToStandardOutput() {
        assertEquals(0, sluice("run", "--help"));
        assertTrue(out.toString().startsWith("Usage: sluice run --to URL"), out.toString());
        assertEquals("", err.toString());
    }

    @Test
    void namesTheTakenAddressAndTheFlagToChange() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            String message = "sluice: cannot listen on " + address + ": address already in use (choose another with ";
            assertEquals(1, sluice("run", "--to", "http://a", "--admin", address));
            assertEquals(message + "--admin)", err.toString().strip());
            err.getBuffer().setLength(0);
            assertEquals(1, sluice("run", "--to", "http://a", "--admin=off", "--listen=:0", "--listen-tls", address));
            assertEquals(message + "--listen-tls)", err.toString().strip());
            err.getBuffer().setLength(0);
            assertEquals(1, sluice("run", "--to", "http://a", "--admin=off", "--listen-tls=off", "--listen", address));
            assertEquals(message + "--listen)", err.toString().strip());
        }
    }

    @Test
    void checkCountsWhatItHasRead(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(
                directory.resolve("conf.yaml"),
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: edge}
                spec: {listeners: [{name: http, port: 8080, protocol: HTTP}]}
                ---
                apiVersion: sluice.dev/v1
                kind: Backend
                metadata: {name: app}
                spec:
                  endpoints: [{address: 127.0.0.1, port: 9001}]
                  protocol: H2C
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: GRPCRoute
                metadata: {name: calls}
                spec:
                  parentRefs: [{name: edge}]
                  rules: [{backendRefs: [{group: sluice.dev, kind: Backend, name: app}]}]
                """);
        assertEquals(0, sluice("check", file.toString()));
        assertEquals(
                "valid: 1 Gateway, 0 HTTPRoutes, 1 GRPCRoute, 1 Backend, 0 Certificates",
                out.toString().strip());
        Files.writeString(file, Files.readString(file).replace("H2C", "HTTP"));
        assertEquals(2, sluice("check", file.toString()));
        assertEquals(
                file + ":18:67 /spec/rules/0/backendRefs/0/name: Backend default/app speaks HTTP/1.1 only, which cannot"
                        + " carry gRPC (expected: protocol: H2C, or H2 for TLS, at " + file + ":11:3)",
                err.toString().lines().findFirst().orElse(""));
    }

    @Test
    void versionNamesTheParts() {
        assertEquals(0, sluice("version"));
        assertTrue(
                out.toString().matches("(?s)sluice \\d+\\.\\d+\\.\\d+\\S*\nVert.x 5\\.\\S+, Netty 4\\.\\S+\nJava .*"),
                out.toString());
    }

    @Test
    void completionKnowsEveryCommandAndOption() {
        assertEquals(0, sluice("completion"));
        for (String word : new String[] {"run", "check", "drain", "--listen-tls", "--drain-deadline", "complete"}) {
            assertTrue(out.toString().contains(word), word);
        }
    }
}
