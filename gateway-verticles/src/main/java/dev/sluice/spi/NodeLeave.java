package dev.sluice.spi;

import io.vertx.core.Future;

/** What a node that has drained does before it is gone, such as to leave its cluster. */
@FunctionalInterface
public interface NodeLeave {

    /** Nothing. */
    NodeLeave NONE = Future::succeededFuture;

    /**
     * Leaves; called once, on the control event loop, when nothing is in flight any more.
     *
     * @return completes or fails when it is over; not waited for longer than {@link
     *     dev.sluice.config.Defaults#NODE_LEAVE}
     */
    Future<?> leave();
}
