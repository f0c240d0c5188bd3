package dev.sluice.filter;

import io.vertx.core.json.JsonObject;

/**
 * Makes one filter from its configuration. Named by {@code spec.class} of a {@code sluice.dev/v1 Filter}; needs a
 * public constructor without arguments.
 */
public interface FilterFactory {

    /**
     * Called once per rule and configuration snapshot, off the event loops. The filter is shared by all loops, so it
     * must be immutable or safe for use by several threads.
     *
     * @param config the Filter's {@code spec.config}, empty when it has none
     * @throws IllegalArgumentException with a message for the user; the snapshot is then rejected with it
     */
    HttpFilter create(JsonObject config);
}
