package dev.sluice.wire;

import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.SocketAddressImpl;

/** Addresses that several event loops can listen on together. */
public final class SharedPort {

    private SharedPort() {}

    /**
     * The address of a port, or of one that the system chooses once for all servers of a Vert.x that name the same
     * negative number. Vert.x knows such numbers, but its public factory refuses them.
     *
     * @param port 1..65535, or negative
     * @param host a literal IP
     */
    public static SocketAddress address(int port, String host) {
        return new SocketAddressImpl(port, host);
    }
}
