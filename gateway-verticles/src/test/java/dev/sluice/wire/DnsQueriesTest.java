package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.testkit.DnsServer;
import dev.sluice.testkit.DnsServer.Service;
import dev.sluice.testkit.Eventually;
import io.netty.resolver.ResolvedAddressTypes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DnsQueriesTest {

    private final Vertx vertx = Vertx.vertx();
    private final DnsServer dns = new DnsServer();
    private final DnsQueries queries =
            new DnsQueries(vertx, List.of(dns.address()), ResolvedAddressTypes.IPV4_PREFERRED);

    DnsQueriesTest() throws IOException {}

    @AfterEach
    void close() {
        Eventually.get(vertx.close());
        dns.close();
    }

    /** As verticles do, on one event loop. */
    private <T> T ask(Function<DnsQueries, Future<T>> question) {
        return Eventually.get(onLoop(question));
    }

    private Throwable failure(Function<DnsQueries, Future<?>> question) {
        return Eventually.failure(onLoop(question::apply));
    }

    private <T> Future<T> onLoop(Function<DnsQueries, Future<T>> question) {
        return Future.future(
                promise -> vertx.runOnContext(v -> question.apply(queries).onComplete(promise)));
    }

    @Test
    void givesAddressesInAStableOrderWithTheShortestTtl() throws IOException {
        dns.addresses("app.test", 7, "10.0.0.2", "2001:db8::1", "10.0.0.1");
        assertEquals(
                new DnsAnswer<>(List.of("10.0.0.1", "10.0.0.2", "2001:db8:0:0:0:0:0:1"), 7),
                ask(q -> q.addresses("app.test", List.of())));
    }

    @Test
    void anAliasMayExpireBeforeItsTarget() throws IOException {
        dns.alias("www.test", 3, "app.test").addresses("app.test", 600, "10.0.0.1");
        assertEquals(new DnsAnswer<>(List.of("10.0.0.1"), 3), ask(q -> q.addresses("www.test", List.of())));
    }

    @Test
    void readsServiceRecordsByPriority() throws IOException {
        dns.services(
                "_http._tcp.app.test",
                20,
                new Service(10, 0, 8080, "b.test"),
                new Service(0, 65535, 80, "c.test"),
                new Service(0, 5, 65535, "a.test"));
        assertEquals(
                new DnsAnswer<>(
                        List.of(
                                new DnsService("a.test", 65535, 0, 5),
                                new DnsService("c.test", 80, 0, 65535),
                                new DnsService("b.test", 8080, 10, 0)),
                        20),
                ask(q -> q.services("_http._tcp.app.test")));
    }

    @Test
    void noIsNotSilence() throws IOException {
        dns.addresses("empty.test", 5).fail("refused.test", DnsServer.REFUSED).fail("broken.test", DnsServer.SERVFAIL);
        for (String name : List.of("unknown.test", "empty.test", "refused.test", "broken.test")) {
            assertFalse(DnsQueries.isSilence(failure(q -> q.addresses(name, List.of()))), name);
            assertFalse(DnsQueries.isSilence(failure(q -> q.services(name))), name);
        }
    }

    @Test
    void silenceIsTold() {
        dns.silent("hangs.test");
        assertTrue(DnsQueries.isSilence(failure(q -> q.addresses("hangs.test", List.of()))));
        assertTrue(DnsQueries.isSilence(failure(q -> q.services("hangs.test"))));
    }

    @Test
    void halfAnAnswerDoesNotReplaceAWholeOne() throws IOException {
        List<String> both = List.of("10.0.0.1", "2001:db8:0:0:0:0:0:1");
        List<String> ipv4 = List.of("10.0.0.1");
        dns.addresses("app.test", 7, "10.0.0.2").silentOnIpv6("app.test");
        assertTrue(DnsQueries.isSilence(failure(q -> q.addresses("app.test", both))));
        dns.failIpv6("app.test", DnsServer.SERVFAIL);
        assertTrue(DnsQueries.isSilence(failure(q -> q.addresses("app.test", both))));
        DnsAnswer<String> answer = new DnsAnswer<>(List.of("10.0.0.2"), 7);
        assertEquals(answer, ask(q -> q.addresses("app.test", ipv4)), "servers may never answer for IPv6");
        dns.failIpv6("app.test", DnsServer.NXDOMAIN);
        assertEquals(answer, ask(q -> q.addresses("app.test", both)), "no is an answer");
        dns.addresses("app.test", 7, "10.0.0.2");
        assertEquals(answer, ask(q -> q.addresses("app.test", both)), "and so is none");
    }

    @Test
    void asksTheNextServerWhenOneIsSilent() throws IOException {
        try (DnsServer dead = new DnsServer().silent("app.test")) {
            dns.addresses("app.test", 5, "10.0.0.1");
            DnsQueries both =
                    new DnsQueries(vertx, List.of(dead.address(), dns.address()), ResolvedAddressTypes.IPV4_ONLY);
            DnsAnswer<String> answer = Eventually.get(Future.<DnsAnswer<String>>future(promise -> vertx.runOnContext(
                    v -> both.addresses("app.test", List.of()).onComplete(promise))));
            assertEquals(List.of("10.0.0.1"), answer.records());
            assertEquals(1, dead.queries("app.test"));
        }
    }
}
