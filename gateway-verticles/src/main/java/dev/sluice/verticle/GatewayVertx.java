package dev.sluice.verticle;

import dev.sluice.config.Bootstrap;
import dev.sluice.wire.WireTransport;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.transport.Transport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds the Vert.x that a gateway runs on: its loops and its transport. */
public final class GatewayVertx {

    private static final Logger log = LoggerFactory.getLogger(GatewayVertx.class);

    private GatewayVertx() {}

    /**
     * Builds by the bootstrap's event loops and transport.
     *
     * @throws IllegalStateException when a transport is demanded that this machine does not offer, saying why
     */
    public static Vertx create(Bootstrap bootstrap) {
        Transport transport = choose(bootstrap.transport());
        log.info("event=transport chosen={} wanted={}", transport.name(), bootstrap.transport());
        return Vertx.builder()
                .with(new VertxOptions().setEventLoopPoolSize(bootstrap.eventLoops()))
                .withTransport(new WireTransport(transport, bootstrap.maxConnections()))
                .build();
    }

    /** The name of the transport that {@link #create} takes: {@code io_uring}, {@code epoll} or {@code nio}. */
    public static String transportName(Bootstrap bootstrap) {
        return choose(bootstrap.transport()).name();
    }

    private static Transport choose(Bootstrap.Transport wanted) {
        return switch (wanted) {
            case NIO -> Transport.NIO;
            case EPOLL -> demand(Transport.EPOLL, "epoll");
            case IO_URING -> demand(Transport.IO_URING, "io_uring");
            case AUTO -> best();
        };
    }

    /** By what they cost, see docs/adr/0008-io-uring-before-epoll.md; a container's seccomp profile often forbids the first. */
    private static Transport best() {
        Transport ring = Transport.IO_URING;
        if (ring != null && ring.available()) {
            return ring;
        }
        Transport epoll = Transport.EPOLL;
        return epoll != null && epoll.available() ? epoll : Transport.NIO;
    }

    private static boolean isAvailable(@Nullable Transport transport) {
        return transport != null && transport.available();
    }

    private static Transport demand(@Nullable Transport transport, String name) {
        if (transport != null && isAvailable(transport)) {
            return transport;
        }
        Throwable cause = transport == null ? null : transport.unavailabilityCause();
        throw new IllegalStateException("the transport " + name + " is not available here"
                + (cause == null ? " (no native library for this platform)" : ": " + cause.getMessage()));
    }
}
