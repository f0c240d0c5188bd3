package dev.sluice.wire;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Counts the connections of each client address over all loops; holds those that have one. */
final class ClientAddresses {

    private final ConcurrentMap<InetAddress, Integer> open = new ConcurrentHashMap<>();

    /**
     * Counts a connection until it closes, unless that would be more than {@code max}.
     *
     * @param max of one address; negative for any number, which are not counted then
     */
    boolean enter(InetAddress client, long max, Channel connection) {
        if (max < 0) {
            return true;
        }
        if (open.merge(client, 1, Integer::sum) > max) {
            leave(client);
            return false;
        }
        var unused = connection.closeFuture().addListener(closed -> leave(client));
        return true;
    }

    private void leave(InetAddress client) {
        Integer unused = open.computeIfPresent(client, (address, count) -> count == 1 ? null : count - 1);
    }
}
