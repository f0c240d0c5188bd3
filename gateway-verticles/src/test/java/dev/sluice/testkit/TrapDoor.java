package dev.sluice.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An HTTP/1.1 backend behind a door. While it is shut the kernel drops every SYN, as a firewall does; once it is opened
 * again, whoever still knocks comes in. The test accepts each connection and answers on it.
 */
public final class TrapDoor implements AutoCloseable {

    /** Generous, as in {@link BlackHole}. */
    private static final int MAX_FILLERS = 64;

    private static final int HANGS_AFTER_MILLIS = 300;

    private final ServerSocket server;
    private final List<Socket> fillers = new ArrayList<>();
    private final List<Socket> accepted = new ArrayList<>();

    public TrapDoor() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        server.setSoTimeout((int) Eventually.DEADLINE.toMillis());
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Waits for the next connection. */
    public Visitor accept() throws IOException {
        Socket socket = server.accept();
        socket.setSoTimeout((int) Eventually.DEADLINE.toMillis());
        accepted.add(socket);
        return new Visitor(socket);
    }

    /** Lets nobody in any more; returns when it is shut. */
    public void shut() throws IOException {
        for (int i = 0; i < MAX_FILLERS; i++) {
            Socket filler = new Socket();
            try {
                filler.connect(server.getLocalSocketAddress(), HANGS_AFTER_MILLIS);
                fillers.add(filler);
            } catch (SocketTimeoutException e) {
                filler.close();
                return;
            }
        }
        throw new IOException("the kernel accepted " + MAX_FILLERS + " connections beyond the backlog");
    }

    /** Lets in who comes next, and who sends its SYN again. */
    public void reopen() throws IOException {
        for (Socket filler : fillers) {
            server.accept().close();
            filler.close();
        }
        fillers.clear();
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : accepted) {
            socket.close();
        }
        for (Socket filler : fillers) {
            filler.close();
        }
        server.close();
    }

    /** One accepted connection. */
    public static final class Visitor {

        private final Socket socket;

        private Visitor(Socket socket) {
            this.socket = socket;
        }

        /** The head of the next request, which must have no body. */
        public String readHead() throws IOException {
            StringBuilder head = new StringBuilder();
            InputStream in = socket.getInputStream();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                if (next < 0) {
                    throw new IOException("closed after " + head);
                }
                head.append((char) next);
            }
            return head.toString();
        }

        /** Sends a 200 with this text. */
        public void answer(String text) throws IOException {
            String response = "HTTP/1.1 200 OK\r\ncontent-length: " + text.length() + "\r\n\r\n" + text;
            socket.getOutputStream().write(response.getBytes(StandardCharsets.US_ASCII));
        }

        /** Everything until the gateway closes. */
        public String readToEnd() throws IOException {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
