package dev.sluice.config.load;

import dev.sluice.filter.FilterFactory;
import dev.sluice.filter.HttpFilter;
import io.vertx.core.json.JsonObject;

/** A filter as a user writes one; it wants a text named {@code stamp}. */
public final class StampFilter implements FilterFactory {

    @Override
    public HttpFilter create(JsonObject config) {
        if (config.getString("stamp", "").isEmpty()) {
            throw new IllegalArgumentException("stamp: missing (expected: a text)");
        }
        return new HttpFilter() {};
    }
}
