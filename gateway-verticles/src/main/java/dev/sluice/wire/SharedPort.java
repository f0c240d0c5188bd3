package dev.sluice.wire;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.internal.VertxInternal;
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

    /** Written by the first loop alone. */
    private volatile Promise<Integer> choice = Promise.promise();

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

    /** The first loop listens: the others may, on this one. */
    public void chosen(int number) {
        boolean unused = choice.tryComplete(number);
    }

    /** The first loop listens no more: who asks from now on waits for its next choice. */
    public void over() {
        if (choice.future().isComplete()) {
            choice = Promise.promise();
        }
    }

    /** Completes with the chosen number, on the caller's event loop. */
    public Future<Integer> number(Vertx vertx) {
        PromiseInternal<Integer> own = ((VertxInternal) vertx).promise();
        choice.future().onComplete(own);
        return own.future();
    }
}
