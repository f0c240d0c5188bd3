package dev.sluice.discovery;

import dev.sluice.config.Defaults;
import dev.sluice.observe.UpstreamCounters;
import dev.sluice.observe.UpstreamCounters.DnsResult;
import dev.sluice.wire.DnsAnswer;
import dev.sluice.wire.DnsQueries;
import dev.sluice.wire.DnsService;
import dev.sluice.wire.HostsFile;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every name that a backend asks for, looked up once for all of them.
 *
 * <p>The hosts file comes first. Then the name servers are asked, whose answers hold as long as their TTL says. What they
 * do not know, or refuse, the JDK is asked, which knows what else the system knows (nsswitch, mDNS) but no TTL; it is not
 * asked when no server has answered, since it would wait for the same servers on a thread, nor when servers were given.
 */
final class Names {

    private final Vertx vertx;
    private final UpstreamCounters counters;
    private final DnsQueries queries;
    private final HostsFile hosts = new HostsFile();
    private final boolean systemServers;
    private final Map<String, WatchedName<String>> addresses = new HashMap<>();
    private final Map<String, WatchedName<DnsService>> services = new HashMap<>();

    /** @param servers to ask; none for the system's */
    Names(Vertx vertx, UpstreamCounters counters, List<InetSocketAddress> servers) {
        this.vertx = vertx;
        this.counters = counters;
        this.queries = new DnsQueries(vertx, servers);
        this.systemServers = servers.isEmpty();
    }

    /** The addresses of a host. */
    WatchedName<String> addresses(String name) {
        return addresses.computeIfAbsent(
                name,
                n -> new WatchedName<>(vertx, name, last -> counted(lookUp(name, last)), () -> addresses.remove(name)));
    }

    /** The SRV records of a service. */
    WatchedName<DnsService> services(String name) {
        return services.computeIfAbsent(
                name,
                n -> new WatchedName<>(
                        vertx, name, last -> counted(queries.services(name)), () -> services.remove(name)));
    }

    private Future<DnsAnswer<String>> lookUp(String name, List<String> last) {
        List<String> known = hosts.addresses(name);
        if (!known.isEmpty()) {
            return Future.succeededFuture(untimed(known));
        }
        Future<DnsAnswer<String>> asked = queries.addresses(name, last);
        return systemServers
                ? asked.recover(
                        failure -> DnsQueries.isSilence(failure) ? Future.failedFuture(failure) : askJdk(name, failure))
                : asked;
    }

    /** On a worker of its own, so that one that hangs does not hold up others. */
    private Future<DnsAnswer<String>> askJdk(String name, Throwable failure) {
        return vertx.executeBlocking(() -> InetAddress.getAllByName(name), false)
                .map(ips -> untimed(DnsQueries.inOrder(Arrays.stream(ips))))
                .recover(error -> Future.failedFuture(failure)); // what the servers said tells more
    }

    private static DnsAnswer<String> untimed(List<String> ips) {
        return new DnsAnswer<>(ips, Defaults.DNS_REFRESH.toSeconds());
    }

    private <T> Future<DnsAnswer<T>> counted(Future<DnsAnswer<T>> lookUp) {
        return lookUp.onComplete((answer, error) -> counters.count(result(error)));
    }

    private static DnsResult result(@Nullable Throwable error) {
        if (error == null) {
            return DnsResult.SUCCESS;
        }
        return DnsQueries.isSilence(error) ? DnsResult.TIMEOUT : DnsResult.FAILURE;
    }
}
