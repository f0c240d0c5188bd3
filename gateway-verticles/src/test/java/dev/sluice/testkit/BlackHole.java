package dev.sluice.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * An address on which connects neither succeed nor fail: a socket that never accepts, its backlog filled, so that the
 * kernel drops every further SYN.
 */
public final class BlackHole implements AutoCloseable {

    /** Generous: Linux admits backlog + 1 connections, and nothing says it may not admit a few more. */
    private static final int MAX_FILLERS = 64;

    private static final int HANGS_AFTER_MILLIS = 300;

    private final ServerSocket server;
    private final List<Socket> fillers = new ArrayList<>();

    /** Opens the hole; fails if this kernel goes on accepting. */
    public BlackHole() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
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
        close();
        throw new IOException("the kernel accepted " + MAX_FILLERS + " connections beyond the backlog");
    }

    public String host() {
        return "127.0.0.1";
    }

    public int port() {
        return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        for (Socket filler : fillers) {
            filler.close();
        }
        server.close();
    }
}
