package dev.sluice.verticle;

import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.config.Bootstrap;
import dev.sluice.spi.ConfigSource;
import dev.sluice.spi.Extensions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/** One running gateway: deploys the verticles in order, knows what is bound, takes them down again. */
public final class GatewayRuntime {

    private GatewayRuntime() {}

    /**
     * Starts a gateway; one per Vert.x.
     *
     * @return completes once every loop serves by the first table; fails, with everything closed again, when the
     *     configuration is rejected ({@link ConfigRejectedException}) or a socket cannot be opened
     */
    public static Future<GatewayRuntime> start(
            Vertx vertx, Bootstrap bootstrap, ConfigSource source, Extensions extensions) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Every open socket, listeners first, the admin API's last. */
    public List<BoundSocket> sockets() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Drains by the bootstrap's timings; completes when nothing is left. A second call forces. */
    public Future<Void> drain() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Closes at once, without draining. */
    public Future<Void> close() {
        throw new UnsupportedOperationException("not yet");
    }
}
