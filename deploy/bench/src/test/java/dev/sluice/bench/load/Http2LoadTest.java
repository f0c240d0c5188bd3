package dev.sluice.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.bench.backend.Backend;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // servers that misbehave on purpose
final class Http2LoadTest {

    private final LoadGenerator generator = new LoadGenerator(2);

    @AfterEach
    void close() {
        generator.close();
    }

    @Test
    void sendsToTheBackend() {
        try (Backend backend = new Backend(0, 0, 1)) {
            InetSocketAddress target = new InetSocketAddress(InetAddress.getLoopbackAddress(), backend.h2cPort());
            Call odd = new Call("GET", "/bytes/100001", "localhost", 0, 0);
            Call empty = new Call("GET", "/bytes/0", "localhost", 0, 0);
            Call upload = new Call("POST", "/upload", "localhost", 1024 * 1024, 0);

            Call stream = new Call("POST", "/bench.Echo/Stream", "localhost", 64, 1_000 * (5 + 1024));
            Call large = new Call("POST", "/bench.Echo/Large", "localhost", 1024 * 1024, 5 + 1024 * 1024);

            assertAllGood(generator.run(
                    Plans.busy(Protocol.H2C, target, Plans.SMALL, odd, empty, upload, Plans.GRPC, stream, large)));
        }
    }

    @Test
    void sendsOverTls() throws Exception {
        try (TcpServer server = new TcpServer(tls(), () -> Http2Script.handlers(Http2LoadTest::ok))) {
            assertAllGood(generator.run(Plans.busy(Protocol.H2_TLS, server.address(), Plans.SMALL)));
            assertEquals(2, server.accepted());
        }
    }

    @Test
    void countsOtherStatuses() {
        assertFails("status 503 (expected: 200)", Plans.SMALL, ctx -> Http2Script.fields(ctx, true, ":status", "503"));
    }

    @Test
    void countsGrpcFailures() {
        assertFails("grpc-status 13 (expected: 0)", Plans.GRPC, ctx -> {
            Http2Script.fields(ctx, false, ":status", "200");
            Http2Script.data(ctx, false, 5);
            Http2Script.fields(ctx, true, "grpc-status", "13");
        });
        assertFails("grpc-status null (expected: 0)", Plans.GRPC, ctx -> {
            Http2Script.fields(ctx, false, ":status", "200");
            Http2Script.data(ctx, true, 5);
        });
        assertFails(
                "gRPC messages of 0 bytes (expected: 133)",
                Plans.GRPC,
                ctx -> Http2Script.fields(ctx, true, ":status", "200", "grpc-status", "0"));
    }

    @Test
    void countsShortBodies() {
        assertFails("closed before the end of the answer", Plans.SMALL, ctx -> {
            Http2Script.fields(ctx, false, ":status", "200", "content-length", "3");
            Http2Script.data(ctx, true, 2);
        });
    }

    @Test
    void countsResets() {
        assertFails("stream reset, code 2", Plans.SMALL, ctx -> {
            Http2Script.fields(ctx, false, ":status", "200");
            ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
        });
    }

    @Test
    void countsGoAway() {
        assertFails("GOAWAY, code 11", Plans.SMALL, ctx -> ctx.channel()
                .parent()
                .writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.ENHANCE_YOUR_CALM)));
    }

    @Test
    void countsClosedConnections() {
        assertFails(
                "closed before the end of the answer",
                Plans.SMALL,
                // FIN alone: a close with the peer's bytes unread is an RST, which reads as another failure.
                ctx -> ((DuplexChannel) ctx.channel().parent()).shutdownOutput());
    }

    @Test
    void countsServersThatSpeakSomethingElse() {
        try (TcpServer server = new TcpServer(
                null, () -> List.of(Http1Script.bytes("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")))) {
            LoadResult result = generator.run(Plans.busy(Protocol.H2C, server.address(), Plans.SMALL));
            assertEquals(0, result.completed());
            assertTrue(result.failed() >= 2, result.toString());
        }
    }

    private static void ok(ChannelHandlerContext ctx) {
        Http2Script.fields(ctx, false, ":status", "200", "content-length", "2");
        Http2Script.data(ctx, true, 2);
    }

    private static void assertAllGood(LoadResult result) {
        assertEquals("", result.firstFailure());
        assertEquals(0, result.failed());
        assertTrue(result.completed() > 5, result.toString());
    }

    private void assertFails(String failure, Call call, Consumer<ChannelHandlerContext> answer) {
        try (TcpServer server = new TcpServer(null, () -> Http2Script.handlers(answer))) {
            LoadResult result = generator.run(Plans.busy(Protocol.H2C, server.address(), call));
            assertEquals(failure, result.firstFailure());
            assertEquals(0, result.completed());
            assertTrue(result.failed() >= 2, result.toString());
        }
    }

    private static SslContext tls() throws Exception {
        TestIdentity identity = TestIdentity.create();
        return SslContextBuilder.forServer(identity.key(), identity.certificate())
                .protocols("TLSv1.3")
                .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        "h2"))
                .build();
    }
}
