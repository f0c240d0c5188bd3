package dev.sluice.deploy;

import dev.sluice.config.Certificate;
import dev.sluice.config.ClientPolicy;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.Gateway;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.HttpRoute;
import dev.sluice.config.HttpRoute.ParentRef;
import dev.sluice.config.Listener;
import dev.sluice.config.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What flags say, and the resources that a user would have written for it. Every listener address becomes a Gateway of
 * its own, since a Gateway's addresses hold for all of its listeners; the routes attach to each.
 *
 * @param cleartext where HTTP is served
 * @param tls where HTTPS is served; null for nowhere
 * @param routing what goes where
 */
record FlagsConfig(ListenAddress cleartext, @Nullable Tls tls, Routing routing) {

    /**
     * The HTTPS listener.
     *
     * @param address TCP, and UDP for HTTP/3
     * @param certificate served to every name
     * @param http3 whether HTTP/3 is served too
     */
    record Tls(ListenAddress address, CertificateFiles certificate, Http3 http3) {}

    /** The snapshot under a digest of everything in it. */
    GatewayConfig resources(String digest) {
        ListenAddress http = cleartext;
        Tls https = tls;
        List<Gateway> gateways = new ArrayList<>();
        List<Certificate> certificates = new ArrayList<>();
        List<ClientPolicy> policies = new ArrayList<>();
        gateways.add(gateway("http", http, Listener.Protocol.HTTP, List.of()));
        if (https != null) {
            ResourceKey certificate = key("https");
            gateways.add(gateway("https", https.address(), Listener.Protocol.HTTPS, List.of(certificate)));
            certificates.add(new Certificate(
                    certificate, https.certificate().cert(), https.certificate().key()));
            policies.add(new ClientPolicy(
                    key("https"),
                    List.of(new ClientPolicy.TargetRef(key("https"), null)),
                    ClientTerms.DEFAULT.withHttp3(https.http3())));
        }
        List<ParentRef> parents = gateways.stream()
                .map(gateway -> new ParentRef(gateway.key(), null, 0))
                .toList();
        List<HttpRoute> routes = new ArrayList<>();
        routes.add(new HttpRoute(key(Routing.ROUTE), parents, List.of(), routing.rules()));
        if (!routing.grpcRules().isEmpty()) {
            routes.add(new HttpRoute(true, key(Routing.ROUTE), parents, List.of(), routing.grpcRules()));
        }
        return new GatewayConfig(
                gateways, routes, routing.backends(), certificates, policies, routing.policies(), digest);
    }

    /** The name of a resource that stands for a flag. */
    static ResourceKey key(String name) {
        return new ResourceKey("default", name);
    }

    private static Gateway gateway(
            String name, ListenAddress address, Listener.Protocol protocol, List<ResourceKey> certificates) {
        List<String> addresses = address.host().isEmpty() ? List.of() : List.of(address.host());
        Listener listener = new Listener(name, null, address.port(), protocol, certificates, false);
        return new Gateway(key(name), addresses, List.of(listener));
    }
}
