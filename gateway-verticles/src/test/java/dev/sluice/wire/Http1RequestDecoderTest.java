package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.failure.Failure;
import dev.sluice.testkit.Row;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the decoder makes of bytes, however they are cut, and that it gives every buffer back. */
final class Http1RequestDecoderTest {

    private static final long SEED = 20261121;
    private static final long FUZZ_NANOS = TimeUnit.SECONDS.toNanos(3);

    private static final String HEAD = "POST /a HTTP/1.1\r\nHost: x\r\n";

    /** Counts what is allocated and not yet released. */
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);

    @AfterEach
    void everyBufferIsReleased() {
        assertEquals(0, allocator.metric().usedDirectMemory(), "bytes still held");
        assertEquals(0, allocator.metric().usedHeapMemory(), "bytes still held");
    }

    @Test
    @Row(value = "E4.12", over = "h1")
    void trailersAreThereWhenTheRequestEnds() {
        assertEquals(
                List.of("POST /a {Host=x Transfer-Encoding=chunked} 'abc' {X-Sum=1 x-sum=2 Content-Length=7}"),
                read(HEAD + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\nx-sum:\t2 \r\n"
                        + "Content-Length: 7\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Upgrade: h2c\r\n",
                "Upgrade: H2C\r\n",
                "Upgrade: websocket, h2c\r\n",
                "Upgrade: h2c\r\nUpgrade: websocket\r\n",
                "Upgrade: websocket\r\nUpgrade: h2c\r\n",
                "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
            })
    @Row(value = "E4.27", over = "h1")
    void anUpgradeToH2cIsErasedAndNothingHeld(String fields) {
        String head = "GET / HTTP/1.1\r\nConnection: Upgrade\r\n" + fields + "\r\n";
        assertEquals(
                List.of("GET / {Connection=Upgrade} '' {}", "GET / {Connection=Upgrade} '' {}"), read(head + head));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CONNECT a:1 HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nConnection: x, UPGRADE\r\nUpgrade: websocket\r\n\r\n",
                "GET / HTTP/1.1\r\nConnection: x\r\nConnection: upgrade\r\nUpgrade: foo/2\r\nContent-Length: 1\r\n\r\nb",
            })
    void whatFollowsAnUpgradeIsHeldUntilItIsDeclined(String upgrade) {
        try (Reading reading = new Reading()) {
            reading.write(upgrade + "GET /next HTTP/1.1\r\n\r\n");
            assertEquals(1, reading.done.size(), reading.done.toString());
            reading.write("GET /later HTTP/1.1\r\n\r\n");
            assertEquals(1, reading.done.size(), reading.done.toString());
            reading.decoder().resume();
            reading.channel.runPendingTasks();
            reading.collect();
            assertEquals(
                    List.of("GET /next {} '' {}", "GET /later {} '' {}"), reading.done.subList(1, reading.done.size()));
        }
    }

    @Test
    void whatFollowsAnUpgradeCanBeTaken() {
        try (Reading reading = new Reading()) {
            reading.write("CONNECT a:1 HTTP/1.1\r\n\r\n\0tunnel");
            ByteBuf rest = reading.decoder().takeRest();
            assertEquals("\0tunnel", rest.toString(StandardCharsets.ISO_8859_1));
            rest.release();
            assertEquals(List.of("CONNECT a:1 {} '' {}"), reading.done);
        }
    }

    @Test
    void heldInputStopsTheReadingAndGoesOn() {
        try (Reading reading = new Reading()) {
            reading.write("CONNECT a:1 HTTP/1.1\r\n\r\n" + "x".repeat(64 * 1024));
            assertTrue(reading.channel.config().isAutoRead());
            reading.write("x");
            assertFalse(reading.channel.config().isAutoRead());
            reading.decoder().resume();
            reading.channel.runPendingTasks();
            reading.collect();
            assertTrue(reading.channel.config().isAutoRead());
            assertEquals(Failure.URI_TOO_LONG, reading.refused);
        }
    }

    @Test
    void anUpgradeIsNothingOnHttp10() {
        String head = "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
        assertEquals(2, read(head + head).size());
    }

    @Test
    @Row(
            value = {"E4.13", "E4.24"},
            over = "h1")
    void aStreamReadsTheSameHoweverItIsCut() {
        String stream = "\r\nGET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
                + HEAD + "Content-Length: 11\r\n\r\nhello world\r\n"
                + HEAD + "Transfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n00006\r\n world\r\n0\r\nX: y\r\n\r\n"
                + HEAD + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + "GET /2 HTTP/1.0\r\n\r\n"
                + "GET  /bad HTTP/1.1\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n";
        List<String> whole = read(stream);
        assertEquals(6, whole.size(), whole.toString());
        assertEquals("refused 400", whole.get(5));
        assertEquals(whole, read(stream, 1), "byte by byte");
        for (int size = 2; size < 60; size++) {
            assertEquals(whole, read(stream, size), "in pieces of " + size);
        }
        for (int cut = 1; cut < stream.length(); cut++) {
            try (Reading reading = new Reading()) {
                reading.write(stream.substring(0, cut));
                reading.write(stream.substring(cut));
                assertEquals(whole, reading.result(), "cut at " + cut);
            }
        }
    }

    @Test
    void mutantsReadAsTheReferenceReadsThem() {
        Random random = new Random(SEED);
        List<String> seeds = seeds();
        long end = System.nanoTime() + FUZZ_NANOS;
        int mutants = 0;
        while (System.nanoTime() < end) {
            String bytes = mutant(random, seeds);
            List<String> whole = read(bytes);
            String context = "seed " + SEED + ", mutant " + mutants + ": " + escaped(bytes);
            Reference reference = new Reference(bytes);
            reference.read();
            List<String> requests =
                    whole.stream().filter(line -> !line.startsWith("refused")).toList();
            assertEquals(reference.requests, requests, context);
            if (reference.refused) {
                assertTrue(whole.size() > requests.size(), () -> "not refused, " + context);
            } else if (!reference.incomplete) {
                assertEquals(requests, whole, context);
            }
            assertEquals(anyRefusal(whole), anyRefusal(read(bytes, 1 + random.nextInt(bytes.length() + 1))), context);
            mutants++;
        }
        System.out.println("seed " + SEED + ": " + mutants + " mutants");
        assertTrue(mutants > 100, mutants + " mutants");
    }

    /** Of two faults in one head, the one that is read first is told, which may depend on how the bytes are cut. */
    private static List<String> anyRefusal(List<String> read) {
        return read.stream()
                .map(line -> line.startsWith("refused") ? "refused" : line)
                .toList();
    }

    // --- mutants ---

    private static List<String> seeds() {
        return List.of(
                "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
                HEAD + "Content-Length: 5\r\n\r\nhello",
                HEAD + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                HEAD + "Transfer-Encoding: chunked\r\n\r\na;b=c\r\n0123456789\r\n1\r\nx\r\n0\r\nX: y\r\n\r\n",
                "GET /b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
                "\r\nDELETE /c?d HTTP/1.1\r\nX-Y: \t z \t\r\nContent-Length: 0\r\n\r\n");
    }

    private static String mutant(Random random, List<String> seeds) {
        StringBuilder bytes = new StringBuilder();
        for (int i = random.nextInt(3); i >= 0; i--) {
            bytes.append(seeds.get(random.nextInt(seeds.size())));
        }
        String[] words = {
            "\r\n",
            "\n",
            "\r",
            " ",
            "\t",
            "\0",
            ":",
            ";",
            ",",
            "0",
            "1",
            "f",
            "\"",
            "\u00ff",
            "\u000b",
            "Content-Length: 3\r\n",
            "Transfer-Encoding: chunked\r\n",
            "HTTP/1.1",
            "HTTP/2.0",
            "\r\n\r\n",
            "GET /x HTTP/1.1\r\n\r\n",
            "gzip, "
        };
        for (int i = random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(bytes.length());
            switch (random.nextInt(4)) {
                case 0 -> bytes.insert(at, words[random.nextInt(words.length)]);
                case 1 -> bytes.setCharAt(at, (char) random.nextInt(256));
                case 2 -> bytes.deleteCharAt(at);
                default -> {
                    int to = Math.min(bytes.length(), at + random.nextInt(20));
                    bytes.insert(random.nextInt(bytes.length()), bytes.substring(at, to));
                }
            }
        }
        return bytes.toString();
    }

    private static String escaped(String bytes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes.length(); i++) {
            char c = bytes.charAt(i);
            text.append(c >= ' ' && c < 0x7f ? String.valueOf(c) : String.format("\\x%02x", (int) c));
        }
        return text.toString();
    }

    // --- the decoder ---

    private List<String> read(String bytes) {
        return read(bytes, bytes.length());
    }

    private List<String> read(String bytes, int pieces) {
        try (Reading reading = new Reading()) {
            for (int i = 0; i < bytes.length(); i += pieces) {
                reading.write(bytes.substring(i, Math.min(bytes.length(), i + pieces)));
            }
            return reading.result();
        }
    }

    /** A decoder, and what it has handed on. */
    private final class Reading implements AutoCloseable {

        final EmbeddedChannel channel = new EmbeddedChannel();
        final List<String> done = new ArrayList<>();
        final StringBuilder body = new StringBuilder();

        @Nullable
        Failure refused;

        private boolean malformed;

        private @Nullable DecodedRequest request;

        Reading() {
            channel.config().setAllocator(allocator);
            HeadDeadline.on(
                    channel,
                    ListenerTerms.of(
                            new InetSocketAddress(NetUtil.createInetAddressFromIpAddressString("127.0.0.1"), 5)));
            channel.pipeline().addLast(Http1RequestDecoder.NAME, new ChannelInboundHandlerAdapter());
            Http1RequestDecoder.prepare(channel.pipeline());
        }

        Http1RequestDecoder decoder() {
            return channel.pipeline().get(Http1RequestDecoder.class);
        }

        void write(String bytes) {
            ByteBuf buffer = allocator.directBuffer(bytes.length());
            buffer.writeCharSequence(bytes, StandardCharsets.ISO_8859_1);
            channel.writeInbound(buffer);
            collect();
        }

        void collect() {
            for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
                assertTrue(refused == null, "a message behind a refusal");
                DecodedRequest open = request;
                if (message instanceof DecodedRequest head) {
                    assertTrue(open == null, "a head within a body");
                    if (head.decoderResult().isFailure()) {
                        refused = ((MalformedMessage) head.decoderResult().cause()).failure();
                        continue;
                    }
                    request = head;
                    head.onMalformed(sentence -> malformed = true); // and pieces may still be on their way
                } else if (open == null) {
                    throw new AssertionError("content without a head: " + message);
                } else if (message == LastHttpContent.EMPTY_LAST_CONTENT) {
                    done.add(text(open) + " '" + body + "' " + fields(open.trailers()));
                    request = null;
                    body.setLength(0);
                } else {
                    HttpContent content = (HttpContent) message;
                    body.append(content.content().toString(StandardCharsets.ISO_8859_1));
                    content.release();
                }
            }
            if (malformed) {
                refused = Failure.BAD_REQUEST;
            }
        }

        List<String> result() {
            List<String> result = new ArrayList<>(done);
            if (refused != null) {
                result.add("refused " + refused.status());
            }
            return result;
        }

        private String text(DecodedRequest head) {
            StringBuilder text = new StringBuilder(head.method() + " " + head.uri() + " {");
            String separator = "";
            for (var field : head.headers().entries()) {
                text.append(separator).append(field.getKey()).append('=').append(field.getValue());
                separator = " ";
            }
            return text.append('}').toString();
        }

        private String fields(FieldLines lines) {
            List<String> text = new ArrayList<>();
            for (int i = 0; i < lines.size(); i++) {
                text.add(lines.name(i) + "=" + lines.value(i));
            }
            return "{" + String.join(" ", text) + "}";
        }

        @Override
        public void close() {
            channel.finishAndReleaseAll();
        }
    }

    /** The same by another way: strings and regular expressions over all bytes at once. */
    private static final class Reference {

        private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
        private static final Pattern LINE = Pattern.compile("(" + TOKEN + ") ([^\\x00-\\x20\\x7f]+) HTTP/1\\.([01])");
        private static final Pattern FIELD =
                Pattern.compile("(" + TOKEN + "):[ \\t]*((?:[\\t\\x20-\\x7e\\x80-\\xff]*[^\\x00-\\x20\\x7f])?)[ \\t]*");
        private static final String BWS = "[ \\t]*";
        private static final Pattern CHUNK = Pattern.compile("([0-9a-fA-F]{1,16})(?:" + BWS + ";" + BWS + TOKEN + "(?:"
                + BWS + "=" + BWS + "(?:" + TOKEN
                + "|\"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*\"))?)*");

        final List<String> requests = new ArrayList<>();
        boolean refused;
        boolean incomplete;
        private final String bytes;
        private int at;

        Reference(String bytes) {
            this.bytes = bytes;
        }

        void read() {
            while (at < bytes.length() && !refused && !incomplete) {
                request();
            }
        }

        private void request() {
            for (int empty = 0; bytes.startsWith("\r\n", at); empty++) {
                if (empty == 2) {
                    refused = true;
                    return;
                }
                at += 2;
            }
            String line = line();
            if (line == null) {
                return;
            }
            Matcher first = LINE.matcher(line);
            if (!first.matches()) {
                refused = true;
                return;
            }
            List<String[]> fields = fields();
            if (fields == null) {
                return;
            }
            String body = body(fields, first.group(3).equals("0"));
            if (body != null) {
                fields.removeIf(field -> field[0].equalsIgnoreCase("http2-settings"));
                requests.add(first.group(1) + " " + first.group(2) + " " + text(fields) + " " + body);
            }
        }

        private @Nullable String body(List<String[]> fields, boolean old) {
            List<String> lengths = values(fields, "content-length");
            List<String> codings = values(fields, "transfer-encoding");
            if (lengths.size() + codings.size() > 1
                    || (!codings.isEmpty() && (old || !codings.get(0).equalsIgnoreCase("chunked")))
                    || (!lengths.isEmpty() && !lengths.get(0).matches("[0-9]{1,18}"))) {
                refused = true;
                return null;
            }
            if (!codings.isEmpty()) {
                return chunks();
            }
            String content = take(lengths.isEmpty() ? 0 : Long.parseLong(lengths.get(0)));
            return content == null ? null : "'" + content + "' {}";
        }

        private @Nullable String chunks() {
            StringBuilder content = new StringBuilder();
            while (true) {
                String line = line();
                if (line == null) {
                    return null;
                }
                Matcher size = CHUNK.matcher(line);
                if (!size.matches() || size.group(1).matches("[89a-fA-F].{15}")) {
                    refused = true;
                    return null;
                }
                long length = Long.parseLong(size.group(1), 16);
                if (length == 0) {
                    List<String[]> trailers = fields();
                    return trailers == null ? null : "'" + content + "' " + text(trailers);
                }
                String chunk = take(length);
                if (chunk == null) {
                    return null;
                }
                content.append(chunk);
                String end = bytes.substring(at, Math.min(bytes.length(), at + 2));
                if (!"\r\n".startsWith(end)) {
                    refused = true;
                    return null;
                }
                if (end.length() < 2) {
                    incomplete = true;
                    return null;
                }
                at += 2;
            }
        }

        private @Nullable List<String[]> fields() {
            List<String[]> fields = new ArrayList<>();
            boolean malformed = false;
            for (String line = line(); line != null; line = line()) {
                if (line.isEmpty()) {
                    refused |= malformed;
                    return refused ? null : fields;
                }
                Matcher field = FIELD.matcher(line);
                if (field.matches()) {
                    fields.add(new String[] {field.group(1), field.group(2)});
                } else {
                    malformed = true;
                }
            }
            return null;
        }

        private @Nullable String line() {
            int end = bytes.indexOf('\n', at);
            if (end < 0) {
                incomplete = true;
                return null;
            }
            if (end == at || bytes.charAt(end - 1) != '\r') {
                refused = true;
                return null;
            }
            String line = bytes.substring(at, end - 1);
            at = end + 1;
            return line;
        }

        private @Nullable String take(long length) {
            if (length > bytes.length() - at) {
                incomplete = true;
                return null;
            }
            String taken = bytes.substring(at, at + (int) length);
            at += (int) length;
            return taken;
        }

        private static List<String> values(List<String[]> fields, String name) {
            return fields.stream()
                    .filter(field -> field[0].toLowerCase(Locale.ROOT).equals(name))
                    .map(field -> field[1])
                    .toList();
        }

        private static String text(List<String[]> fields) {
            return "{"
                    + String.join(
                            " ",
                            fields.stream()
                                    .map(field -> field[0] + "=" + field[1])
                                    .toList())
                    + "}";
        }
    }
}
