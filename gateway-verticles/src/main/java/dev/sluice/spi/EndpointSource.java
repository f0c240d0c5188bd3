package dev.sluice.spi;

import dev.sluice.config.Backend;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Knows the endpoints of one backend, and tells when they change. Used on one event loop, on which it also calls its
 * listener. A source tells good news only: while it cannot find out, what it told last stays in use.
 */
public interface EndpointSource {

    /**
     * Begins to look; called once.
     *
     * @return completes when the first look is over, found or not; a new route table waits for it, within bounds
     */
    Future<?> start(Backend backend, Listener listener);

    /** Ends it: nothing is told any more. */
    void stop();

    /** Whom a source tells. */
    interface Listener {

        /** These are all endpoints now, in a stable order. None is an answer too: the backend has none. */
        void endpoints(List<ResolvedEndpoint> endpoints);
    }

    /** Makes sources; asked on the event loop that will use them. */
    interface Factory {

        /** A source for this backend; null when this factory does not know its kind. */
        @Nullable
        EndpointSource create(Vertx vertx, Backend backend);
    }
}
