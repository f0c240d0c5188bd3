package dev.sluice.config.load;

import dev.sluice.filter.HttpFilter;
import dev.sluice.spi.FilterFactory;
import io.vertx.core.json.JsonObject;

/** A filter without configuration. */
public final class PlainFilter implements FilterFactory {

    @Override
    public HttpFilter create(JsonObject config) {
        return new HttpFilter() {};
    }
}
