package dev.sluice.health;

import dev.sluice.upstream.Endpoint;
import io.vertx.core.Future;
import java.time.Duration;

/** A way to ask an endpoint how it is, each time over a connection of its own. */
interface Probe {

    /**
     * Asks once.
     *
     * @param timeout for all of it, connect included
     * @return what speaks for it, for people; or a failure whose message says what speaks against it. Nothing of the
     *     probe is left once it completes; {@link java.util.concurrent.TimeoutException} when the time is up
     */
    Future<String> ask(Endpoint endpoint, Duration timeout);
}
