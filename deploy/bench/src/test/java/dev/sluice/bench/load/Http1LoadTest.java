package dev.sluice.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.bench.backend.Backend;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("FutureReturnValueIgnored") // servers that misbehave on purpose
final class Http1LoadTest {

    private static final String OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    private final LoadGenerator generator = new LoadGenerator(2);

    @AfterEach
    void close() {
        generator.close();
    }

    @Test
    void sendsToTheBackend() {
        try (Backend backend = new Backend(0, 0, 1)) {
            InetSocketAddress target = new InetSocketAddress(InetAddress.getLoopbackAddress(), backend.http1Port());
            Call odd = new Call("GET", "/bytes/100001", "localhost", 0, 0);
            Call upload = new Call("POST", "/upload", "localhost", 1024 * 1024, 0);

            LoadResult result = generator.run(Plans.busy(Protocol.HTTP1, target, Plans.SMALL, odd, upload));

            assertEquals("", result.firstFailure());
            assertEquals(0, result.failed());
            assertTrue(result.completed() > 5, result.toString());
            assertTrue(result.p50().toNanos() > 0 && result.p50().compareTo(result.max()) <= 0, result.toString());
            assertTrue(result.elapsed().compareTo(Plans.SHORT.dividedBy(2)) > 0, result.toString());
        }
    }

    @Test
    void sendsOverTls() throws Exception {
        try (TcpServer server = new TcpServer(tls("TLS_AES_128_GCM_SHA256"), () -> List.of(Http1Script.bytes(OK)))) {
            assertAllGood(generator.run(Plans.busy(Protocol.HTTP1_TLS, server.address(), Plans.SMALL)));
            assertEquals(2, server.accepted());
        }
    }

    @Test
    void takesNoOtherCipher() throws Exception {
        try (TcpServer server = new TcpServer(tls("TLS_AES_256_GCM_SHA384"), () -> List.of(Http1Script.bytes(OK)))) {
            LoadResult result = generator.run(Plans.busy(Protocol.HTTP1_TLS, server.address(), Plans.SMALL));
            assertEquals(0, result.completed());
            assertEquals("cipher TLS_AES_256_GCM_SHA384 (expected: TLS_AES_128_GCM_SHA256)", result.firstFailure());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                OK,
                "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + OK,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nt: v\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            })
    void countsCompleteAnswers(String answer) {
        try (TcpServer server = plain(() -> Http1Script.bytes(answer))) {
            assertAllGood(generator.run(Plans.busy(Protocol.HTTP1, server.address(), Plans.SMALL)));
            assertEquals(2, server.accepted());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\n\r\nuntil the end",
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok"
            })
    void countsAnswersThatCloseTheConnection(String answer) {
        try (TcpServer server = plain(() -> Http1Script.bytesThenClose(answer))) {
            LoadResult result = generator.run(Plans.busy(Protocol.HTTP1, server.address(), Plans.SMALL));
            assertAllGood(result);
            assertTrue(server.accepted() >= result.completed(), server.accepted() + " connections, " + result);
        }
    }

    @Test
    void countsOtherStatuses() {
        assertFails(
                "status 503 (expected: 200)",
                () -> Http1Script.bytes("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"));
    }

    @Test
    void countsShortBodies() {
        assertFails(
                "closed before the end of the answer",
                () -> Http1Script.bytesThenClose("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok"));
        assertFails(
                "closed before the end of the answer",
                () -> Http1Script.bytesThenClose("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n"));
    }

    @Test
    void countsConnectionsClosedWithoutAnAnswer() {
        assertFails("closed before the end of the answer", () -> Http1Script.bytesThenClose(""));
    }

    @Test
    void countsResets() {
        LoadResult result = failing(() -> new Http1Script(ctx -> {
            ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            ctx.close();
        }));
        assertTrue(result.firstFailure().contains("reset"), result.toString());
    }

    @Test
    void countsNonsense() {
        assertFails("java.lang.IllegalArgumentException: no status line", () -> Http1Script.bytes("nonsense\r\n\r\n"));
    }

    @Test
    void countsRefusedConnections() throws Exception {
        InetSocketAddress gone;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            gone = (InetSocketAddress) server.getLocalSocketAddress();
        }
        LoadResult result = generator.run(Plans.busy(Protocol.HTTP1, gone, Plans.SMALL));
        assertEquals(0, result.completed());
        assertTrue(result.failed() >= 2, result.toString());
        assertTrue(result.firstFailure().contains("refused"), result.toString());
        assertEquals(Plans.SHORT, result.elapsed());
    }

    @Test
    void refusesGrpc() {
        InetSocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        assertThrows(
                IllegalArgumentException.class, () -> generator.run(Plans.busy(Protocol.HTTP1, anywhere, Plans.GRPC)));
    }

    private static void assertAllGood(LoadResult result) {
        assertEquals("", result.firstFailure());
        assertEquals(0, result.failed());
        assertTrue(result.completed() > 2, result.toString());
    }

    private void assertFails(String failure, Supplier<Http1Script> script) {
        assertEquals(failure, failing(script).firstFailure());
    }

    private LoadResult failing(Supplier<Http1Script> script) {
        try (TcpServer server = plain(script)) {
            LoadResult result = generator.run(Plans.busy(Protocol.HTTP1, server.address(), Plans.SMALL));
            assertEquals(0, result.completed());
            assertTrue(result.failed() >= 2, result.toString());
            return result;
        }
    }

    private static TcpServer plain(Supplier<Http1Script> script) {
        return new TcpServer(null, () -> List.of(script.get()));
    }

    private static SslContext tls(String cipher) throws Exception {
        TestIdentity identity = TestIdentity.create();
        return SslContextBuilder.forServer(identity.key(), identity.certificate())
                .sslProvider(SslProvider.JDK)
                .protocols("TLSv1.3")
                .ciphers(List.of(cipher))
                .build();
    }
}
