package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Defaults;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.Gate;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.TestGateway;
import dev.sluice.verticle.GatewayVertx;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A connection that is closed delivers what was written to it before. */
final class CloseAfterFlushTest {

    /** More than the socket buffers of both sides hold. */
    private static final int LENGTH = 64_000_000;

    private final Vertx vertx = GatewayVertx.create(TestGateway.bootstrap(1));
    private final Gate written = new Gate();
    private final NetServer server = vertx.createNetServer(
                    new NetServerOptions().setHost("127.0.0.1").setPort(0))
            .connectHandler(socket -> {
                var unused = socket.write(Buffer.buffer(new byte[LENGTH]));
                written.pass(() -> {});
            });

    @AfterEach
    void close() {
        Eventually.get(vertx.close());
    }

    @Test
    void deliversWhatWasWrittenBeforeTheClose() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(Eventually.get(server.listen()).actualPort())) {
            written.awaitReached();
            Future<Void> closed = server.close();
            assertEquals(LENGTH, client.readSome(LENGTH).length());
            client.awaitClosed();
            Eventually.get(closed);
        }
    }

    @Test
    void doesNotWaitForAClientThatNeverReads() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(Eventually.get(server.listen()).actualPort())) {
            written.awaitReached();
            long before = System.nanoTime();
            Eventually.get(server.close());
            Duration waited = Duration.ofNanos(System.nanoTime() - before);
            assertTrue(waited.compareTo(Defaults.CLOSE_LINGER) >= 0, waited::toString);
            assertTrue(client.localPort() > 0);
        }
    }
}
