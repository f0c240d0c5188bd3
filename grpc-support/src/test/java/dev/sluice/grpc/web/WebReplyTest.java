package dev.sluice.grpc.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.failure.Failure;
import dev.sluice.spi.ReplyFormat;
import dev.sluice.testkit.Eventually;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WebReplyTest {

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        Eventually.get(vertx.close());
    }

    @ParameterizedTest
    @CsvSource({
        "application/grpc-web+proto, */*, application/grpc-web",
        "application/grpc-web+proto, application/grpc-web-text, application/grpc-web-text",
        "application/grpc-web-text, application/grpc-web-text, application/grpc-web-text"
    })
    void isAHeadWithoutABody(String contentType, String accept, String answer) throws IOException {
        HttpServer server = Eventually.get(vertx.createHttpServer(
                        new HttpServerConfig().setHost("127.0.0.1").setPort(0))
                .requestHandler(request -> {
                    ReplyFormat format = WebReply.FORMATS.stream()
                            .filter(each -> each.accepts(request))
                            .findFirst()
                            .orElseThrow();
                    format.write(request.response(), 503, Failure.NO_ENDPOINT, "no%endpoint");
                })
                .listen());
        String head = "POST /a.Service/Call HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n"
                + "Content-Type: " + contentType + "\r\nAccept: " + accept + "\r\n\r\n";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort())) {
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            assertEquals(
                    "HTTP/1.1 200 OK\r\ncontent-type: " + answer
                            + "\r\ngrpc-status: 14\r\ngrpc-message: no%25endpoint\r\n"
                            + "connection: close\r\ncontent-length: 0\r\n\r\n",
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
        }
    }
}
