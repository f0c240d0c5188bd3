package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ClientTerms;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.NettyLeaks;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Http2ClientConfig;
import io.vertx.core.http.HttpClientConfig;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which chunks reach a receiver as they were read, and which are copies. */
final class Http2BodiesTest {

    private static final int FRAME = 16 * 1024;

    /** A chunk that reached the receiver: its length, and whether it is a copy. */
    private record Got(int length, boolean copied) {}

    private final Vertx vertx = Vertx.vertx();
    private final List<Got> got = new CopyOnWriteArrayList<>();

    @BeforeEach
    void watch() {
        NettyLeaks.watch();
        NettyLeaks.collect();
    }

    @AfterEach
    void close() {
        Eventually.get(vertx.close());
        assertEquals(List.of(), NettyLeaks.collect(), "leaks that Netty has found");
    }

    /** Runs on the loop, and waits until that is done. */
    private static void run(Context loop, Runnable task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.runOnContext(v -> {
            task.run();
            done.complete(null);
        });
        Eventually.get(done);
    }

    private void take(Buffer chunk) {
        got.add(new Got(chunk.length(), !BodyBuffers.isCounted(chunk)));
        BodyBuffers.release(chunk);
    }

    private static Got copied(int length) {
        return new Got(length, true);
    }

    private static Got byReference(int length) {
        return new Got(length, false);
    }

    private void awaitGot(Got... expected) {
        Eventually.holds(expected.length + " chunks come", () -> got.size() >= expected.length);
        assertEquals(List.of(expected), got);
    }

    // --- requests ---

    /** One request, with its passage. */
    private record Incoming(HttpServerRequest request, BodyPassage passage, Context loop) {

        void pause() {
            passage.byReference(false);
            request.pause();
        }

        void resume() {
            request.resume();
            passage.byReference(true);
        }

        void onLoop(Runnable task) {
            run(loop, task);
        }
    }

    private HttpServer server(CompletableFuture<Incoming> accepted) {
        HttpServer server = vertx.createHttpServer();
        server.connectionHandler(client -> BodyPassage.prepare(client, ClientTerms.DEFAULT, FloodListener.NONE));
        server.requestHandler(request -> {
            BodyPassage passage = BodyPassage.of(request);
            passage.byReference(true);
            request.handler(chunk -> {
                passage.taken();
                take(chunk);
            });
            request.endHandler(v -> request.response().end("done"));
            accepted.complete(new Incoming(request, passage, Vertx.currentContext()));
        });
        return Eventually.get(server.listen(0, "127.0.0.1"));
    }

    @Test
    void requestChunksComeByReference() throws IOException {
        HttpServer server = server(new CompletableFuture<>());
        try (RawH2Client client = RawH2Client.connect(server.actualPort())) {
            RawH2Stream stream = client.open(RawH2Client.head("POST", "/"), false);
            stream.data(new byte[FRAME], false)
                    .data(new byte[1025], false)
                    .data(new byte[1024], false)
                    .data(new byte[0], false)
                    .data(new byte[FRAME], true);
            assertEquals("done", stream.response().text());
        }
        awaitGot(byReference(FRAME), byReference(1025), copied(1024), copied(0), byReference(FRAME));
    }

    @Test
    void whatAPausedRequestKeepsIsCopied() throws IOException {
        CompletableFuture<Incoming> accepted = new CompletableFuture<>();
        HttpServer server = server(accepted);
        try (RawH2Client client = RawH2Client.connect(server.actualPort())) {
            RawH2Stream stream = client.open(RawH2Client.head("POST", "/"), false);
            Incoming incoming = Eventually.get(accepted);
            incoming.onLoop(incoming::pause);
            stream.data(new byte[FRAME], false).data(new byte[FRAME], false);
            assertTrue(client.isOpen(), "it has read this far");
            assertEquals(List.of(), got);
            incoming.onLoop(incoming::resume);
            awaitGot(copied(FRAME), copied(FRAME));
            stream.data(new byte[FRAME], true);
            assertEquals("done", stream.response().text());
        }
        awaitGot(copied(FRAME), copied(FRAME), byReference(FRAME));
    }

    @Test
    void nothingOvertakesWhatAPausedRequestKept() throws IOException {
        CompletableFuture<Incoming> accepted = new CompletableFuture<>();
        HttpServer server = server(accepted);
        try (RawH2Client client = RawH2Client.connect(server.actualPort())) {
            RawH2Stream stream = client.open(RawH2Client.head("POST", "/"), false);
            Incoming incoming = Eventually.get(accepted);
            incoming.onLoop(incoming::pause);
            stream.data(new byte[FRAME], false);
            assertTrue(client.isOpen(), "it has read this far");
            // As between a resume and the task in which Vert.x empties its queue.
            incoming.onLoop(() -> incoming.passage().byReference(true));
            stream.data(new byte[FRAME], false);
            assertTrue(client.isOpen(), "it has read this far");
            incoming.onLoop(incoming::resume);
            stream.data(new byte[0], true);
            assertEquals("done", stream.response().text());
        }
        awaitGot(copied(FRAME), copied(FRAME), copied(0));
    }

    // --- responses ---

    /** Takes a response's body. */
    private final class Receiver implements UpstreamStream.Listener, UpstreamStream.Body {

        private final CompletableFuture<UpstreamStream> opened = new CompletableFuture<>();
        private final CompletableFuture<Void> ended = new CompletableFuture<>();

        @Override
        public void opened(UpstreamStream stream) {
            stream.end(null, FieldLines.NONE);
            opened.complete(stream);
        }

        @Override
        public void interim(int status, FieldLines fields) {}

        @Override
        public void head(UpstreamHead head) {
            Eventually.get(opened).receive(this);
        }

        @Override
        public void failed(Throwable cause) {
            opened.completeExceptionally(cause);
            ended.completeExceptionally(cause);
        }

        @Override
        public void data(Buffer chunk) {
            take(chunk);
        }

        @Override
        public void end(FieldLines trailers) {
            ended.complete(null);
        }
    }

    @Test
    void responseChunksComeByReferenceUnlessTheyWait() throws IOException {
        try (RawH2Upstream upstream = new RawH2Upstream()) {
            Context loop = vertx.getOrCreateContext();
            Receiver receiver = new Receiver();
            CompletableFuture<HttpClientConnection> connected = new CompletableFuture<>();
            loop.runOnContext(v -> vertx.createHttpClient(new HttpClientConfig()
                            .setVersions(HttpVersion.HTTP_2)
                            .setHttp2Config(new Http2ClientConfig().setClearTextUpgrade(false)))
                    .connect(new HttpConnectOptions().setHost("127.0.0.1").setPort(upstream.port()))
                    .onSuccess(connection -> {
                        UpstreamConnection.on(connection).open(HttpMethod.GET, "/", receiver);
                        connected.complete(connection);
                    })
                    .onFailure(receiver::failed));
            RawH2Stream answer = upstream.take();
            UpstreamStream stream = Eventually.get(receiver.opened);
            answer.respond(200, false).data(new byte[FRAME], false).data(new byte[1024], false);
            awaitGot(byReference(FRAME), copied(1024));
            run(loop, stream::pause);
            answer.data(new byte[FRAME], false);
            CompletableFuture<Buffer> pong = new CompletableFuture<>();
            Eventually.get(connected);
            run(loop, () -> connected.join().ping(Buffer.buffer(new byte[8])).onSuccess(pong::complete));
            Eventually.get(pong); // it has read this far
            run(loop, stream::resume);
            awaitGot(byReference(FRAME), copied(1024), copied(FRAME));
            answer.data(new byte[FRAME], true);
            Eventually.get(receiver.ended);
            awaitGot(byReference(FRAME), copied(1024), copied(FRAME), byReference(FRAME));
        }
    }
}
