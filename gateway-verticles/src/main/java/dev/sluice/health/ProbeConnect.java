package dev.sluice.health;

import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * A probe's connect under way, which can be given up.
 *
 * @param <C> the connection
 */
final class ProbeConnect<C> {

    private final Future<C> connection;
    private Runnable giveUp;
    private boolean givenUp;

    /** @param giveUp has the connect fail, if it can */
    ProbeConnect(Future<C> connection, Runnable giveUp) {
        this.connection = connection;
        this.giveUp = giveUp;
    }

    /** One after the other, until one has a connection. */
    ProbeConnect(ProbeConnect<C> first, Supplier<ProbeConnect<C>> second) {
        this.giveUp = first::giveUp;
        this.connection = first.connection.recover(failure -> {
            if (givenUp) {
                return Future.failedFuture(failure);
            }
            ProbeConnect<C> next = second.get();
            giveUp = next::giveUp;
            return next.connection;
        });
    }

    Future<C> connection() {
        return connection;
    }

    /** The connection is not wanted any more; not to be called once it is there, or has failed. */
    void giveUp() {
        givenUp = true;
        giveUp.run();
    }
}
