package dev.sluice.deploy;

import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.spi.ConfigSource;
import io.vertx.core.Future;
import java.util.List;

/** Serves by flags or files: nothing to open or close beside the gateway itself. */
final class ServeSource implements Serving {

    private final ConfigSource source;
    private final List<String> about;

    ServeSource(ConfigSource source, List<String> about) {
        this.source = source;
        this.about = List.copyOf(about);
    }

    @Override
    public Future<ConfigSource> open() {
        return Future.succeededFuture(source);
    }

    @Override
    public List<String> about(List<BoundSocket> listeners) {
        return about;
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
