package dev.sluice.discovery;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.spi.EndpointSource;
import dev.sluice.spi.ResolvedEndpoint;
import dev.sluice.wire.IpLiteral;
import io.vertx.core.Future;

/** A backend of literal addresses: as the configuration says, for good. */
final class StaticEndpointSource implements EndpointSource {

    @Override
    public Future<?> start(Backend backend, Listener listener) {
        listener.endpoints(backend.endpoints().stream()
                .map(address -> endpoint(address, address.host()))
                .toList());
        return Future.succeededFuture();
    }

    @Override
    public void stop() {}

    /** Whether this source is enough for a backend. */
    static boolean suits(Backend backend) {
        return backend.endpoints().stream().allMatch(address -> isLiteral(address.host()));
    }

    /** Whether this is an IP rather than a name. */
    static boolean isLiteral(String host) {
        return IpLiteral.parse(host) != null;
    }

    /** One address of a name, or the literal itself. */
    static ResolvedEndpoint endpoint(EndpointAddress address, String ip) {
        return new ResolvedEndpoint(
                address.host(), ip, address.port(), address.weight(), address.priority(), address.zone());
    }
}
