package dev.sluice.deploy;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.jspecify.annotations.Nullable;

/**
 * Asks before anything is started whether an address can be listened on, so that the answer names the flag to change.
 * Another process may still come in between; then the gateway's own start fails and says so.
 */
final class FreeAddress {

    private FreeAddress() {}

    /**
     * Tries TCP and, for HTTP/3, UDP.
     *
     * @return null when the address is free, else why not
     */
    static @Nullable String whyNot(ListenAddress address, boolean udpToo) {
        if (address.port() == 0) {
            return null;
        }
        try {
            InetSocketAddress socketAddress = address.host().isEmpty()
                    ? new InetSocketAddress(address.port())
                    : new InetSocketAddress(InetAddress.getByName(address.host()), address.port());
            try (ServerSocket tcp = new ServerSocket()) {
                // As Netty does: a port whose last connections linger in TIME_WAIT is free.
                tcp.setReuseAddress(true);
                tcp.bind(socketAddress);
            }
            if (udpToo) {
                try (DatagramSocket udp = new DatagramSocket(null)) {
                    udp.bind(socketAddress);
                }
            }
            return null;
        } catch (IOException e) {
            return StartFailure.reason(e);
        }
    }
}
