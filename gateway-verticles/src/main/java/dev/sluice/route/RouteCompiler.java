package dev.sluice.route;

import dev.sluice.config.GatewayConfig;

/** Compiles a validated snapshot; the only place that knows Gateway API's precedence rules. */
public final class RouteCompiler {

    private RouteCompiler() {}

    /**
     * Compiles, off the event loop.
     *
     * @param version the table's version
     * @throws IllegalArgumentException with a message for the user, when a custom filter refuses its configuration
     */
    public static RouteTable compile(GatewayConfig config, long version) {
        throw new UnsupportedOperationException("not yet");
    }
}
