package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.TestGateway;
import dev.sluice.verticle.GatewayVertx;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A connection that its peer resets right behind some bytes is closed once they are read, on any transport. */
final class HangUpDrainTest {

    @Test
    void closesAConnectionThatWasResetBehindBytes() throws Exception {
        Vertx vertx = GatewayVertx.create(TestGateway.bootstrap(1));
        try {
            CompletableFuture<Void> accepted = new CompletableFuture<>();
            CompletableFuture<Void> left = new CompletableFuture<>();
            Buffer received = Buffer.buffer();
            Promise<Buffer> closed = Promise.promise();
            NetServer server = vertx.createNetServer().connectHandler(socket -> {
                socket.handler(received::appendBuffer);
                socket.closeHandler(gone -> closed.complete(received));
                accepted.complete(null);
                // The loop stands still, so that it meets the bytes and the reset at once.
                Eventually.get(left);
            });
            int port = Eventually.get(server.listen(0, "127.0.0.1")).actualPort();
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
                Eventually.get(accepted);
                client.getOutputStream().write("bytes".getBytes(StandardCharsets.US_ASCII));
                client.setSoLinger(true, 0);
            }
            left.complete(null);

            assertEquals(Buffer.buffer("bytes"), Eventually.get(closed.future()));
        } finally {
            Eventually.get(vertx.close());
        }
    }
}
