package dev.sluice.deploy;

import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.spi.ConfigSource;
import io.vertx.core.Future;
import java.util.List;

/** What one {@code sluice run} serves. */
interface Serving {

    /** Gets everything ready that must be there before the gateway starts. */
    Future<ConfigSource> open();

    /** Lines of the start banner: where requests go, what to try. */
    List<String> about(List<BoundSocket> listeners);

    /** Closes what {@link #open()} opened. */
    Future<Void> close();
}
