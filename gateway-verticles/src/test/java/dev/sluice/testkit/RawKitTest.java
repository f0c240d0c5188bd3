package dev.sluice.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RawKitTest {

    @Test
    void rawUpstreamSendsExactlyItsBytes() throws Exception {
        try (RawUpstream upstream = RawUpstream.answering(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nT: 1\r\n\r\n");
                RawHttp1 client = RawHttp1.connect(upstream.port())) {
            client.send(
                    "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nQ: 2\r\n\r\n");
            RawResponse response = client.readResponse();
            assertEquals("ab", response.text());
            assertEquals("1", response.trailer("t"));
            RawUpstream.Request request = upstream.take();
            assertEquals("POST /x HTTP/1.1", request.requestLine());
            assertEquals("abc", new String(request.body(), StandardCharsets.UTF_8));
            assertEquals("2", RawResponse.value(request.trailers(), "q"));
        }
    }

    @Test
    void rawUpstreamBreaksOffAsAsked() throws Exception {
        String half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
        try (RawUpstream closing = RawUpstream.answeringThenClosing(half);
                RawHttp1 client = RawHttp1.connect(closing.port())) {
            RawResponse response = client.get("/");
            assertEquals("half", response.text());
            assertFalse(response.complete());
        }
        try (RawUpstream resetting = RawUpstream.answeringThenResetting(half);
                RawHttp1 client = RawHttp1.connect(resetting.port())) {
            assertFalse(client.get("/").complete());
        }
        try (RawUpstream stalling = RawUpstream.stalling();
                RawHttp1 client = RawHttp1.connect(stalling.port())) {
            client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
            assertTrue(client.isOpen());
            assertEquals(1, stalling.connections());
        }
    }

    @Test
    void rawH2UpstreamSeesTrailersAndAnswersInFrames() throws Exception {
        try (RawH2Upstream upstream = new RawH2Upstream();
                RawH2Client client = RawH2Client.connect(upstream.port())) {
            RawH2Stream ours = client.open(RawH2Client.head("POST", "/up"), false)
                    .data(new byte[] {'a'}, false)
                    .trailers(Map.of("x-sum", "1"));
            RawH2Stream theirs = upstream.take();
            H2Frame.Headers head = theirs.nextHeaders();
            assertEquals("/up", head.get(":path"));
            assertFalse(head.endStream());
            assertEquals("a", theirs.nextData().text());
            assertEquals(new H2Frame.Headers(List.of(Map.entry("x-sum", "1")), true), theirs.nextHeaders());
            theirs.respond(200, false).body(new byte[100_000]);
            H2Response response = ours.response();
            assertEquals(200, response.status());
            assertEquals(100_000, response.body().length);
            assertTrue(response.complete());

            RawH2Stream second = client.open(RawH2Client.head("GET", "/"), true);
            upstream.take().goAway(1, 0).reset(0x7);
            assertEquals(new H2Frame.GoAway(1, 0, ""), client.awaitGoAway());
            assertEquals(0x7, second.response().resetCode());
            assertEquals(1, upstream.connections());
        }
    }

    @Test
    void blackHoleNeitherConnectsNorRefuses() throws Exception {
        try (BlackHole hole = new BlackHole();
                Socket socket = new Socket()) {
            assertThrows(
                    SocketTimeoutException.class,
                    () -> socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), hole.port()), 1500));
        }
    }

    @Test
    void leaksAreSeen() {
        NettyLeaks.watch();
        NettyLeaks.collect();
        Eventually.holds("a leak is reported", () -> {
            leak();
            return NettyLeaks.collect().stream().anyMatch(report -> report.contains("LEAK"));
        });
        Eventually.holds("no more are", () -> NettyLeaks.collect().equals(List.of()));
    }

    private static void leak() {
        ByteBuf lost = PooledByteBufAllocator.DEFAULT.directBuffer(64);
        lost.writeByte(1);
    }
}
