package dev.sluice.wire;

import dev.sluice.config.Defaults;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import io.netty.resolver.dns.DnsCnameCache;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverChannelStrategy;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.transport.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Asks name servers, over UDP and, when an answer does not fit, over TCP. Netty's resolver follows aliases and search
 * domains; this makes it tell how long an answer holds, which Vert.x's {@code DnsClient} and the JDK keep to themselves.
 * Every look-up has a resolver and a socket of its own: nothing is cached, and no two share a port that could be guessed.
 */
public final class DnsQueries {

    private static final Comparator<InetAddress> STABLE = Comparator.<InetAddress>comparingInt(
                    ip -> ip.getAddress().length)
            .thenComparing(InetAddress::getHostAddress);

    private static final Comparator<DnsService> BY_PRIORITY = Comparator.comparingInt(DnsService::priority)
            .thenComparing(DnsService::target)
            .thenComparingInt(DnsService::port);

    /** What the C library asks when the system names none; Netty would ask a public one. */
    private static final InetSocketAddress LOCAL = new InetSocketAddress(InetAddress.getLoopbackAddress(), 53);

    private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");

    private final Vertx vertx;
    private final List<InetSocketAddress> servers;
    private final @Nullable ResolvedAddressTypes types;

    /**
     * Used on the event loops of this Vert.x.
     *
     * @param servers asked one after the other; none for those of the system, with its search domains
     */
    public DnsQueries(Vertx vertx, List<InetSocketAddress> servers) {
        this(vertx, servers, null);
    }

    /** @param types null for those that this machine has interfaces for */
    DnsQueries(Vertx vertx, List<InetSocketAddress> servers, @Nullable ResolvedAddressTypes types) {
        this.vertx = vertx;
        this.servers = servers.isEmpty() && !systemNamesServers() ? List.of(LOCAL) : List.copyOf(servers);
        this.types = types;
    }

    /**
     * The literal addresses of a name; fails when there is none.
     *
     * @param last what the name stood for before; it also fails when there were addresses of a family (IPv4, IPv6) and
     *     no server answers for that family now, so that half an answer does not replace a whole one
     */
    public io.vertx.core.Future<DnsAnswer<String>> addresses(String name, List<String> last) {
        ContextInternal context = ((VertxInternal) vertx).getOrCreateContext();
        ShortestTtl ttl = new ShortestTtl();
        Unanswered unanswered = new Unanswered();
        DnsNameResolver resolver = resolver(
                context,
                builder -> builder.resolveCache(ttl).cnameCache(ttl).dnsQueryLifecycleObserverFactory(unanswered));
        return answer(context, resolver.resolveAll(name), ips -> {
            boolean hadIpv6 = last.stream().anyMatch(ip -> ip.indexOf(':') >= 0);
            boolean hadIpv4 = last.stream().anyMatch(ip -> ip.indexOf(':') < 0);
            if ((hadIpv4 && unanswered.has(DnsRecordType.A)) || (hadIpv6 && unanswered.has(DnsRecordType.AAAA))) {
                throw new HalfAnswerException(name);
            }
            return new DnsAnswer<>(inOrder(ips.stream()), ttl.seconds());
        });
    }

    private static final class HalfAnswerException extends RuntimeException {

        private static final long serialVersionUID = 1;

        HalfAnswerException(String name) {
            super(name + ": an answer for one of IPv4 and IPv6 only", null, false, false);
        }
    }

    /** Literals without zones, IPv4 first, then in order: a stable answer changes no endpoint set. */
    public static List<String> inOrder(Stream<InetAddress> ips) {
        return ips.sorted(STABLE).map(DnsQueries::literal).distinct().toList();
    }

    private static String literal(InetAddress ip) {
        String text = ip.getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    /** The SRV records of a name, those of the first priority first; fails when there is none that names a target. */
    public io.vertx.core.Future<DnsAnswer<DnsService>> services(String name) {
        ContextInternal context = ((VertxInternal) vertx).getOrCreateContext();
        Future<List<DnsRecord>> found = resolver(context, builder -> {})
                .resolveAll(new DefaultDnsQuestion(name.endsWith(".") ? name : name + ".", DnsRecordType.SRV));
        return answer(context, found, DnsQueries::services);
    }

    /** Whether a look-up failed because no server has answered all of it, rather than that one has said no. */
    public static boolean isSilence(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof HalfAnswerException
                || DnsNameResolver.isTransportOrTimeoutError(failure)
                || (cause != null && DnsNameResolver.isTransportOrTimeoutError(cause));
    }

    private static boolean systemNamesServers() {
        try (Stream<String> lines = Files.lines(RESOLV_CONF)) {
            return lines.anyMatch(line -> line.stripLeading().startsWith("nameserver"));
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    private static <F, T> io.vertx.core.Future<T> answer(
            ContextInternal context, Future<F> found, Function<F, T> answer) {
        Promise<T> promise = context.promise();
        var unused = found.addListener(done -> {
            if (!done.isSuccess()) {
                promise.fail(done.cause());
                return;
            }
            try {
                promise.complete(answer.apply(found.getNow()));
            } catch (RuntimeException malformed) {
                promise.fail(malformed);
            }
        });
        return promise.future();
    }

    private DnsNameResolver resolver(ContextInternal context, Consumer<DnsNameResolverBuilder> more) {
        Transport transport = ((VertxInternal) vertx).transport();
        DnsNameResolverBuilder builder = new DnsNameResolverBuilder(context.nettyEventLoop())
                .datagramChannelFactory(transport.datagramChannelFactory())
                .datagramChannelStrategy(DnsNameResolverChannelStrategy.ChannelPerResolution)
                .socketChannelFactory(
                        () -> (SocketChannel) transport.channelFactory(false).newChannel())
                .queryTimeoutMillis(Defaults.DNS_QUERY_TIMEOUT.toMillis())
                .completeOncePreferredResolved(false)
                .hostsFileEntriesResolver((name, wanted) -> null)
                .resolveCache(NoopDnsCache.INSTANCE)
                .cnameCache(NoopDnsCnameCache.INSTANCE);
        if (!servers.isEmpty()) {
            builder.nameServerProvider(new SequentialDnsServerAddressStreamProvider(servers))
                    .searchDomains(List.of());
        }
        if (types != null) {
            builder.resolvedAddressTypes(types);
        }
        more.accept(builder);
        return builder.build();
    }

    private static DnsAnswer<DnsService> services(List<DnsRecord> records) {
        List<DnsService> services = new ArrayList<>();
        long ttl = Long.MAX_VALUE;
        try {
            for (DnsRecord record : records) {
                if (record instanceof DnsRawRecord raw && record.type().equals(DnsRecordType.SRV)) {
                    DnsService service = service(raw.content());
                    if (!service.target().isEmpty() && service.port() != 0) { // "." says: not to be had
                        services.add(service);
                        ttl = Math.min(ttl, record.timeToLive());
                    }
                }
            }
        } finally {
            records.forEach(ReferenceCountUtil::release);
        }
        if (services.isEmpty()) {
            throw new IllegalStateException("no SRV record that names a target");
        }
        services.sort(BY_PRIORITY);
        return new DnsAnswer<>(services.stream().distinct().toList(), ttl);
    }

    private static DnsService service(ByteBuf content) {
        int priority = content.readUnsignedShort();
        int weight = content.readUnsignedShort();
        int port = content.readUnsignedShort();
        String target = DefaultDnsRecordDecoder.decodeName(content);
        return new DnsService(target.substring(0, target.length() - 1), port, priority, weight);
    }

    /** Caches nothing, but is told by the resolver how long everything might be cached. */
    private static final class ShortestTtl implements DnsCache, DnsCnameCache {

        private long shortest = Long.MAX_VALUE;

        long seconds() {
            return shortest == Long.MAX_VALUE ? 0 : shortest;
        }

        @Override
        public DnsCacheEntry cache(
                String hostname, DnsRecord[] additionals, InetAddress address, long originalTtl, EventLoop loop) {
            shortest = Math.min(shortest, originalTtl);
            return NoopDnsCache.INSTANCE.cache(hostname, additionals, address, originalTtl, loop);
        }

        @Override
        public DnsCacheEntry cache(String hostname, DnsRecord[] additionals, Throwable cause, EventLoop loop) {
            return NoopDnsCache.INSTANCE.cache(hostname, additionals, cause, loop);
        }

        @Override
        public void cache(String hostname, String cname, long originalTtl, EventLoop loop) {
            shortest = Math.min(shortest, originalTtl);
        }

        @Override
        public List<? extends DnsCacheEntry> get(String hostname, DnsRecord[] additionals) {
            return List.of();
        }

        @Override
        public @Nullable String get(String hostname) {
            return null;
        }

        @Override
        public void clear() {}

        @Override
        public boolean clear(String hostname) {
            return false;
        }
    }
}
