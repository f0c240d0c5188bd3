package dev.sluice.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.EndpointAddress;
import dev.sluice.config.Backend.Protocol;
import dev.sluice.config.ResourceKey;
import dev.sluice.observe.UpstreamCounters;
import dev.sluice.spi.ResolvedEndpoint;
import dev.sluice.testkit.DnsServer;
import dev.sluice.testkit.DnsServer.Service;
import dev.sluice.testkit.Eventually;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a source tells, one set of endpoints after the other, with a real name server. */
class DnsEndpointSourceTest {

    private static final String SERVICE = "_http._tcp.app.test";

    private final Vertx vertx = Vertx.vertx();
    private final DnsServer dns = new DnsServer();
    private final List<List<String>> told = new CopyOnWriteArrayList<>();

    DnsEndpointSourceTest() throws IOException {}

    @AfterEach
    void close() {
        Eventually.get(vertx.close());
        dns.close();
    }

    private void start() {
        Backend backend = new Backend(
                new ResourceKey("default", "app"), Protocol.HTTP, List.of(new EndpointAddress(SERVICE, 0)), null);
        Eventually.get(Future.<Void>future(promise -> vertx.runOnContext(v -> {
            Names names = new Names(vertx, new UpstreamCounters(), List.of(dns.address()));
            new DnsEndpointSource(vertx, names)
                    .start(
                            backend,
                            found -> told.add(
                                    found.stream().map(ResolvedEndpoint::ip).toList()))
                    .<Void>mapEmpty()
                    .onComplete(promise);
        })));
    }

    private void hosts(String... targets) throws IOException {
        Service[] services = new Service[targets.length];
        for (int i = 0; i < targets.length; i++) {
            services[i] = new Service(0, 1, 80, targets[i]);
        }
        dns.services(SERVICE, 1, services);
    }

    @Test
    void aServiceThatMovesDoesNotShrinkOnTheWay() throws IOException {
        dns.addresses("a.test", 60, "10.0.0.1")
                .addresses("b.test", 60, "10.0.0.2")
                .addresses("c.test", 60, "10.0.0.3");
        hosts("a.test", "b.test");
        start();
        List<String> both = List.of("10.0.0.1", "10.0.0.2");
        Eventually.holds(
                "both", () -> !told.isEmpty() && told.get(told.size() - 1).equals(both));
        told.clear();
        hosts("b.test", "c.test");
        Eventually.holds("a change", () -> !told.isEmpty());
        assertEquals(List.of("10.0.0.2", "10.0.0.3"), told.get(0));
    }

    @Test
    void aDeadHostHoldsUpTheOthersForAWhileOnly() throws IOException {
        dns.addresses("a.test", 60, "10.0.0.1")
                .addresses("b.test", 60, "10.0.0.2")
                .silent("dead.test");
        hosts("a.test", "b.test");
        start();
        told.clear();
        hosts("b.test", "dead.test");
        Eventually.holds("the one that is left", () -> told.equals(List.of(List.of("10.0.0.2"))));
    }
}
