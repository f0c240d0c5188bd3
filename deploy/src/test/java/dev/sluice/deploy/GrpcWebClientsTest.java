package dev.sluice.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.FilterSpec;
import dev.sluice.config.FilterSpec.Cors;
import dev.sluice.config.GrpcTerms;
import dev.sluice.config.RetryTerms;
import dev.sluice.config.RuleTerms;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.Program;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * gRPC-Web by the npm packages {@code grpc-web} and {@code @connectrpc/connect-web}, in Node and in Chromium, before a
 * server that speaks gRPC only. {@code .ci/run} installs them; where they are missing, these tests are skipped.
 */
final class GrpcWebClientsTest {

    /** Where {@code .ci/run} installs what {@code package.json} names. */
    private static final Path MODULES = Path.of("target/clients/node_modules").toAbsolutePath();

    private static final Path SCRIPTS = Path.of("target/test-classes/grpc-web").toAbsolutePath();

    /** Lets the page's script see over which protocol its calls went. */
    private static final FilterSpec TIMING = new FilterSpec.ResponseHeaderModifier(
            new FilterSpec.HeaderChanges(List.of(Map.entry("timing-allow-origin", "*")), List.of(), List.of()));

    /** The round of {@code calls.js}; of a client that shows messages as they come. */
    private static final List<String> SEEN = List.of(
            "say: heard say Grüße, some text AAH/, some text AAH/",
            "fail: 5 größer als 100 %, details ",
            "fail late: 5 größer als 100 %, details ",
            "count: 1 2 3 4 5 end",
            "count none: end",
            "broken: 1 2 3 10 halfway",
            "tell fail: 5 größer als 100 %",
            "deadline: 4",
            "deadline: cancelled",
            "timeout: 4 The request took longer than its route allows",
            "timeout: cancelled",
            "tell timeout: 4 The request took longer than its route allows",
            "tell timeout: cancelled",
            "nobody: 14 The backend has no endpoint",
            "tell nobody: 14 The backend has no endpoint",
            "cancel: cancelled",
            "step: 1 2 3");

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private static List<String> seen(String client, boolean streams) {
        // One reads the details, the other hands them on as they come.
        String details = client.equals("connect")
                ? "google.protobuf.StringValue hint"
                : Base64.getEncoder().withoutPadding().encodeToString(ProbeServer.DETAILS);
        return SEEN.stream()
                .filter(line -> streams || !line.startsWith("step"))
                .map(line -> line.endsWith("details ") ? line + details : line)
                .toList();
    }

    /** {@code grpc: {web: true}}. */
    static RuleTerms web(RetryTerms retry) {
        GrpcTerms grpc = new GrpcTerms(true, null, ClientTerms.UNLIMITED, ClientTerms.UNLIMITED, null);
        return new RuleTerms(null, null, false, retry, grpc);
    }

    private TestGateway gateway(Path directory, ProbeServer probe) throws IOException {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost", "127.0.0.1");
        Cors cors =
                new Cors(List.of("*"), List.of("*"), List.of("*"), List.of("x-initial", "x-initial-bin"), false, 600);
        return gateways.start(
                TestGateway.bootstrap(TestGateway.LOOPS),
                TestConfig.create()
                        .http("http")
                        .https("https", "leaf")
                        .certificate("leaf", leaf)
                        .backend("probe", Protocol.H2C, probe.port())
                        .backend("nobody", Protocol.H2C)
                        .route(TestConfig.rule("/" + ProbeServer.SERVICE)
                                .filter(cors)
                                .filter(TIMING)
                                .terms(web(RetryTerms.DEFAULT))
                                .to("probe"))
                        .route(TestConfig.rule("/sluice.test.Nobody")
                                .filter(cors)
                                .terms(web(RetryTerms.DEFAULT))
                                .to("nobody"))
                        .build(),
                Wiring.extensions());
    }

    @ParameterizedTest
    @CsvSource({"grpc-web text, false", "grpc-web binary, false", "connect, true"})
    void inNode(String client, boolean streams, @TempDir Path directory) throws Exception {
        assumeInstalled();
        try (ProbeServer probe = new ProbeServer()) {
            String url = "http://127.0.0.1:" + gateway(directory, probe).port("http");
            try (Program node =
                    Program.node(MODULES, SCRIPTS.resolve("node.js"), client, url, Boolean.toString(streams))) {
                for (String line : seen(client, streams)) {
                    assertEquals(line, node.take());
                }
                assertEquals(List.of(), node.rest());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"http, http/1.1", "https, h2"})
    void inChromiumFromAnotherOrigin(String listener, String protocol, @TempDir Path directory) throws Exception {
        assumeInstalled();
        try (ProbeServer probe = new ProbeServer();
                Page page = new Page(bundle(directory.resolve("page.js")))) {
            int port = gateway(directory, probe).port(listener);
            try (Program browser = Program.browser(directory, page.url() + "#" + listener + "://127.0.0.1:" + port)) {
                for (String client : List.of("grpc-web text", "grpc-web binary", "connect")) {
                    for (String line : seen(client, !client.equals("grpc-web binary"))) {
                        assertEquals(line, page.line(), client);
                    }
                }
                assertEquals(protocol, page.line());
                assertTrue(browser.isAlive());
            }
        }
    }

    /** The page's script and its packages as one file. */
    private static byte[] bundle(Path file) throws Exception {
        try (Program bundler = Program.node(
                MODULES,
                MODULES.resolve("esbuild/bin/esbuild"),
                SCRIPTS.resolve("page.js").toString(),
                "--bundle",
                "--log-level=warning",
                "--outfile=" + file)) {
            assertEquals(List.of(), bundler.rest());
        }
        return Files.readAllBytes(file);
    }

    private static void assumeInstalled() {
        assumeTrue(Files.isDirectory(MODULES.resolve("grpc-web")), "grpc-web is not installed in " + MODULES);
    }

    /** A page of an origin of its own, with a script that posts what it has seen. */
    private static final class Page implements AutoCloseable {

        private final HttpServer server;
        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

        Page(byte[] script) throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            byte[] html = "<!doctype html><title>gRPC-Web</title><script src=\"/page.js\"></script>"
                    .getBytes(StandardCharsets.US_ASCII);
            server.createContext("/", exchange -> answer(exchange, "text/html", html));
            server.createContext("/page.js", exchange -> answer(exchange, "text/javascript;charset=utf-8", script));
            server.createContext("/result", exchange -> {
                lines.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                answer(exchange, "text/plain", new byte[] {'o', 'k'});
            });
            server.start();
        }

        private static void answer(HttpExchange exchange, String type, byte[] body) throws IOException {
            exchange.getResponseHeaders().set("content-type", type);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        }

        String url() {
            return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
        }

        String line() {
            return Eventually.take("a line from the page", lines);
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
