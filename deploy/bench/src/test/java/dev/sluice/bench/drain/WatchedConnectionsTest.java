package dev.sluice.bench.drain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.bench.load.Http3Server;
import dev.sluice.bench.load.TestIdentity;
import dev.sluice.bench.wire.Http3Client;
import dev.sluice.bench.wire.Sockets;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http3.DefaultHttp3GoAwayFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // of a server whose failures the client sees
final class WatchedConnectionsTest {

    private static final int H3_INTERNAL_ERROR = 0x102;

    private final AtomicInteger requests = new AtomicInteger();

    /** Answers, answers behind a GOAWAY, closes the connection instead of an answer. */
    private void answer(ChannelHandlerContext stream) {
        QuicChannel connection = ((QuicStreamChannel) stream.channel()).parent();
        int number = requests.incrementAndGet();
        if (number == 3) {
            connection.close(true, H3_INTERNAL_ERROR, Unpooled.EMPTY_BUFFER);
            return;
        }
        if (number == 2) {
            Http3.getLocalControlStream(connection).writeAndFlush(new DefaultHttp3GoAwayFrame(12));
        }
        Http3Server.fields(stream, ":status", "200", "content-length", "0");
        Http3Server.end(stream);
    }

    private static void awaitAnswers(WatchedConnections connections, int answers) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
        int seen = 0;
        while (seen < answers) {
            assertTrue(System.nanoTime() - deadline < 0, seen + " answers (expected: " + answers + ")");
            String line = connections.seen().get(15, TimeUnit.SECONDS).get(0);
            seen = new JsonObject(line).getInteger("answers");
        }
    }

    @Test
    void tellsOfGoAwaysAnswersAndTheClose() throws Exception {
        EventLoopGroup loops = Sockets.loops(1, "test-client");
        try (Http3Server server = new Http3Server(TestIdentity.create(), this::answer)) {
            WatchedConnections connections =
                    new WatchedConnections(loops.next(), new Http3Client(loops.next(), server.address()), 0, 1);
            connections.open().get(15, TimeUnit.SECONDS);
            connections.ask(0.5);
            // Read together with the second request, the third would close the connection before the second is
            // answered.
            awaitAnswers(connections, 2);
            connections.ask(0.5);
            connections.closed().get(15, TimeUnit.SECONDS);
            List<String> lines = connections.seen().get(15, TimeUnit.SECONDS);

            assertEquals(1, lines.size());
            JsonObject seen = new JsonObject(lines.get(0));
            JsonArray goAways = seen.getJsonArray("goaways");
            double closed = (Double) seen.remove("closed");
            assertEquals(1, goAways.size());
            assertEquals(12, goAways.getJsonArray(0).getInteger(1));
            assertTrue(goAways.getJsonArray(0).getDouble(0) <= closed);
            assertEquals(
                    new JsonObject()
                            .put("busy", true)
                            .put("goaways", goAways)
                            .put("answers", 2)
                            .put("problem", "closed before the end of the answer")
                            .put("code", H3_INTERNAL_ERROR)
                            .put("application", true),
                    seen);
        } finally {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }
}
