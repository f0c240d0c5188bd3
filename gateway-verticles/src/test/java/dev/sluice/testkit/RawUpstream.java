package dev.sluice.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A backend whose every byte the test decides: a thread and a conversation for each connection. */
public final class RawUpstream implements AutoCloseable {

    /** What is said on one connection; the connection is closed when it returns. */
    @FunctionalInterface
    public interface Conversation {
        void hold(Connection connection) throws IOException;
    }

    private final ServerSocket server;
    private final Conversation conversation;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private final AtomicInteger connections = new AtomicInteger();

    private RawUpstream(Conversation conversation) throws IOException {
        this.conversation = conversation;
        server = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    /** Holds this conversation on every connection. */
    public static RawUpstream conversing(Conversation conversation) throws IOException {
        return new RawUpstream(conversation);
    }

    /** Answers every request with these bytes and keeps the connection open. */
    public static RawUpstream answering(String response) throws IOException {
        return new RawUpstream(connection -> {
            while (connection.readRequest() != null) {
                connection.send(response);
            }
        });
    }

    /** Answers the first request with these bytes, none for no answer, and closes. */
    public static RawUpstream answeringThenClosing(String response) throws IOException {
        return new RawUpstream(connection -> {
            connection.readRequest();
            connection.send(response);
        });
    }

    /** Answers the first request with these bytes and resets the connection. */
    public static RawUpstream answeringThenResetting(String response) throws IOException {
        return new RawUpstream(connection -> {
            connection.readRequest();
            connection.send(response);
            connection.reset();
        });
    }

    /** Closes when the head of a request is there, its body unread. */
    public static RawUpstream closingMidRequest() throws IOException {
        return new RawUpstream(connection -> {
            var unused = connection.readHead();
        });
    }

    /** Accepts, reads whatever comes, and never says a word. */
    public static RawUpstream stalling() throws IOException {
        return new RawUpstream(Connection::awaitClosedByPeer);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** The next request that came, in order of arrival. */
    public Request take() {
        return Eventually.take("a request at the raw upstream", requests);
    }

    /** How many connections were accepted. */
    public int connections() {
        return connections.get();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                open.add(socket);
                int id = connections.incrementAndGet();
                daemon(() -> converse(socket, id));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void converse(Socket socket, int id) {
        try (socket) {
            socket.setTcpNoDelay(true);
            conversation.hold(new Connection(socket, id));
        } catch (IOException e) {
            // the peer went away; the test sees that on its own side
        } finally {
            open.remove(socket);
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "raw-upstream");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * A request as it came over the wire.
     *
     * @param connection the number of its connection, from 1
     * @param requestLine without line end
     * @param headers as sent, in order
     * @param body decoded from its framing
     * @param trailers of a chunked body
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Request(
            int connection,
            String requestLine,
            List<Map.Entry<String, String>> headers,
            byte[] body,
            List<Map.Entry<String, String>> trailers) {

        /** The header's value, several lines joined with {@code ", "}; null when absent. */
        public @Nullable String header(String name) {
            return RawResponse.value(headers, name);
        }
    }

    /** One accepted connection. */
    public final class Connection {

        private final Socket socket;
        private final int id;
        private final BufferedInputStream in;
        private final WireReader reader;

        private Connection(Socket socket, int id) throws IOException {
            this.socket = socket;
            this.id = id;
            in = new BufferedInputStream(socket.getInputStream());
            reader = new WireReader(in);
        }

        /** The number of this connection, from 1. */
        public int id() {
            return id;
        }

        /** Reads and records a whole request; null when the peer closed instead. */
        public @Nullable Request readRequest() throws IOException {
            Request head = readHead();
            if (head == null) {
                return null;
            }
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            List<Map.Entry<String, String>> trailers = List.of();
            String length = head.header("content-length");
            if (head.header("transfer-encoding") != null) {
                trailers = reader.chunked(body);
            } else if (length != null) {
                reader.exactly(Long.parseLong(length), body);
            }
            Request request = new Request(id, head.requestLine(), head.headers(), body.toByteArray(), trailers);
            requests.add(request);
            return request;
        }

        /** Reads a request's head without recording it, leaving the body; null when the peer closed instead. */
        public @Nullable Request readHead() throws IOException {
            in.mark(1);
            if (in.read() < 0) {
                return null;
            }
            in.reset();
            return new Request(id, reader.line(), reader.fields(), new byte[0], List.of());
        }

        /** Waits for another byte, without taking it; false when the peer closed instead, by FIN or RST. */
        public boolean awaitMore() {
            try {
                in.mark(1);
                if (in.read() < 0) {
                    return false;
                }
                in.reset();
                return true;
            } catch (IOException e) {
                return false;
            }
        }

        /** Exactly this many bytes. */
        public byte[] read(int length) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            reader.exactly(length, bytes);
            return bytes.toByteArray();
        }

        /** Sends exactly this, a char a byte (ISO 8859-1). */
        public void send(String bytes) throws IOException {
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
        }

        /** Sends exactly this. */
        public void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        }

        /** Sends FIN and keeps reading. */
        public void shutdownOutput() throws IOException {
            socket.shutdownOutput();
        }

        /** Up to this many bytes as soon as there are some; fewer than 0 at the peer's FIN. */
        public int readSome(byte[] into) throws IOException {
            return in.read(into);
        }

        /** Everything up to the peer's FIN. */
        public byte[] readToEof() throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            reader.untilEof(bytes);
            return bytes.toByteArray();
        }

        /** Closes with RST. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** Reads and discards until the peer closes, by FIN or RST. */
        public void awaitClosedByPeer() throws IOException {
            try {
                reader.untilEof(new ByteArrayOutputStream());
            } catch (SocketException e) {
                // a reset is a close
            }
        }
    }
}
