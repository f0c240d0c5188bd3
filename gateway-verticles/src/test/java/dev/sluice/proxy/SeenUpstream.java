package dev.sluice.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.RawH2Stream;
import dev.sluice.testkit.RawH2Upstream;
import dev.sluice.testkit.RawH3Stream;
import dev.sluice.testkit.RawH3Upstream;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.TestCertificates;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** A raw upstream of any protocol, told in the same words: what it sees of a request, down to how it was broken off. */
abstract class SeenUpstream implements AutoCloseable {

    enum Kind {
        H1(Protocol.HTTP),
        H2(Protocol.H2C),
        H3(Protocol.H3);

        private final Protocol protocol;

        Kind(Protocol protocol) {
            this.protocol = protocol;
        }

        Protocol protocol() {
            return protocol;
        }
    }

    /** One request. */
    interface Request {
        /** Waits until exactly this much of the body is there. */
        void awaitBody(String body);

        /** Whether the request looks complete; looked at after its end or its cancelling. */
        boolean ended();

        /** Waits for the request's proper end. */
        void awaitEnd();

        /** Waits for what the protocol has for a cancelled request: CANCEL, REQUEST_CANCELLED, a closed connection. */
        void awaitCancelled() throws IOException;

        /** Sends a head of 200, without a length. */
        void beginResponse() throws IOException;

        /** Sends a piece of the response. */
        void send(String piece) throws IOException;

        /** Answers 200 with this body. */
        void answer(String body) throws IOException;
    }

    private final Kind kind;

    private SeenUpstream(Kind kind) {
        this.kind = kind;
    }

    static SeenUpstream start(Kind kind, TestCertificates.Leaf leaf) throws IOException {
        return switch (kind) {
            case H1 -> new H1();
            case H2 -> new H2();
            case H3 -> new H3(leaf);
        };
    }

    Kind kind() {
        return kind;
    }

    abstract int port();

    /** Waits for the next request's head. */
    abstract Request take();

    @Override
    public abstract void close() throws IOException;

    private static final class H1 extends SeenUpstream {

        private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
        private final RawUpstream server = RawUpstream.conversing(connection -> {
            for (RawUpstream.Request head = connection.readHead(); head != null; head = connection.readHead()) {
                H1Request request = new H1Request(connection);
                requests.add(request);
                request.read(head);
            }
        });

        H1() throws IOException {
            super(Kind.H1);
        }

        @Override
        int port() {
            return server.port();
        }

        @Override
        Request take() {
            return Eventually.take("a request at the HTTP/1.1 upstream", requests);
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    private static final class H1Request implements Request {

        private final RawUpstream.Connection connection;

        @SuppressWarnings("JdkObsolete") // two threads
        private final StringBuffer bytes = new StringBuffer();

        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private final CompletableFuture<Void> closed = new CompletableFuture<>();

        H1Request(RawUpstream.Connection connection) {
            this.connection = connection;
        }

        /** The connection's thread: reads to the end of the request, and then until the next one or the close. */
        void read(RawUpstream.Request head) throws IOException {
            boolean chunked = head.header("transfer-encoding") != null;
            try {
                while (chunked && bytes.indexOf("0\r\n\r\n") < 0) {
                    bytes.append(new String(connection.read(1), US_ASCII));
                }
                end.complete(null);
                if (!connection.awaitMore()) {
                    closed.complete(null);
                }
            } catch (IOException e) {
                closed.complete(null);
                throw e;
            }
        }

        @Override
        public void awaitBody(String body) {
            String chunk = Integer.toHexString(body.length()) + "\r\n" + body + "\r\n";
            Eventually.holds("the body " + body, () -> bytes.toString().equals(chunk));
        }

        @Override
        public boolean ended() {
            return end.isDone();
        }

        @Override
        public void awaitEnd() {
            Eventually.get(end);
        }

        @Override
        public void awaitCancelled() {
            Eventually.get(closed);
        }

        @Override
        public void beginResponse() throws IOException {
            connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        }

        @Override
        public void send(String piece) throws IOException {
            connection.send(Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n");
        }

        @Override
        public void answer(String body) throws IOException {
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: " + body.length() + "\r\n\r\n" + body);
        }
    }

    /** HTTP/2 and 3, which differ in how frames are written and requests cancelled. */
    private abstract static class Framed implements Request {

        private boolean ended;

        Framed(H2Frame head) {
            ended = assertInstanceOf(H2Frame.Headers.class, head).endStream();
        }

        abstract H2Frame next();

        /** Reads DATA to the request's end, or to whatever breaks it off. */
        @Nullable
        H2Frame nextUntilEnd() {
            H2Frame frame = null;
            while (!ended) {
                frame = next();
                if (!(frame instanceof H2Frame.Data data)) {
                    return frame;
                }
                ended = data.endStream();
            }
            return frame;
        }

        @Override
        public void awaitBody(String body) {
            StringBuilder bytes = new StringBuilder();
            while (bytes.length() < body.length()) {
                H2Frame.Data data = assertInstanceOf(H2Frame.Data.class, next());
                bytes.append(data.text());
                ended |= data.endStream();
            }
            assertEquals(body, bytes.toString());
        }

        @Override
        public boolean ended() {
            return ended;
        }

        @Override
        public void awaitEnd() {
            while (!ended) {
                ended = assertInstanceOf(H2Frame.Data.class, next()).endStream();
            }
        }
    }

    private static final class H2 extends SeenUpstream {

        private final RawH2Upstream server = new RawH2Upstream();

        H2() throws IOException {
            super(Kind.H2);
        }

        @Override
        int port() {
            return server.port();
        }

        @Override
        Request take() {
            RawH2Stream stream = server.take();
            return new Framed(stream.next()) {
                @Override
                H2Frame next() {
                    return stream.next();
                }

                @Override
                public void awaitCancelled() {
                    H2Frame last = nextUntilEnd();
                    assertEquals(new H2Frame.Reset(8), ended() ? next() : last, "CANCEL");
                }

                @Override
                public void beginResponse() throws IOException {
                    var unused = stream.respond(200, false);
                }

                @Override
                public void send(String piece) throws IOException {
                    var unused = stream.partOfBody(piece.getBytes(US_ASCII));
                }

                @Override
                public void answer(String body) throws IOException {
                    var unused = stream.respond(200, false).data(body.getBytes(US_ASCII), true);
                }
            };
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    private static final class H3 extends SeenUpstream {

        private final RawH3Upstream server;

        H3(TestCertificates.Leaf leaf) {
            super(Kind.H3);
            server = new RawH3Upstream(leaf);
        }

        @Override
        int port() {
            return server.port();
        }

        @Override
        Request take() {
            RawH3Stream stream = server.take();
            return new Framed(stream.next()) {
                @Override
                H2Frame next() {
                    return stream.next();
                }

                /** RESET_STREAM where the request goes on; STOP_SENDING shows at the next write only. */
                @Override
                public void awaitCancelled() {
                    H2Frame last = nextUntilEnd();
                    if (!ended()) {
                        assertEquals(new H2Frame.Reset(0x10c), last, "H3_REQUEST_CANCELLED");
                    } else {
                        stream.awaitStopped();
                    }
                }

                @Override
                public void beginResponse() {
                    var unused = stream.respond(200, false);
                }

                @Override
                public void send(String piece) {
                    var unused = stream.data(piece.getBytes(US_ASCII), false);
                }

                @Override
                public void answer(String body) {
                    var unused = stream.respond(200, false).data(body.getBytes(US_ASCII), true);
                }
            };
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
