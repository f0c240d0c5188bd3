package dev.sluice.testkit;

import static java.util.Objects.requireNonNull;

import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http3.Http3Headers;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One request of a raw client on a connection of its own, told in the same words for every protocol, so that one test
 * runs over all. The gateway's listeners are those of {@link TestConfig#everyClient}.
 */
public abstract class Call implements AutoCloseable {

    /** What a client may speak. */
    public enum Protocol {
        H1,
        H2,
        H3
    }

    /**
     * How a response ended.
     *
     * @param status 0 when there was no head
     * @param complete whether the client must take it for a complete one
     * @param reset the code of the RST_STREAM or RESET_STREAM that ended it; -1 for none, and on HTTP/1.1
     */
    public record Outcome(
            int status,
            List<Map.Entry<String, String>> headers,
            String body,
            List<Map.Entry<String, String>> trailers,
            boolean complete,
            long reset) {

        /** The header's value, several joined with {@code ", "}; null when absent. */
        public @Nullable String header(String name) {
            return RawResponse.value(headers, name);
        }

        /** The trailer's value, several joined with {@code ", "}; null when absent. */
        public @Nullable String trailer(String name) {
            return RawResponse.value(trailers, name);
        }

        /** The RFC 9209 error type of {@code Proxy-Status}; empty for none. */
        public String error() {
            String value = header("proxy-status");
            int begin = value == null ? -1 : value.indexOf("error=");
            return value == null || begin < 0 ? "" : value.substring(begin + 6).split("[;,]", 2)[0];
        }
    }

    private static final Outcome NOTHING = new Outcome(0, List.of(), "", List.of(), false, -1);

    /**
     * Sends a request's head.
     *
     * @param end whether that is all of it; else HTTP/1.1 announces chunks, unless a length is among the fields
     * @param fields {@code name: value}
     */
    public static Call open(
            Protocol protocol, TestGateway gateway, String method, String path, boolean end, String... fields)
            throws IOException {
        return switch (protocol) {
            case H1 -> new H1(RawHttp1.connect(gateway.port("http")), method, path, end, fields);
            case H2 -> new H2(RawH2Client.connect(gateway.port("http")), method, path, end, fields);
            case H3 -> new H3(RawH3Client.connect(gateway.port("https")), method, path, end, fields);
        };
    }

    /** A GET without a body. */
    public static Call get(Protocol protocol, TestGateway gateway, String path, String... fields) throws IOException {
        return open(protocol, gateway, "GET", path, true, fields);
    }

    /** Waits for the response's head, which {@link #outcome} tells again; its status. */
    public abstract int awaitHead() throws IOException;

    /** Sends a piece of the body. */
    public abstract void data(String piece) throws IOException;

    /** Ends the request. */
    public abstract void end(Map<String, String> trailers) throws IOException;

    /** Waits for the response's end, however it ends. */
    public abstract Outcome outcome() throws IOException;

    /** Resets the stream with this code, on HTTP/3 both ways; HTTP/1.1 resets the connection. */
    public abstract void reset(int code) throws IOException;

    /** Whether the connection serves on. */
    public abstract boolean connectionOpen() throws IOException;

    @Override
    public abstract void close() throws IOException;

    private static String[] split(String field) {
        return field.split(": ", 2);
    }

    private static final class H1 extends Call {

        private final RawHttp1 client;
        private final boolean toHead;
        private @Nullable RawResponse head;

        H1(RawHttp1 client, String method, String path, boolean end, String... fields) throws IOException {
            this.client = client;
            toHead = method.equals("HEAD");
            StringBuilder lines = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
            boolean framed = end;
            boolean named = false;
            for (String field : fields) {
                lines.append(field).append("\r\n");
                framed |= field.startsWith("content-length:");
                named |= field.startsWith("host:");
            }
            if (!named) {
                lines.append("host: localhost\r\n");
            }
            client.send(lines + (framed ? "" : "transfer-encoding: chunked\r\n") + "\r\n");
        }

        @Override
        public int awaitHead() throws IOException {
            RawResponse received = client.readHeadOnly();
            while (received.status() < 200) {
                received = client.readHeadOnly();
            }
            head = received;
            return received.status();
        }

        @Override
        public void data(String piece) throws IOException {
            client.send(Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n");
        }

        @Override
        public void end(Map<String, String> trailers) throws IOException {
            StringBuilder last = new StringBuilder("0\r\n");
            new TreeMap<>(trailers).forEach((name, value) -> last.append(name + ": " + value + "\r\n"));
            client.send(last + "\r\n");
        }

        @Override
        public Outcome outcome() throws IOException {
            try {
                if (head == null) {
                    int unused = awaitHead();
                }
                RawResponse whole = client.readBody(requireNonNull(head), toHead);
                if (!whole.complete()) {
                    client.awaitClosed();
                }
                return new Outcome(
                        whole.status(), whole.headers(), whole.text(), whole.trailers(), whole.complete(), -1);
            } catch (EOFException | SocketException e) {
                return NOTHING;
            }
        }

        @Override
        public void reset(int code) throws IOException {
            client.abort();
        }

        @Override
        public boolean connectionOpen() throws IOException {
            return client.isOpen();
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }

    /** HTTP/2 and 3, which differ in how frames are written. */
    private abstract static class Framed extends Call {

        private final Deque<H2Frame> readAhead = new ArrayDeque<>();

        abstract H2Frame next();

        @Override
        public int awaitHead() {
            H2Frame frame = next();
            while (frame instanceof H2Frame.Headers interim && interim.status() < 200) {
                frame = next();
            }
            readAhead.add(frame);
            if (frame instanceof H2Frame.Headers head) {
                return head.status();
            }
            throw new AssertionError(frame + " (expected: HEADERS)");
        }

        @Override
        public Outcome outcome() {
            H2Response response = H2Response.read(() -> readAhead.isEmpty() ? next() : readAhead.remove());
            long reset = response.last() instanceof H2Frame.Reset frame ? frame.code() : -1;
            return new Outcome(
                    response.headers().isEmpty() ? 0 : response.status(),
                    response.headers(),
                    response.text(),
                    response.trailers(),
                    response.complete(),
                    reset);
        }
    }

    private static final class H2 extends Framed {

        private final RawH2Client client;
        private final RawH2Stream stream;

        H2(RawH2Client client, String method, String path, boolean end, String... fields) throws IOException {
            this.client = client;
            Http2Headers headers = RawH2Client.head(method, path);
            for (String field : fields) {
                headers.add(split(field)[0], split(field)[1]);
            }
            stream = client.open(headers, end);
        }

        @Override
        H2Frame next() {
            return stream.next();
        }

        @Override
        public void data(String piece) throws IOException {
            var unused = stream.data(piece.getBytes(StandardCharsets.UTF_8), false);
        }

        @Override
        public void end(Map<String, String> trailers) throws IOException {
            var unused = trailers.isEmpty() ? stream.data(new byte[0], true) : stream.trailers(trailers);
        }

        @Override
        public void reset(int code) throws IOException {
            stream.reset(code);
        }

        @Override
        public boolean connectionOpen() throws IOException {
            return client.isOpen();
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }

    private static final class H3 extends Framed {

        private final RawH3Client client;
        private final RawH3Stream stream;

        H3(RawH3Client client, String method, String path, boolean end, String... fields) {
            this.client = client;
            Http3Headers headers = RawH3Client.head(method, path);
            for (String field : fields) {
                headers.add(split(field)[0], split(field)[1]);
            }
            stream = client.open(headers, end);
        }

        @Override
        H2Frame next() {
            return stream.next();
        }

        @Override
        public void data(String piece) {
            var unused = stream.data(piece.getBytes(StandardCharsets.UTF_8), false);
        }

        @Override
        public void end(Map<String, String> trailers) {
            var unused = trailers.isEmpty() ? stream.end() : stream.trailers(trailers);
        }

        @Override
        public void reset(int code) {
            stream.cancel(code);
        }

        @Override
        public boolean connectionOpen() {
            return client.isOpen();
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
