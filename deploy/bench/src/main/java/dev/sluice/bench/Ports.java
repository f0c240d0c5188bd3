package dev.sluice.bench;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports for processes of the bench, below those that the system gives to outgoing connections. */
final class Ports {

    private static final int FIRST = 10_000;
    private static final int LAST = 19_999;

    private int next = FIRST;

    /**
     * A port that is free for TCP and UDP on 127.0.0.1, and not one of the last few thousand given.
     *
     * @throws IllegalStateException when none is
     */
    int take() {
        for (int tries = FIRST; tries <= LAST; tries++) {
            int port = next;
            next = next == LAST ? FIRST : next + 1;
            if (free(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no free port (expected: one of %d to %d)".formatted(FIRST, LAST));
    }

    private static boolean free(int port) {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        try (ServerSocket tcp = new ServerSocket();
                DatagramSocket udp = new DatagramSocket(null)) {
            tcp.bind(address);
            udp.bind(address);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
