package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ClientTerms;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH3Client;
import dev.sluice.testkit.RawH3Stream;
import dev.sluice.testkit.TestCertificates;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The trailers of requests, as their end handlers see them. */
final class RequestTrailersTest {

    private static final byte[] BODY = "body".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private final CompletableFuture<Runnable> resume = new CompletableFuture<>();

    @AfterEach
    void close() {
        Eventually.get(vertx.close());
    }

    private void handle(HttpServerRequest request) {
        request.handler(chunk -> {});
        request.endHandler(v -> {
            seen.add(text(RequestTrailers.of(request)));
            request.response().end();
        });
        if (request.path().equals("/paused")) {
            request.pause();
            var loop = vertx.getOrCreateContext();
            resume.complete(() -> loop.runOnContext(v -> request.resume()));
        }
    }

    private static String text(FieldLines lines) {
        return String.join(
                "|",
                IntStream.range(0, lines.size())
                        .mapToObj(i -> lines.name(i) + "=" + lines.value(i))
                        .toList());
    }

    private String next() {
        return Eventually.take("the end of a request", seen);
    }

    private int http2() {
        HttpServer server = vertx.createHttpServer(new HttpServerConfig()
                .setVersions(HttpVersion.HTTP_2)
                .setHost("127.0.0.1")
                .setPort(0));
        return listen(server);
    }

    private int http3() throws IOException {
        TestCertificates.Leaf leaf = TestCertificates.in(directory).leaf("localhost", "localhost");
        HttpServer server = vertx.createHttpServer(
                new HttpServerConfig()
                        .setVersions(HttpVersion.HTTP_3)
                        .setQuicHost("127.0.0.1")
                        .setQuicPort(0),
                new ServerSSLOptions()
                        .setKeyCertOptions(new PemKeyCertOptions()
                                .addCertPath(leaf.certFile().toString())
                                .addKeyPath(leaf.keyFile().toString())));
        return listen(server);
    }

    private int listen(HttpServer server) {
        server.connectionHandler(client -> BodyPassage.prepare(client, ClientTerms.DEFAULT, FloodListener.NONE));
        server.requestHandler(this::handle);
        Eventually.get(server.listen());
        return server.actualPort();
    }

    private String resumed() {
        Eventually.get(resume).run();
        return next();
    }

    @Test
    void onHttp2() throws IOException {
        try (RawH2Client client = RawH2Client.connect(http2())) {
            RawH2Stream stream =
                    client.open(RawH2Client.head("POST", "/"), false).data(BODY, false);
            stream.headers(
                    new DefaultHttp2Headers(false)
                            .add("x-b", "2")
                            .add("x-a", "1")
                            .add("x-b", "3"),
                    true);
            assertEquals("x-b=2|x-a=1|x-b=3", next());
            assertEquals(200, stream.response().status());
            client.get("/");
            assertEquals("", next(), "a request without");
            client.open(RawH2Client.head("POST", "/"), false).trailers(Map.of("x-bare", "yes"));
            assertEquals("x-bare=yes", next(), "trailers behind no body");
        }
    }

    @Test
    void onHttp2AfterAPause() throws IOException {
        try (RawH2Client client = RawH2Client.connect(http2())) {
            client.open(RawH2Client.head("POST", "/paused"), false)
                    .data(BODY, false)
                    .trailers(Map.of("x-late", "yes"));
            assertTrue(client.isOpen(), "all of it has been read");
            assertEquals("x-late=yes", resumed());
        }
    }

    @Test
    void onHttp3() throws IOException {
        try (RawH3Client client = RawH3Client.connect(http3())) {
            RawH3Stream stream =
                    client.open(RawH3Client.head("POST", "/"), false).data(BODY, false);
            stream.headers(
                    new DefaultHttp3Headers(false)
                            .add("x-b", "2")
                            .add("x-a", "1")
                            .add("x-b", "3"),
                    true);
            assertEquals("x-b=2|x-a=1|x-b=3", next());
            assertEquals(200, stream.response().status());
            client.get("/");
            assertEquals("", next(), "a request without");
            client.open(RawH3Client.head("POST", "/"), false).trailers(Map.of("x-bare", "yes"));
            assertEquals("x-bare=yes", next(), "trailers behind no body");
        }
    }

    @Test
    void onHttp3AfterAPause() throws IOException {
        try (RawH3Client client = RawH3Client.connect(http3())) {
            client.open(RawH3Client.head("POST", "/paused"), false)
                    .data(BODY, false)
                    .trailers(Map.of("x-late", "yes"));
            client.get("/");
            assertEquals("", next(), "all before it has been read");
            assertEquals("x-late=yes", resumed());
        }
    }
}
