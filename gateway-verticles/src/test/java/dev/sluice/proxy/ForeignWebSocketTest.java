package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.Program;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    private static Program node(String script, String... arguments) throws IOException {
        assumeTrue(Files.isDirectory(MODULES.resolve("ws")), "ws is not installed in " + MODULES);
        return Program.node(MODULES, SCRIPTS.resolve(script), arguments);
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
        try (EchoUpstream upstream = new EchoUpstream(null)) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            String url = "http://127.0.0.1:" + gateway.port() + "/";
            try (Program browser = Program.browser(directory, url)) {
                assertTalk("http/1.1", upstream.takeResult());
                assertTrue(upstream.takeVia().startsWith("1.1 "));
                assertEquals("4000 done", upstream.takeClose());
                assertTrue(browser.isAlive());
            }
        }
    }

    @Test
    void chromiumOverHttp2(@TempDir Path directory) throws Exception {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost", "127.0.0.1");
        try (EchoUpstream upstream = new EchoUpstream(null)) {
            TestGateway gateway = gateways.start(TestConfig.create()
                    .certificate("cert", leaf)
                    .https("https", "cert")
                    .backend("app", Protocol.HTTP, upstream.port())
                    .route("/", "app")
                    .build());
            String url = "https://127.0.0.1:" + gateway.port() + "/";
            try (Program browser = Program.browser(directory, url)) {
                assertTalk("h2", upstream.takeResult());
                assertTrue(upstream.takeVia().startsWith("2 "), "the WebSocket itself came over HTTP/2");
                assertEquals("4000 done", upstream.takeClose());
                assertTrue(browser.isAlive());
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
}
