package dev.sluice.wire;

import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Counts the connections of each client address over all loops; holds those that have one. */
final class ClientAddresses {

    private final ConcurrentMap<InetAddress, Integer> open = new ConcurrentHashMap<>();

    /** One more of this address, unless that would be more than {@code max}. */
    boolean enter(InetAddress client, long max) {
        if (open.merge(client, 1, Integer::sum) <= max) {
            return true;
        }
        leave(client);
        return false;
    }

    void leave(InetAddress client) {
        Integer unused = open.computeIfPresent(client, (address, count) -> count == 1 ? null : count - 1);
    }
}
