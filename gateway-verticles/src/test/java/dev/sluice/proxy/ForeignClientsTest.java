package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that others have written, as programs of their own. */
final class ForeignClientsTest {

    private static final int BODY = 2_000_000;

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    @TempDir
    Path directory;

    private static void assumeInstalled(String program) {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(":", -1))
                        .anyMatch(path -> Files.isExecutable(Path.of(path, program))),
                program + " is not installed");
    }

    private String run(String... command) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(List.of(command))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(process.waitFor(15, TimeUnit.SECONDS), () -> "still running: " + List.of(command));
        String text = Files.readString(output, StandardCharsets.ISO_8859_1);
        assertEquals(0, process.exitValue(), text);
        return text;
    }

    private Path body() throws IOException {
        return Files.write(directory.resolve("body"), new byte[BODY]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2-prior-knowledge", "--http2"})
    void curlUploadsBehindAnExpectation(String version) throws Exception {
        assumeInstalled("curl");
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost", "127.0.0.1");
        try (UpstreamServer upstream = UpstreamServer.http1(Scripts.echo())) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(leaf, Protocol.HTTP, upstream.port()));
            String url = version.equals("--http2")
                    ? "https://127.0.0.1:" + gateway.port("https") + "/"
                    : "http://127.0.0.1:" + gateway.port("http") + "/";
            Path echoed = directory.resolve("echoed");
            var unused = run(
                    "curl",
                    "-sSk",
                    version,
                    "-H",
                    "Expect: 100-continue",
                    "--data-binary",
                    "@" + body(),
                    "-o",
                    echoed.toString(),
                    url);
            assertEquals(BODY, Files.size(echoed));
            assertEquals(ReceivedRequest.sha256(new byte[BODY]), upstream.take().awaitBodySha256());
        }
    }

    // open: over HTTP/2 curl ends with "Stream error in the HTTP/2 framing layer" and no status
    @ParameterizedTest
    @ValueSource(strings = "--http1.1")
    void curlTakesAnAnswerThatIsEarly(String version) throws Exception {
        assumeInstalled("curl");
        try (UpstreamServer upstream = UpstreamServer.http1(exchange -> {
            var unused = exchange.response().setStatusCode(403).end("no");
        })) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
            assertEquals(
                    "no403",
                    run(
                            "curl",
                            "-sS",
                            version,
                            "-w",
                            "%{http_code}",
                            "--data-binary",
                            "@" + body(),
                            "http://127.0.0.1:" + gateway.port() + "/"));
        }
    }

    /** Reads a request to its trailers. */
    private static String trailer(RawH2Stream stream) {
        var unusedHead = stream.nextHeaders();
        H2Frame frame;
        do {
            frame = stream.next();
        } while (frame instanceof H2Frame.Data);
        return frame instanceof H2Frame.Headers trailers ? String.valueOf(trailers.get("x-sent")) : frame.toString();
    }

    @Test
    void nghttpSendsAndSeesTrailers() throws Exception {
        assumeInstalled("nghttp");
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            TestGateway gateway = gateways.start(TestConfig.forwarding(Protocol.H2C, upstream.port()));
            Thread answering = new Thread(() -> {
                try {
                    RawH2Stream stream = upstream.take();
                    String sent = trailer(stream);
                    stream.respond(200, false).trailers(Map.of("x-seen", sent));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            answering.start();
            String frames = run(
                    "nghttp",
                    "-nv",
                    "--no-dep",
                    "-d",
                    body().toString(),
                    "--trailer",
                    "x-sent: 42",
                    "http://127.0.0.1:" + gateway.port() + "/");
            answering.join();
            assertTrue(frames.contains("x-seen: 42"), frames);
        }
    }
}
