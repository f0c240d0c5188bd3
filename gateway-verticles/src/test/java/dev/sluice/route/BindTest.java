package dev.sluice.route;

import static dev.sluice.testkit.RouteConfigs.key;
import static dev.sluice.testkit.RouteConfigs.listener;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sluice.config.Certificate;
import dev.sluice.config.ClientPolicy;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.ClientPolicy.TargetRef;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.Gateway;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.Listener;
import dev.sluice.config.ResourceKey;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How listeners come together on sockets. */
class BindTest {

    private static final Certificate C1 = certificate("c1");
    private static final Certificate C2 = certificate("c2");
    private static final Certificate C3 = certificate("c3");

    @Test
    void listenersOfOnePortShareASocketWithAllTheirCertificates() {
        Gateway first = gateway(
                "g1",
                List.of(),
                https("a", 443, "a.com", "c2", "c1"),
                https("b", 443, "b.com", "c1"),
                listener("plain", 80, null));
        Gateway second = gateway("g2", List.of(), https("c", 443, null, "c3"));
        List<Bind> binds = binds(List.of(first, second));
        assertEquals(
                List.of(new Bind.Key("", 443, "", true), new Bind.Key("", 80, "", false)),
                binds.stream().map(Bind::key).toList());
        assertEquals(
                List.of("default/g1/a", "default/g1/b", "default/g2/c"),
                binds.get(0).listeners());
        assertEquals(List.of(C2, C1, C3), binds.get(0).certificates());
        assertEquals(List.of(), binds.get(1).certificates());
    }

    @Test
    void everyAddressIsASocket() {
        Gateway gateway = gateway("g", List.of("127.0.0.1", "::1"), listener("l", 80, null));
        assertEquals(
                List.of(new Bind.Key("127.0.0.1", 80, "", false), new Bind.Key("::1", 80, "", false)),
                binds(List.of(gateway)).stream().map(Bind::key).toList());
    }

    @Test
    void portsThatTheSystemChoosesAreNotShared() {
        Gateway gateway = gateway("g", List.of(), listener("l1", 0, null), listener("l2", 0, "a.com"));
        assertEquals(
                List.of(new Bind.Key("", 0, "default/g/l1", false), new Bind.Key("", 0, "default/g/l2", false)),
                binds(List.of(gateway)).stream().map(Bind::key).toList());
    }

    @Test
    void defaultsAreHttp3WherePossibleAndNoTrust() {
        Gateway gateway = gateway("g", List.of(), https("s", 443, null, "c1"), listener("p", 80, null));
        List<Bind> binds = binds(List.of(gateway));
        assertEquals(Http3.AUTO, binds.get(0).terms().http3());
        assertEquals(Http3.OFF, binds.get(1).terms().http3());
        assertEquals(List.of(), binds.get(0).terms().trustedProxies());
    }

    @Test
    void policyOfAListenerWinsOverItsGateways() {
        Gateway gateway = gateway(
                "g", List.of(), https("s1", 443, null, "c1"), https("s2", 444, null, "c1"), listener("p", 80, null));
        List<Bind> binds = binds(
                List.of(gateway),
                policy("gateway", null, Http3.REQUIRED, "10.0.0.0/8"),
                policy("listener", "s1", Http3.OFF, "192.168.0.0/16"),
                policy("later", "s1", Http3.AUTO, "::/0"));
        assertEquals(Http3.OFF, binds.get(0).terms().http3());
        assertEquals(List.of("192.168.0.0/16"), binds.get(0).terms().trustedProxies());
        assertEquals(Http3.REQUIRED, binds.get(1).terms().http3());
        assertEquals(List.of("10.0.0.0/8"), binds.get(1).terms().trustedProxies());
        assertEquals(Http3.OFF, binds.get(2).terms().http3());
        assertEquals(List.of("10.0.0.0/8"), binds.get(2).terms().trustedProxies());
    }

    @Test
    void listenersOfOneSocketMustAgreeOnTheirClients() {
        Gateway gateway = gateway("g", List.of(), https("a", 443, "a.com", "c1"), https("b", 443, "b.com", "c1"));
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> binds(List.of(gateway), policy("p", "b", Http3.AUTO, "::/0")));
        assertEquals(
                "client policies of listeners default/g/a and default/g/b differ"
                        + " (expected: the same, because they share port 443)",
                refused.getMessage());
    }

    private static List<Bind> binds(List<Gateway> gateways, ClientPolicy... policies) {
        GatewayConfig config =
                new GatewayConfig(gateways, List.of(), List.of(), List.of(C1, C2, C3), List.of(policies), "digest");
        return RouteCompiler.compile(config, 1).binds();
    }

    private static ClientPolicy policy(String name, @Nullable String section, Http3 http3, String trusted) {
        ClientTerms terms =
                ClientTerms.DEFAULT.withTrustedProxies(List.of(trusted)).withHttp3(http3);
        return new ClientPolicy(key(name), List.of(new TargetRef(key("g"), section)), terms);
    }

    private static Gateway gateway(String name, List<String> addresses, Listener... listeners) {
        return new Gateway(key(name), addresses, List.of(listeners));
    }

    private static Listener https(String name, int port, @Nullable String hostname, String... certificates) {
        List<ResourceKey> keys = Arrays.stream(certificates).map(it -> key(it)).toList();
        return new Listener(name, hostname, port, Listener.Protocol.HTTPS, keys, false);
    }

    private static Certificate certificate(String name) {
        return new Certificate(key(name), Path.of(name + ".pem"), Path.of(name + ".key"));
    }
}
