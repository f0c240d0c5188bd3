package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Node's {@code ws} on both sides of the gateway, and Chromium. {@code .ci/run} installs them; where they are missing,
 * these tests are skipped.
 */
final class ForeignWebSocketTest {

    /** Where {@code .ci/run} installs what {@code package.json} names. */
    private static final Path MODULES = Path.of("target/clients/node_modules").toAbsolutePath();

    private static final Path SCRIPTS = Path.of("target/test-classes/websocket").toAbsolutePath();

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    /** A program, and the lines that it prints. */
    private static final class Program implements AutoCloseable {

        private final Process process;
        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

        Program(List<String> command) throws IOException {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("NODE_PATH", MODULES.toString());
            process = builder.start();
            Thread reader = new Thread(this::read, "output");
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = output.readLine(); line != null; line = output.readLine()) {
                    lines.add(line);
                }
            } catch (IOException e) {
                lines.add(e.toString());
            }
        }

        String take() {
            return Eventually.take("a line of output", lines);
        }

        @Override
        public void close() throws IOException {
            List<ProcessHandle> children = process.descendants().toList();
            process.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
            try {
                assertTrue(process.waitFor(Eventually.DEADLINE.toSeconds(), TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }

    private static Path program(String... names) {
        for (String name : names) {
            for (String directory : System.getenv("PATH").split(":", -1)) {
                Path candidate = Path.of(directory, name);
                if (Files.isExecutable(candidate)) {
                    return candidate;
                }
            }
        }
        assumeTrue(false, String.join(" or ", names) + " is not installed");
        throw new AssertionError();
    }

    private static Program node(String script, String... arguments) throws IOException {
        Path node = program("node");
        assumeTrue(Files.isDirectory(MODULES.resolve("ws")), "ws is not installed in " + MODULES);
        List<String> command =
                new ArrayList<>(List.of(node.toString(), SCRIPTS.resolve(script).toString()));
        command.addAll(List.of(arguments));
        return new Program(command);
    }

    @Test
    void nodeSpeaksToNode() throws IOException {
        try (Program server = node("server.js")) {
            int port = Integer.parseInt(server.take().substring("port ".length()));
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, port));
            String url = "ws://127.0.0.1:" + gateway.port() + "/chat";
            for (String who : List.of("client-closes", "server-closes")) {
                try (Program client = node("client.js", url, who)) {
                    String close = who.equals("client-closes") ? "closed 4000 done" : "closed 4001 bye";
                    List<String> told = Stream.generate(client::take).limit(7).toList();
                    assertEquals(
                            List.of(
                                    "protocol chat",
                                    "extensions permessage-deflate",
                                    "text hello",
                                    "binary true",
                                    "fragments fragmented",
                                    "pong are you there",
                                    close),
                            told);
                    assertEquals(close, server.take());
                }
            }
        }
    }

    @Test
    void chromiumOverHttp11(@TempDir Path directory) throws IOException {
        Path chromium = program("chromium", "chromium-browser", "google-chrome");
        try (EchoUpstream upstream = new EchoUpstream(null)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            String url = "http://127.0.0.1:" + gateway.port() + "/";
            try (Program browser = browse(chromium, directory, url)) {
                assertTalk("http/1.1", upstream.takeResult());
                assertTrue(upstream.takeVia().startsWith("1.1 "));
                assertEquals("4000 done", upstream.takeClose());
                assertTrue(browser.process.isAlive());
            }
        }
    }

    @Test
    void chromiumOverHttp2(@TempDir Path directory) throws Exception {
        Path chromium = program("chromium", "chromium-browser", "google-chrome");
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost", "127.0.0.1");
        try (EchoUpstream upstream = new EchoUpstream(null)) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .certificate("cert", leaf)
                    .https("https", "cert")
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route("/", "app")
                    .build());
            String url = "https://127.0.0.1:" + gateway.port() + "/";
            try (Program browser = browse(chromium, directory, url)) {
                assertTalk("h2", upstream.takeResult());
                assertTrue(upstream.takeVia().startsWith("2 "), "the WebSocket itself came over HTTP/2");
                assertEquals("4000 done", upstream.takeClose());
                assertTrue(browser.process.isAlive());
            }
        }
    }

    private static void assertTalk(String page, String told) {
        assertEquals(
                List.of(
                        "page " + page,
                        "protocol chat",
                        "extensions permessage-deflate",
                        "text hello",
                        "binary 300000 true",
                        "closed 4000 done true"),
                List.of(told.split("\n", -1)));
    }

    private static Program browse(Path chromium, Path profile, String url) throws IOException {
        return new Program(List.of(
                chromium.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-proxy-server",
                "--ignore-certificate-errors",
                "--user-data-dir=" + profile.resolve("profile"),
                url));
    }
}
