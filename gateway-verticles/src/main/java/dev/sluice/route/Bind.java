package dev.sluice.route;

import dev.sluice.config.Certificate;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.ResourceKey;
import dev.sluice.spi.CallProtocol.Rule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One socket address with everything that is served on it.
 *
 * @param key its identity across snapshots
 * @param listeners names of the listeners that share it, as {@code namespace/gateway/section}, for messages
 * @param certificates in SNI order, the first is the default; empty for cleartext
 * @param terms what its clients are granted and asked; its {@code http3} is {@code OFF} for cleartext
 * @param grpc whether a GRPCRoute is attached to one of the listeners
 * @param ownCalls the protocol in which the gateway's own services are called; null when it is plain HTTP
 * @param backends to which the listeners' rules forward, each once, in the configuration's order
 * @param routes what requests are matched against
 */
public record Bind(
        Key key,
        List<String> listeners,
        List<Certificate> certificates,
        ClientTerms terms,
        boolean grpc,
        @Nullable Rule ownCalls,
        List<ResourceKey> backends,
        BindRoutes routes) {

    public Bind {
        listeners = List.copyOf(listeners);
        certificates = List.copyOf(certificates);
        backends = List.copyOf(backends);
    }

    /**
     * @param host a literal IP, or empty for every address (IPv6 and IPv4)
     * @param port 0..65535; 0 for one that the system chooses
     * @param discriminator empty, or the listener's name where the port is 0, so that several such sockets differ
     * @param tls whether TLS is spoken
     */
    public record Key(String host, int port, String discriminator, boolean tls) {}
}
