package dev.sluice.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.failure.Failure;
import dev.sluice.filter.GrpcContent;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2ClientConfig;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientConfig;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpVersion;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GrpcReplyTest {

    private static final int HEADERS = 1;
    private static final int SETTINGS = 4;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int PRIORITY = 0x20;

    private final Vertx vertx = Vertx.vertx();
    // A field: Vert.x closes a client that is garbage collected.
    private final HttpClient client = vertx.createHttpClient(new HttpClientConfig()
            .setVersions(HttpVersion.HTTP_2)
            .setHttp2Config(new Http2ClientConfig().setClearTextUpgrade(false)));

    @AfterEach
    void close() throws Exception {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        vertx.close().onComplete(closed::complete, closed::completeExceptionally);
        closed.get(10, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @CsvSource({
        "application/grpc, true",
        "application/grpc+proto, true",
        "Application/gRPC;charset=utf-8, true",
        "application/grpc-web, false",
        "application/grpc-web-text+proto, false",
        "application/json, false",
        "text/plain, false"
    })
    void knowsGrpcByItsContentType(String contentType, boolean grpc) {
        assertEquals(grpc, GrpcContent.isGrpc(contentType));
        assertFalse(GrpcContent.isGrpc(null));
    }

    @ParameterizedTest
    @CsvSource({"plain text!, plain text!", "100 %, 100 %25", "größer, gr%C3%B6%C3%9Fer", "'a\nb', a%0Ab"})
    void encodesMessages(String message, String encoded) {
        assertEquals(encoded, GrpcReply.percentEncoded(message));
    }

    @Test
    void isOneHeaderBlockThatEndsTheStream() throws Exception {
        assertFirstAnswerIsTrailersOnly(start());
    }

    @Test
    void carriesStatusAndMessage() throws Exception {
        int port = start();
        CompletableFuture<String> seen = new CompletableFuture<>();
        client.request(HttpMethod.POST, port, "127.0.0.1", "/a.Service/Call")
                .compose(request -> request.putHeader("content-type", "application/grpc")
                        .send()
                        .compose(response -> response.body()
                                .map(body -> response.statusCode() + " " + response.getHeader("content-type") + " "
                                        + response.getHeader("grpc-status") + " " + response.getHeader("grpc-message")
                                        + " " + body.length())))
                .onComplete(seen::complete, seen::completeExceptionally);
        assertEquals("200 application/grpc 14 no%25endpoint 0", seen.get(10, TimeUnit.SECONDS));
    }

    private int start() throws Exception {
        GrpcReply reply = new GrpcReply();
        CompletableFuture<HttpServer> started = new CompletableFuture<>();
        vertx.createHttpServer(new HttpServerConfig()
                        .setVersions(HttpVersion.HTTP_2)
                        .setHost("127.0.0.1")
                        .setPort(0))
                .requestHandler(request -> {
                    assertTrue(reply.accepts(request));
                    reply.write(request.response(), 503, Failure.NO_ENDPOINT, "no%endpoint");
                })
                .listen()
                .onComplete(started::complete, started::completeExceptionally);
        return started.get(10, TimeUnit.SECONDS).actualPort();
    }

    /** Reads frames as bytes up to the first of stream 1, which must be the last. */
    private static void assertFirstAnswerIsTrailersOnly(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.write(frame(SETTINGS, 0, 0, new byte[0]));
            out.write(frame(HEADERS, END_HEADERS | END_STREAM, 1, requestBlock()));
            out.flush();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            while (true) {
                int lengthAndType = in.readInt();
                int flags = in.readUnsignedByte();
                int stream = in.readInt();
                byte[] payload = in.readNBytes(lengthAndType >>> 8);
                if (stream == 1) {
                    assertEquals(HEADERS, lengthAndType & 0xff, "frame type");
                    assertEquals(END_HEADERS | END_STREAM, flags & ~PRIORITY, "flags");
                    assertTrue(payload.length > 0, "a header block");
                    return;
                }
            }
        }
    }

    /** POST / over http to "a" with a gRPC content type, in HPACK literals without indexing. */
    private static byte[] requestBlock() {
        byte[] contentType = "application/grpc".getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(6 + 3 + contentType.length)
                .put(new byte[] {(byte) 0x83, (byte) 0x86, (byte) 0x84, 0x01, 1, 'a'})
                .put(new byte[] {0x0f, 0x10, (byte) contentType.length})
                .put(contentType)
                .array();
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }
}
