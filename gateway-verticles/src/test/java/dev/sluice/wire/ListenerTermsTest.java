package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.sluice.config.ClientTerms;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whose terms a listening address has; on ports that no other test listens at. */
final class ListenerTermsTest {

    private static final ClientTerms ONE = ClientTerms.DEFAULT.withTrustedProxies(List.of("10.0.0.0/8"));
    private static final ClientTerms OTHER = ClientTerms.DEFAULT.withTrustedProxies(List.of("::1/128"));

    @Test
    void whoHoldsThemSeesTheNextOnes() {
        ListenerTerms held = ListenerTerms.of(address("127.0.0.1", 1));
        assertSame(ClientTerms.DEFAULT, held.current());
        ListenerTerms.publish("127.0.0.1", 1, ONE);
        assertSame(ONE, held.current());
        ListenerTerms.publish("127.0.0.1", 1, OTHER);
        assertSame(OTHER, held.current());
        assertSame(held, ListenerTerms.of(address("127.0.0.1", 1)));
    }

    @Test
    void addressesAndPortsDiffer() {
        ListenerTerms.publish("127.0.0.1", 2, ONE);
        ListenerTerms.publish("127.0.0.2", 2, OTHER);
        ListenerTerms first = ListenerTerms.of(address("127.0.0.1", 2));
        assertSame(ONE, first.current());
        assertSame(OTHER, ListenerTerms.of(address("127.0.0.2", 2)).current());
        assertNotSame(first, ListenerTerms.of(address("127.0.0.1", 3)));
    }

    @Test
    void everyAddressIsOneAddress() {
        ListenerTerms.publish("::", 4, ONE);
        assertSame(ONE, ListenerTerms.of(address("0.0.0.0", 4)).current());
        assertSame(ONE, ListenerTerms.of(address("::", 4)).current());
    }

    private static InetSocketAddress address(String ip, int port) {
        return new InetSocketAddress(NetUtil.createInetAddressFromIpAddressString(ip), port);
    }
}
