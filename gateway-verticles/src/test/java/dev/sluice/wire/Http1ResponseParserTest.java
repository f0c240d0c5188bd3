package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Defaults;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.DecoderException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the parser makes of bytes, however they are cut, and that it gives every buffer back. */
final class Http1ResponseParserTest {

    private static final String OK = "HTTP/1.1 200 OK\r\n";
    private static final String CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n";

    /** Counts what is allocated and not yet released. */
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);

    @AfterEach
    void everyBufferIsReleased() {
        assertEquals(0, allocator.metric().usedDirectMemory(), "bytes still held");
        assertEquals(0, allocator.metric().usedHeapMemory(), "bytes still held");
    }

    // --- valid ---

    enum Valid {
        LENGTH(OK + "Content-Length: 5\r\n\r\nhello", "200 keep {Content-Length=5} 'hello' end {}"),
        LENGTH_0(OK + "Content-Length: 0\r\n\r\n", "200 keep {Content-Length=0} end {}"),
        BINARY_BODY(
                OK + "Content-Length: 6\r\n\r\n\0\r\n\r\n\u00ff",
                "200 keep {Content-Length=6} '\0\r\n\r\n\u00ff' end {}"),
        CHUNKS(CHUNKED + "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", "200 keep {Transfer-Encoding=chunked} 'hello!' end {}"),
        NO_CHUNKS(CHUNKED + "0\r\n\r\n", "200 keep {Transfer-Encoding=chunked} end {}"),
        CHUNK_EXTENSIONS(
                CHUNKED + "5;a=b;c=\"d e\"\r\nhello\r\n1 ; x\r\n!\r\n2\t\r\n??\r\n0;last\r\n\r\n",
                "200 keep {Transfer-Encoding=chunked} 'hello!??' end {}"),
        CHUNK_SIZES_OF_ANY_CASE_AND_ZEROS(
                CHUNKED + "00a\r\n0123456789\r\nB\r\n01234567890\r\n000\r\n\r\n",
                "200 keep {Transfer-Encoding=chunked} '012345678901234567890' end {}"),
        CHUNK_OF_LINE_ENDS(
                CHUNKED + "4\r\n\r\n\r\n\r\n0\r\n\r\n", "200 keep {Transfer-Encoding=chunked} '\r\n\r\n' end {}"),
        TRAILERS(
                CHUNKED + "1\r\nx\r\n0\r\nX-Sum: 1\r\nx-sum:2\r\n\r\n",
                "200 keep {Transfer-Encoding=chunked} 'x' end {X-Sum=1 x-sum=2}"),
        CODING_OF_ANY_CASE(
                OK + "transfer-encoding:  ChunKed \r\n\r\n0\r\n\r\n", "200 keep {transfer-encoding=ChunKed} end {}"),
        NO_CONTENT("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "204 keep {Content-Length=5} end {}"),
        NOT_MODIFIED(
                "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
                "304 keep {Transfer-Encoding=chunked} end {}"),
        HEAD(true, OK + "Content-Length: 5\r\n\r\n", "200 keep {Content-Length=5} end {}"),
        HEAD_OF_CHUNKED(true, CHUNKED, "200 keep {Transfer-Encoding=chunked} end {}"),
        HEAD_WITHOUT_LENGTH(true, OK + "\r\n", "200 keep {} end {}"),
        INTERIM_FIRST(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 9\r\n\r\n" + OK
                        + "Content-Length: 1\r\n\r\nx",
                "interim 100{} interim 103{Link=</a> Content-Length=9} 200 keep {Content-Length=1} 'x' end {}"),
        SWITCHING_PROTOCOLS("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "101 close {Upgrade=x} <close> end {}"),
        UNTIL_CLOSE(OK + "A: b\r\n\r\nall of it", "200 close {A=b} 'all of it' <close> end {}"),
        EMPTY_UNTIL_CLOSE(OK + "\r\n", "200 close {} <close> end {}"),
        OLD_UNTIL_CLOSE("HTTP/1.0 200 OK\r\n\r\nold", "200 close {} 'old' <close> end {}"),
        OLD_WITH_LENGTH(
                "HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nold",
                "200 close {Content-Length=3 Connection=keep-alive} 'old' end {}"),
        SAYS_CLOSE(
                OK + "Connection: x, Close\r\nContent-Length: 1\r\n\r\nx",
                "200 close {Connection=x, Close Content-Length=1} 'x' end {}"),
        SAYS_CLOSE_LATER(
                OK + "Connection: x\r\nconnection: close\r\nContent-Length: 0\r\n\r\n",
                "200 close {Connection=x connection=close Content-Length=0} end {}"),
        ALL_VISIBLE_BYTES(
                OK + "X: caf\u00e9 \u0080\u00ff ~!\r\nContent-Length: 0\r\n\r\n",
                "200 keep {X=caf\u00e9 \u0080\u00ff ~! Content-Length=0} end {}"),
        EMPTY_REASON("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200 keep {Content-Length=0} end {}"),
        NO_REASON("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200 keep {Content-Length=0} end {}"),
        LONG_REASON(
                "HTTP/1.1 404 Not \u00e4t\tall: here\r\nContent-Length: 0\r\n\r\n",
                "404 keep {Content-Length=0} end {}"),
        UNKNOWN_STATUS("HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n", "999 keep {Content-Length=0} end {}"),
        EMPTY_VALUES(
                OK + "A:\r\nB: \r\nC:\t \t\r\nContent-Length:0\r\n\r\n", "200 keep {A= B= C= Content-Length=0} end {}"),
        TABS_AND_SPACES_AROUND_AND_WITHIN(
                OK + "A:\t b\tc  d \t\r\nContent-Length: \t1 \r\n\r\nx",
                "200 keep {A=b\tc  d Content-Length=1} 'x' end {}"),
        EVERY_TOKEN_CHARACTER(
                OK + "!#$%&'*+-.^_`|~09azAZ: 1\r\nContent-Length: 0\r\n\r\n",
                "200 keep {!#$%&'*+-.^_`|~09azAZ=1 Content-Length=0} end {}"),
        COLON_IN_VALUE(OK + "A: b: c\r\nContent-Length: 0\r\n\r\n", "200 keep {A=b: c Content-Length=0} end {}"),
        USUAL_NAMES_OF_ANY_CASE(
                OK + "SERVER: a\r\nserver: b\r\nServer: c\r\nsErver: d\r\nContent-Length: 0\r\n\r\n",
                "200 keep {SERVER=a server=b Server=c sErver=d Content-Length=0} end {}");

        private final boolean toHead;
        private final String wire;
        private final String events;

        Valid(String wire, String events) {
            this(false, wire, events);
        }

        Valid(boolean toHead, String wire, String events) {
            this.toHead = toHead;
            this.wire = wire;
            this.events = events;
        }
    }

    @ParameterizedTest
    @EnumSource(Valid.class)
    void validInOnePiece(Valid valid) {
        assertEquals(valid.events, read(valid, false, valid.wire));
        assertEquals(valid.events, read(valid, true, valid.wire));
    }

    @ParameterizedTest
    @EnumSource(Valid.class)
    void validByteByByte(Valid valid) {
        String[] bytes = valid.wire.split("", -1);
        assertEquals(valid.events, read(valid, false, bytes));
        assertEquals(valid.events, read(valid, true, bytes));
    }

    @ParameterizedTest
    @EnumSource(Valid.class)
    void validCutAnywhere(Valid valid) {
        for (int cut = 1; cut < valid.wire.length(); cut++) {
            String first = valid.wire.substring(0, cut);
            String second = valid.wire.substring(cut);
            assertEquals(valid.events, read(valid, false, first, second), () -> "cut behind: " + first);
            assertEquals(valid.events, read(valid, true, first, second), () -> "cut behind: " + first);
        }
    }

    @ParameterizedTest
    @EnumSource(Valid.class)
    void closeBeforeTheEndIsNoEnd(Valid valid) {
        boolean untilClose = valid.events.contains("<close>");
        int headEnd = valid.wire.lastIndexOf("\r\n\r\n") + 4;
        for (int cut = 0; cut < (untilClose ? headEnd : valid.wire.length()); cut++) {
            try (Reading reading = new Reading(false)) {
                reading.parser.expect(valid.toHead);
                reading.feed(valid.wire.substring(0, cut));
                assertFalse(reading.parser.endsWithClose(), valid.wire.substring(0, cut));
                assertFalse(reading.parser.isIdle());
            }
        }
    }

    @Test
    void responsesFollowEachOther() {
        try (Reading reading = new Reading(false)) {
            for (Valid valid : Valid.values()) {
                if (!valid.events.contains("<close>")) {
                    reading.events.setLength(0);
                    reading.parser.expect(valid.toHead);
                    reading.feed(valid.wire);
                    assertEquals(valid.events, reading.events.toString());
                    assertTrue(reading.parser.isIdle());
                }
            }
        }
    }

    @Test
    void aHeadAsLargeAsItMayBe() {
        String value = "v".repeat(Defaults.MAX_HEADER_BYTES - "A: \r\nContent-Length: 0\r\n\r\n".length());
        String wire = OK + "A: " + value + "\r\nContent-Length: 0\r\n\r\n";
        try (Reading reading = new Reading(false)) {
            reading.parser.expect(false);
            reading.feed(wire);
            assertEquals("200 keep {A=" + value + " Content-Length=0} end {}", reading.events.toString());
        }
    }

    /** The events of one response, whose pieces come one after the other. */
    private String read(Valid valid, boolean pausing, String... pieces) {
        try (Reading reading = new Reading(pausing)) {
            reading.parser.expect(valid.toHead);
            for (String piece : pieces) {
                reading.feed(piece);
            }
            if (!reading.parser.isIdle()) {
                reading.closeData();
                reading.events.append(" <close>");
                assertTrue(reading.parser.endsWithClose());
            }
            assertTrue(reading.parser.isIdle());
            assertFalse(reading.parser.endsWithClose(), "only once");
            assertEquals(0, reading.unread.readableBytes(), "all of it is read");
            return reading.events.toString();
        }
    }

    // --- malformed ---

    enum Malformed {
        NO_HTTP("What do you want?\r\n\r\n", "no status line"),
        HTTP_2("HTTP/2.0 200 OK\r\n\r\n", "no status line"),
        LOWER_CASE("http/1.1 200 OK\r\n\r\n", "no status line"),
        EMPTY_LINE_FIRST("\r\n" + OK + "\r\n", "no status line"),
        HTTP_1_2("HTTP/1.2 200 OK\r\n\r\n", "a malformed status line"),
        NO_STATUS("HTTP/1.1\r\n\r\n", "a malformed status line"),
        SHORT_STATUS("HTTP/1.1 20\r\n\r\n", "a malformed status line"),
        LONG_STATUS("HTTP/1.1 2000 OK\r\n\r\n", "a malformed status line"),
        LOW_STATUS("HTTP/1.1 099 OK\r\n\r\n", "a malformed status line"),
        TWO_SPACES("HTTP/1.1  200 OK\r\n\r\n", "a malformed status line"),
        NUL_IN_REASON("HTTP/1.1 200 O\0K\r\n\r\n", "a malformed status line"),
        CR_IN_REASON("HTTP/1.1 200 O\rK\r\n\r\n", "a malformed status line"),
        BARE_LF_EVERYWHERE("HTTP/1.1 200 OK\nA: b\n\n", "a line that does not end with CRLF"),
        BARE_LF_BEHIND_STATUS("HTTP/1.1 200 OK\nA: b\r\n\r\n", "a line that does not end with CRLF"),
        BARE_LF_BEHIND_FIELD(OK + "A: b\nC: d\r\n\r\n", "a line that does not end with CRLF"),
        BARE_LF_AT_END(OK + "A: b\r\n\n", "a line that does not end with CRLF"),
        CR_IN_VALUE(OK + "A: b\rc\r\n\r\n", "a line that does not end with CRLF"),
        NUL_IN_VALUE(OK + "A: b\0c\r\n\r\n", "a control character in a field"),
        CONTROL_IN_VALUE(OK + "A: b\u001bc\r\n\r\n", "a control character in a field"),
        SPACE_BEFORE_COLON(OK + "A : b\r\n\r\n", "a field name that is no token"),
        SPACE_IN_NAME(OK + "A B: c\r\n\r\n", "a field name that is no token"),
        OBS_TEXT_IN_NAME(OK + "\u00c4: b\r\n\r\n", "a field name that is no token"),
        NO_COLON(OK + "A\r\n\r\n", "a field name that is no token"),
        OBS_FOLD(OK + "A: b\r\n c\r\n\r\n", "a field name that is no token"),
        TAB_FOLD(OK + "A: b\r\n\tc\r\n\r\n", "a field name that is no token"),
        FOLD_FIRST(OK + " A: b\r\n\r\n", "a field name that is no token"),
        EMPTY_NAME(OK + ": b\r\n\r\n", "a field name that is no token"),
        TWO_LENGTHS(OK + "Content-Length: 5\r\ncontent-length: 6\r\n\r\n", "two lengths: 5 and 6"),
        SAME_LENGTH_TWICE(OK + "Content-Length: 5\r\ncontent-length: 5\r\n\r\n", "two lengths: 5 and 5"),
        LENGTH_SPELT_TWICE(OK + "Content-Length: 5\r\ncontent-length: 05\r\n\r\n", "two lengths: 5 and 05"),
        LENGTH_LIST(OK + "Content-Length: 5, 5\r\n\r\n", "Content-Length: 5, 5 (expected: a number)"),
        EMPTY_LENGTH(OK + "Content-Length:\r\n\r\n", "Content-Length without a number"),
        NEGATIVE_LENGTH(OK + "Content-Length: -1\r\n\r\n", "Content-Length: -1 (expected: a number)"),
        SIGNED_LENGTH(OK + "Content-Length: +1\r\n\r\n", "Content-Length: +1 (expected: a number)"),
        HEXADECIMAL_LENGTH(OK + "Content-Length: 0x1\r\n\r\n", "Content-Length: 0x1 (expected: a number)"),
        HUGE_LENGTH(
                OK + "Content-Length: 9223372036854775808\r\n\r\n",
                "Content-Length: 9223372036854775808 (expected: a number)"),
        LENGTH_AND_CODING(
                OK + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                "both Content-Length and Transfer-Encoding"),
        CODING_AND_LENGTH(
                OK + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
                "both Content-Length and Transfer-Encoding"),
        OTHER_CODING(OK + "Transfer-Encoding: gzip\r\n\r\n", "Transfer-Encoding: gzip (expected: chunked)"),
        TWO_CODINGS(
                OK + "Transfer-Encoding: gzip, chunked\r\n\r\n",
                "Transfer-Encoding: gzip, chunked (expected: chunked)"),
        TWO_CODING_LINES(
                OK + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                "Transfer-Encoding: chunked, chunked (expected: chunked)"),
        EMPTY_CODING(OK + "Transfer-Encoding:\r\n\r\n", "Transfer-Encoding:  (expected: chunked)"),
        OLD_CODING(
                "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "Transfer-Encoding: chunked (expected: chunked)"),
        CHUNK_SIZE_JUNK(CHUNKED + "xyz\r\n", "a chunk size that is no hexadecimal number"),
        CHUNK_SIZE_EMPTY(CHUNKED + "\r\n", "a chunk size that is no hexadecimal number"),
        CHUNK_SIZE_WITHOUT_DIGITS(CHUNKED + ";a=b\r\n", "a chunk size that is no hexadecimal number"),
        CHUNK_SIZE_NEGATIVE(CHUNKED + "-5\r\n", "a chunk size that is no hexadecimal number"),
        CHUNK_SIZE_PREFIXED(CHUNKED + "0x5\r\n", "a chunk size that is no hexadecimal number"),
        CHUNK_SIZE_BEHIND_SPACE(CHUNKED + " 5\r\n", "a chunk size that is no hexadecimal number"),
        CHUNK_SIZE_TWICE(CHUNKED + "5 6\r\n", "a chunk size that is no hexadecimal number"),
        CHUNK_SIZE_AND_OBS_TEXT(CHUNKED + "5\u00b2\r\n", "a chunk size that is no hexadecimal number"),
        CHUNK_SIZE_OVERFLOW(CHUNKED + "10000000000000000\r\n", "a chunk size with too many digits"),
        CHUNK_SIZE_NEGATIVE_LONG(CHUNKED + "ffffffffffffffff\r\n", "a chunk size with too many digits"),
        CHUNK_SIZE_BARE_LF(CHUNKED + "5\nhello\r\n0\r\n\r\n", "a line that does not end with CRLF"),
        CHUNK_SIZE_LF_ONLY(CHUNKED + "\n", "a line that does not end with CRLF"),
        CHUNK_LINE_TOO_LONG(
                CHUNKED + "5;" + "a".repeat(Defaults.MAX_CHUNK_LINE_BYTES),
                "a chunk line of more than " + Defaults.MAX_CHUNK_LINE_BYTES + " bytes"),
        CHUNK_LONGER_THAN_SAID(CHUNKED + "5\r\nhello!\r\n", "a chunk that is longer than it says"),
        CHUNK_WITHOUT_CRLF(CHUNKED + "5\r\nhello0\r\n\r\n", "a chunk that is longer than it says"),
        CHUNK_WITH_BARE_LF(CHUNKED + "5\r\nhello\n0\r\n\r\n", "a chunk that is longer than it says"),
        TRAILER_WITHOUT_NAME(CHUNKED + "0\r\n: x\r\n\r\n", "a field name that is no token"),
        TRAILER_WITH_FOLD(CHUNKED + "0\r\nA: b\r\n c\r\n\r\n", "a field name that is no token"),
        TRAILER_BARE_LF(CHUNKED + "0\r\nA: b\n\r\n\r\n", "a line that does not end with CRLF"),
        NO_TRAILERS_BARE_LF(CHUNKED + "0\r\n\n", "a line that does not end with CRLF"),
        TOO_MANY_INTERIMS(
                "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(Defaults.MAX_INTERIM_RESPONSES + 1),
                "more than " + Defaults.MAX_INTERIM_RESPONSES + " interim responses"),
        SURPLUS_BEHIND_LENGTH(OK + "Content-Length: 2\r\n\r\nhi!", "bytes that belong to no response"),
        SURPLUS_BEHIND_CHUNKS(CHUNKED + "0\r\n\r\n\r\n", "bytes that belong to no response"),
        SURPLUS_BEHIND_204("HTTP/1.1 204 No Content\r\n\r\nx", "bytes that belong to no response"),
        SECOND_RESPONSE(
                OK + "Content-Length: 0\r\n\r\n" + OK + "Content-Length: 0\r\n\r\n",
                "bytes that belong to no response");

        private final String wire;
        private final String message;

        Malformed(String wire, String message) {
            this.wire = wire;
            this.message = message;
        }
    }

    @ParameterizedTest
    @EnumSource(Malformed.class)
    void malformedIsRefused(Malformed malformed) {
        assertRefused(malformed.message, malformed.wire);
        assertRefused(malformed.message, malformed.wire.split("", -1));
        int middle = malformed.wire.length() / 2;
        assertRefused(malformed.message, malformed.wire.substring(0, middle), malformed.wire.substring(middle));
    }

    @Test
    void tooLargeIsRefused() {
        String message = "header fields of more than " + Defaults.MAX_HEADER_BYTES + " bytes";
        String field = "A: " + "a".repeat(Defaults.MAX_HEADER_BYTES) + "\r\n\r\n";
        assertRefused(message, OK + field);
        assertRefused(message, OK + "A: b\r\n".repeat(20_000));
        assertRefused(message, "HTTP/1.1 200 " + "O".repeat(Defaults.MAX_HEADER_BYTES * 2));
        assertRefused(message, CHUNKED + "0\r\n" + "A: b\r\n".repeat(20_000));
    }

    @Test
    void bytesBeforeAnyRequestAreRefused() {
        try (Reading reading = new Reading(false)) {
            assertThrows(DecoderException.class, () -> reading.feed("H"));
        }
    }

    private void assertRefused(String message, String... pieces) {
        try (Reading reading = new Reading(false)) {
            reading.parser.expect(false);
            DecoderException refused = assertThrows(
                    DecoderException.class, () -> Arrays.stream(pieces).forEach(reading::feed));
            assertEquals("The backend's response has " + message, refused.getMessage());
        }
    }

    /** One parser, what it has read, and what came of it. */
    private final class Reading implements Http1ResponseParser.Sink, AutoCloseable {

        private final Http1ResponseParser parser = new Http1ResponseParser(this);
        private final StringBuilder events = new StringBuilder();
        /** Kept to the end: a piece must outlive the buffer that it was read into. */
        private final List<ByteBuf> pieces = new ArrayList<>();

        private final List<String> texts = new ArrayList<>();
        private final boolean pausing;
        private ByteBuf unread = allocator.directBuffer(1);
        private boolean paused;
        private boolean inData;

        Reading(boolean pausing) {
            this.pausing = pausing;
        }

        void feed(String bytes) {
            ByteBuf joined = allocator.directBuffer(unread.readableBytes() + bytes.length() + 1);
            joined.writeBytes(unread).writeCharSequence(bytes, StandardCharsets.ISO_8859_1);
            unread.release();
            unread = joined;
            parser.parse(unread);
            while (paused) {
                int before = unread.readableBytes();
                parser.parse(unread);
                assertEquals(before, unread.readableBytes(), "a pause holds");
                paused = false;
                parser.parse(unread);
            }
        }

        @Override
        public void interim(int status, FieldLines fields) {
            events.append("interim ").append(status).append(lines(fields)).append(' ');
        }

        @Override
        public void head(int status, boolean keepsAlive, FieldLines fields) {
            events.append(status).append(keepsAlive ? " keep " : " close ").append(lines(fields));
        }

        @Override
        public void data(ByteBuf bytes) {
            assertTrue(bytes.isReadable(), "a piece is never empty");
            assertFalse(paused, "a pause holds");
            if (!inData) {
                inData = true;
                events.append(" '");
            }
            String text = bytes.toString(StandardCharsets.ISO_8859_1);
            events.append(text);
            pieces.add(bytes);
            texts.add(text);
            paused = pausing;
        }

        @Override
        public void end(FieldLines trailers) {
            closeData();
            paused = false;
            events.append(" end ").append(lines(trailers));
        }

        @Override
        public boolean isPaused() {
            return paused;
        }

        void closeData() {
            events.append(inData ? "'" : "");
            inData = false;
        }

        private String lines(FieldLines fields) {
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < fields.size(); i++) {
                lines.add(fields.name(i) + "=" + fields.value(i));
            }
            return "{" + String.join(" ", lines) + "}";
        }

        @Override
        public void close() {
            unread.release();
            for (int i = 0; i < pieces.size(); i++) {
                assertEquals(texts.get(i), pieces.get(i).toString(StandardCharsets.ISO_8859_1));
                pieces.get(i).release();
            }
        }
    }
}
