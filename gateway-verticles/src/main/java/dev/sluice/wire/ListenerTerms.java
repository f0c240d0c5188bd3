package dev.sluice.wire;

import dev.sluice.config.ClientTerms;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The terms of one listening address, for what happens to a connection before any request of it is known: an accepted
 * channel knows the address that it came in at, and nothing else of the configuration. All loops that listen at an
 * address share one of these, and its connections keep it for as long as they live; a reload changes what it says.
 *
 * <p>An address that nobody has told of yet has the terms of {@link ClientTerms#DEFAULT}, as the admin API's has.
 */
public final class ListenerTerms {

    private static final ConcurrentMap<Address, ListenerTerms> LISTENING = new ConcurrentHashMap<>();

    private volatile ClientTerms current = ClientTerms.DEFAULT;
    private volatile boolean published;

    private ListenerTerms() {}

    /**
     * Says by which terms an address is served from now on, on connections that are open as well.
     * They stay known until nobody listens there any more.
     *
     * @param host a literal IP; one that means every address, or is none, stands for all of them
     * @param port 1..65535, as it was bound
     */
    public static void publish(String host, int port, ClientTerms terms) {
        ListenerTerms listening = at(new Address(specific(NetUtil.createInetAddressFromIpAddressString(host)), port));
        listening.current = terms;
        listening.published = true;
    }

    /** @param listening the local address of a listening socket, not of a connection */
    static ListenerTerms of(SocketAddress listening) {
        return listening instanceof InetSocketAddress inet
                ? at(new Address(specific(inet.getAddress()), inet.getPort()))
                : new ListenerTerms();
    }

    /** Nobody listens there any more; connections that are open keep these terms. */
    void forget() {
        boolean unused = LISTENING.values().remove(this);
    }

    /** Whether it is a listener's address, and not that of the admin API. */
    boolean isPublished() {
        return published;
    }

    /** What holds now. */
    ClientTerms current() {
        return current;
    }

    private static ListenerTerms at(Address address) {
        return LISTENING.computeIfAbsent(address, any -> new ListenerTerms());
    }

    private static @Nullable InetAddress specific(@Nullable InetAddress address) {
        return address == null || address.isAnyLocalAddress() ? null : address;
    }

    /** @param ip null for every address */
    private record Address(@Nullable InetAddress ip, int port) {}
}
