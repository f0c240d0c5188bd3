package dev.sluice.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // servers that misbehave on purpose
final class Http3LoadTest {

    private static TestIdentity identity;

    private final LoadGenerator generator = new LoadGenerator(2);

    @BeforeAll
    static void identify() throws Exception {
        identity = TestIdentity.create();
    }

    @AfterEach
    void close() {
        generator.close();
    }

    @Test
    void sends() {
        try (Http3Server server = new Http3Server(identity, Http3LoadTest::ok)) {
            assertAllGood(generator.run(Plans.busy(Protocol.HTTP3, server.address(), Plans.SMALL)));
            assertEquals(2, server.accepted());
        }
    }

    @Test
    void uploads() {
        Call upload = new Call("POST", "/upload", "localhost", 1024 * 1024, 0);
        try (Http3Server server = new Http3Server(identity, Http3LoadTest::ok)) {
            LoadResult result = generator.run(Plans.busy(Protocol.HTTP3, server.address(), upload));
            assertAllGood(result);
            assertEquals(result.completed() * upload.bodyBytes(), server.bodyBytes());
        }
    }

    @Test
    void callsGrpc() {
        try (Http3Server server = new Http3Server(identity, ctx -> grpc(ctx, "0"))) {
            assertAllGood(generator.run(Plans.busy(Protocol.HTTP3, server.address(), Plans.GRPC)));
        }
    }

    @Test
    void opensConnectionsAnew() {
        try (Http3Server server = new Http3Server(identity, Http3LoadTest::ok)) {
            LoadResult result = generator.run(Plans.newConnectionEach(Protocol.HTTP3, server.address()));
            assertAllGood(result);
            assertEquals(result.completed(), server.accepted());
        }
    }

    @Test
    void countsGrpcFailures() {
        assertFails("grpc-status 13 (expected: 0)", Plans.GRPC, ctx -> grpc(ctx, "13"));
    }

    @Test
    void countsOtherStatuses() {
        assertFails("status 503 (expected: 200)", Plans.SMALL, ctx -> {
            Http3Server.fields(ctx, ":status", "503");
            Http3Server.end(ctx);
        });
    }

    @Test
    void countsShortBodies() {
        assertFails("body of 2 bytes (expected: 3)", Plans.SMALL, ctx -> {
            Http3Server.fields(ctx, ":status", "200", "content-length", "3");
            Http3Server.data(ctx, 2);
            Http3Server.end(ctx);
        });
    }

    @Test
    void countsResets() {
        assertFails("stream reset: STREAM_RESET", Plans.SMALL, ctx -> ((QuicStreamChannel) ctx.channel())
                .shutdownOutput(7));
    }

    @Test
    void countsClosedConnections() {
        assertFails("closed before the end of the answer", Plans.SMALL, ctx -> ((QuicStreamChannel) ctx.channel())
                .parent()
                .close(true, 9, Unpooled.EMPTY_BUFFER));
    }

    @Test
    void countsServersThatAreNotThere() {
        InetSocketAddress gone = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        try (LoadGenerator impatient = new LoadGenerator(2, Duration.ofMillis(300))) {
            LoadResult result = impatient.run(Plans.busy(Protocol.HTTP3, gone, Plans.SMALL));
            assertEquals(0, result.completed());
            assertTrue(result.failed() >= 2, result.toString());
        }
    }

    private static void ok(ChannelHandlerContext ctx) {
        Http3Server.fields(ctx, ":status", "200", "content-length", "2");
        Http3Server.data(ctx, 2);
        Http3Server.end(ctx);
    }

    private static void grpc(ChannelHandlerContext ctx, String status) {
        Http3Server.fields(ctx, ":status", "200", "content-type", "application/grpc");
        Http3Server.data(ctx, 133);
        Http3Server.fields(ctx, "grpc-status", status);
        Http3Server.end(ctx);
    }

    private static void assertAllGood(LoadResult result) {
        assertEquals("", result.firstFailure());
        assertEquals(0, result.failed());
        assertTrue(result.completed() > 2, result.toString());
    }

    private void assertFails(String failure, Call call, Consumer<ChannelHandlerContext> answer) {
        try (Http3Server server = new Http3Server(identity, answer)) {
            LoadResult result = generator.run(Plans.busy(Protocol.HTTP3, server.address(), call));
            assertEquals(failure, result.firstFailure());
            assertEquals(0, result.completed());
            assertTrue(result.failed() >= 2, result.toString());
        }
    }
}
