package dev.sluice.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResponseReaderTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx-content-length: 9\r\n\r\nhello",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length:  5 \r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: gzip, chunked\r\n\r\nA;n=v\r\n0123456789\r\n0\r\na: b\r\n\r\n",
                "HTTP/1.0 200 OK\ncontent-length: 0\n\n",
                "HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n"
            })
    void endsWhereTheMessageDoesHoweverItIsCut(String message) {
        for (int cut = 0; cut < message.length(); cut++) {
            ResponseReader reader = new ResponseReader();
            for (int twice = 0; twice < 2; twice++) {
                assertFalse(reader.read(buffer(message.substring(0, cut))));
                ByteBuf rest = buffer(message.substring(cut) + "HTTP");
                assertTrue(reader.read(rest), "cut at " + cut);
                assertEquals(4, rest.readableBytes(), "cut at " + cut);
                assertEquals(200, reader.status());
                assertFalse(reader.saidClose());
            }
        }
    }

    @Test
    void heedsClose() {
        ResponseReader reader = new ResponseReader();
        assertTrue(reader.read(buffer("HTTP/1.1 204 No Content\r\nConnection: Close\r\n\r\n")));
        assertTrue(reader.saidClose());
        assertTrue(reader.read(buffer("HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n")));
        assertFalse(reader.saidClose());
    }

    @Test
    void knowsBodiesThatTheCloseEnds() {
        ResponseReader reader = new ResponseReader();
        assertFalse(reader.read(buffer("HTTP/1.1 200 OK\r\n\r\nbody")));
        assertTrue(reader.endsWithClose());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "junk that is no status line\r\n",
                "HTTP/1.1 200 OK\r\ncontent-length: x\r\n",
                "HTTP/1.1 200 OK\r\ncontent-length: \r\n",
                "HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n",
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno number\r\n"
            })
    void refusesNonsense(String message) {
        assertThrows(IllegalArgumentException.class, () -> new ResponseReader().read(buffer(message)));
    }

    @Test
    void refusesEndlessLines() {
        assertThrows(IllegalArgumentException.class, () -> new ResponseReader()
                .read(buffer("HTTP/1.1 200 " + "x".repeat(20_000))));
    }

    private static ByteBuf buffer(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.US_ASCII));
    }
}
