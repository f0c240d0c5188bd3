package dev.sluice.wire;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.SocketAddressImpl;
import io.vertx.core.shareddata.Shareable;

/**
 * A port that the system chooses and several event loops listen on together. Vert.x knows it by a negative number; where
 * it has to be free for UDP as well, the first loop tries several and the others wait for its choice.
 */
public final class SharedPort implements Shareable {

    private static final String MAP = "sluice.ports";
    private static final int APART = 1 << 16;

    private final Promise<Integer> number = Promise.promise();

    private SharedPort() {}

    /** The one of this name among all loops. */
    public static SharedPort of(Vertx vertx, String name) {
        return vertx.sharedData().<String, SharedPort>getLocalMap(MAP).computeIfAbsent(name, key -> new SharedPort());
    }

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

    /** A negative number for another port than this one's. */
    public static int other(int number) {
        return number - APART;
    }

    /** All loops may listen on this one; only the first choice counts. */
    public void chosen(int chosen) {
        boolean unused = number.tryComplete(chosen);
    }

    /** Completes with the chosen number. */
    public Future<Integer> number() {
        return number.future();
    }
}
