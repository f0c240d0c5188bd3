package dev.sluice.health;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One probe under way: ends once, at the latest when its time is up, and closes its connection, also one that comes too
 * late.
 *
 * @param <C> the connection
 */
final class ProbeAttempt<C> {

    private final Vertx vertx;
    private final Consumer<C> close;
    private final Promise<String> outcome = Promise.promise();
    private final long timer;
    private @Nullable ProbeConnect<C> connecting;
    private @Nullable C connection;
    private boolean over;

    ProbeAttempt(Vertx vertx, Duration timeout, Consumer<C> close) {
        this.vertx = vertx;
        this.close = close;
        this.timer = vertx.setTimer(
                timeout.toMillis(),
                id -> failed(new TimeoutException((connection == null ? "no connection" : "no answer") + " within "
                        + timeout.toMillis() + " ms")));
    }

    /** Begins with this connect; goes on with {@code then} once it is there. */
    Future<String> begin(ProbeConnect<C> connect, Consumer<C> then) {
        connecting = connect;
        connect.connection().onComplete((established, error) -> {
            connecting = null;
            if (established == null) {
                failed(error);
            } else if (over) {
                close.accept(established);
            } else {
                connection = established;
                then.accept(established);
            }
        });
        return outcome.future();
    }

    void succeeded(String text) {
        end(() -> outcome.complete(text));
    }

    void failed(Throwable cause) {
        end(() -> outcome.fail(cause));
    }

    private void end(Runnable tell) {
        if (!over) {
            over = true;
            vertx.cancelTimer(timer);
            tell.run();
            if (connection != null) {
                close.accept(connection);
            } else if (connecting != null) {
                connecting.giveUp(); // an endpoint may accept and never go on
            }
        }
    }
}
