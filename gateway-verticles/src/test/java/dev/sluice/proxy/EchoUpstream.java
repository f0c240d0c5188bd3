package dev.sluice.proxy;

import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.TestCertificates;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketServerConfig;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** Vert.x's WebSocket server: echoes messages, and serves a page that speaks to it. */
final class EchoUpstream implements AutoCloseable {

    static final int MAX_MESSAGE = 4 << 20;

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    private final BlockingQueue<String> closes = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> vias = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> results = new LinkedBlockingQueue<>();

    /** @param certificate for TLS, where ALPN also offers HTTP/2; null for cleartext HTTP/1.1 */
    EchoUpstream(TestCertificates.@Nullable Leaf certificate) {
        HttpServerConfig config = new HttpServerConfig()
                .setVersions(
                        certificate == null
                                ? new HttpVersion[] {HttpVersion.HTTP_1_1}
                                : new HttpVersion[] {HttpVersion.HTTP_1_1, HttpVersion.HTTP_2})
                .setHost("127.0.0.1")
                .setPort(0)
                .setWebSocketConfig(new WebSocketServerConfig()
                        .setSubProtocols(List.of("chat"))
                        .setUsePerMessageCompression(true)
                        .setMaxFrameSize(MAX_MESSAGE)
                        .setMaxMessageSize(MAX_MESSAGE));
        server = certificate == null
                ? vertx.createHttpServer(config)
                : vertx.createHttpServer(
                        config,
                        new ServerSSLOptions()
                                .setUseAlpn(true)
                                .setKeyCertOptions(new PemKeyCertOptions()
                                        .addCertPath(certificate.certFile().toString())
                                        .addKeyPath(certificate.keyFile().toString())));
        server.requestHandler(this::page).webSocketHandler(this::echo);
        Eventually.get(server.listen());
    }

    int port() {
        return server.actualPort();
    }

    /** How the next WebSocket ended, as the server saw it: code and reason. */
    String takeClose() {
        return Eventually.take("a close at the server", closes);
    }

    /** The next WebSocket's {@code Via}. */
    String takeVia() {
        return Eventually.take("a WebSocket at the server", vias);
    }

    /** What the page has told. */
    String takeResult() {
        return Eventually.take("the page's result", results);
    }

    private void echo(ServerWebSocket socket) {
        vias.add("" + socket.headers().get("via"));
        socket.textMessageHandler(text -> {
            if (text.equals("close me")) {
                var unused = socket.close((short) 4001, "bye");
            } else {
                var unused = socket.writeTextMessage(text);
            }
        });
        socket.binaryMessageHandler(bytes -> {
            var unused = socket.writeBinaryMessage(bytes);
        });
        socket.closeHandler(v -> closes.add(socket.closeStatusCode() + " " + socket.closeReason()));
    }

    private void page(HttpServerRequest request) {
        if (request.path().equals("/result")) {
            request.body().onSuccess(body -> results.add(body.toString()));
            var unused = request.response().end();
        } else if (request.path().equals("/")) {
            var unused =
                    request.response().putHeader("content-type", "text/html").sendFile("websocket/page.html");
        } else {
            var unused = request.response().setStatusCode(404).end();
        }
    }

    @Override
    public void close() {
        Eventually.get(vertx.close());
    }
}
