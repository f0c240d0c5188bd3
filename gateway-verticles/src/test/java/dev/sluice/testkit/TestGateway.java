package dev.sluice.testkit;

import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.ConfigResult;
import dev.sluice.config.Defaults;
import dev.sluice.config.GatewayConfig;
import dev.sluice.spi.ConfigSource;
import dev.sluice.spi.Extensions;
import dev.sluice.verticle.GatewayRuntime;
import dev.sluice.verticle.GatewayVertx;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A whole gateway in a Vert.x of its own, on ephemeral loopback ports, with a configuration that can be replaced. */
public final class TestGateway implements AutoCloseable {

    /** More than one, so that every test also runs over several loops. */
    public static final int LOOPS = 2;

    /** {@code -Dtest.jvm.extra=-Dsluice.test.transport=io_uring} runs every test on another transport. */
    private static final Bootstrap.Transport TRANSPORT = Bootstrap.Transport.valueOf(
            System.getProperty("sluice.test.transport", "auto").toUpperCase(Locale.ROOT));

    private final Vertx vertx;
    private final GatewayRuntime runtime;
    private final SwappableSource source;

    private TestGateway(Vertx vertx, GatewayRuntime runtime, SwappableSource source) {
        this.vertx = vertx;
        this.runtime = runtime;
        this.source = source;
    }

    /** Starts with {@link #LOOPS} loops and no extensions. */
    public static TestGateway start(GatewayConfig config) {
        return start(bootstrap(LOOPS), config, Extensions.NONE);
    }

    public static TestGateway start(Bootstrap bootstrap, GatewayConfig config, Extensions extensions) {
        return start(bootstrap, config, extensions, List.of());
    }

    /** The same, with these name servers in place of the system's. */
    public static TestGateway start(
            Bootstrap bootstrap, GatewayConfig config, Extensions extensions, List<InetSocketAddress> nameServers) {
        SwappableSource source = new SwappableSource(new ConfigResult.Accepted(config, List.of()));
        return start(bootstrap, source, source, extensions, nameServers);
    }

    /** Starts from a source of the test's own; {@link #reload} is not possible then. */
    public static TestGateway start(Bootstrap bootstrap, ConfigSource source, Extensions extensions) {
        return start(
                bootstrap, source, new SwappableSource(new ConfigResult.Rejected(List.of())), extensions, List.of());
    }

    private static TestGateway start(
            Bootstrap bootstrap,
            ConfigSource source,
            SwappableSource swappable,
            Extensions extensions,
            List<InetSocketAddress> nameServers) {
        Vertx vertx = GatewayVertx.create(bootstrap);
        try {
            GatewayRuntime runtime =
                    Eventually.get(GatewayRuntime.start(vertx, bootstrap, source, extensions, nameServers));
            return new TestGateway(vertx, runtime, swappable);
        } catch (RuntimeException | AssertionError e) {
            Eventually.get(vertx.close());
            throw e;
        }
    }

    /** Ephemeral admin port, no lame duck, no access log, and a drain that cannot outlive a test. */
    public static Bootstrap bootstrap(int loops) {
        return bootstrap(loops, ClientTerms.UNLIMITED);
    }

    /** The same, with a limit of the connections of all listeners together. */
    public static Bootstrap bootstrap(int loops, long maxConnections) {
        return bootstrap(loops, null, maxConnections);
    }

    /** The same, with this access log. */
    public static Bootstrap bootstrap(int loops, Bootstrap.@Nullable AccessLogTarget accessLog) {
        return bootstrap(loops, accessLog, ClientTerms.UNLIMITED);
    }

    private static Bootstrap bootstrap(int loops, Bootstrap.@Nullable AccessLogTarget accessLog, long maxConnections) {
        return new Bootstrap(
                Defaults.ADMIN_HOST,
                0,
                loops,
                TRANSPORT,
                Duration.ZERO,
                Duration.ofSeconds(5),
                accessLog,
                maxConnections);
    }

    public GatewayRuntime runtime() {
        return runtime;
    }

    public Vertx vertx() {
        return vertx;
    }

    /** The port of a listener of {@code default/gw}. */
    public int port(String listener) {
        return socket("gw/" + listener).port();
    }

    /** The port of the only listener there is. */
    public int port() {
        List<BoundSocket> sockets = runtime.sockets();
        if (sockets.size() != 2) {
            throw new AssertionError(sockets + " (expected: one listener and the admin API)");
        }
        return sockets.get(0).port();
    }

    /** The admin API's port. */
    public int adminPort() {
        List<BoundSocket> sockets = runtime.sockets();
        return sockets.get(sockets.size() - 1).port();
    }

    /** The socket on which a listener is served; {@code gateway/section}, with or without a namespace. */
    public BoundSocket socket(String listener) {
        return runtime.sockets().stream()
                .filter(socket -> socket.listeners().stream()
                        .anyMatch(name -> name.equals(listener) || name.endsWith("/" + listener)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no socket for " + listener + " in " + runtime.sockets()));
    }

    /** Offers a new configuration, as an edited file would; it is taken within {@link Defaults#CONFIG_POLL}. */
    public void reload(GatewayConfig config) {
        reload(new ConfigResult.Accepted(config, List.of()));
    }

    /** Offers a new result of loading, which may be a rejection. */
    public void reload(ConfigResult result) {
        source.offer(result);
    }

    /** GET on the admin API. */
    public RawResponse admin(String path) {
        try (RawHttp1 client = RawHttp1.connect(adminPort())) {
            return client.get(path);
        } catch (IOException e) {
            throw new AssertionError("admin API: " + path, e);
        }
    }

    /** A request without a body to the admin API. */
    public RawResponse admin(String method, String target) {
        try (RawHttp1 client = RawHttp1.connect(adminPort())) {
            return client.sendHead(method + " " + target + " HTTP/1.1", "host: localhost", "content-length: 0")
                    .readResponse();
        } catch (IOException e) {
            throw new AssertionError("admin API: " + method + " " + target, e);
        }
    }

    /** The value of a metric as exposed, for example {@code gateway_downstream_requests_active}; null when absent. */
    public @Nullable Double metric(String series) {
        for (String line : admin("/metrics").text().split("\n", -1)) {
            if (line.startsWith(series + " ")) {
                return Double.valueOf(line.substring(series.length() + 1));
            }
        }
        return null;
    }

    /** Waits until nothing is in flight any more; fails when something stays. */
    public void awaitIdle() {
        Eventually.holds("every loop's gauges are shown", () -> {
            Double loops = metric("gateway_event_loops");
            return loops != null && loops > 0;
        });
        for (String gauge : List.of(
                "gateway_downstream_requests_active",
                "gateway_upstream_requests_active",
                "gateway_upstream_requests_pending")) {
            Eventually.holds(gauge + " is 0", () -> {
                Double value = metric(gauge);
                return value != null && value == 0;
            });
        }
    }

    /** Closes without draining. */
    @Override
    public void close() {
        Eventually.get(runtime.close().eventually(vertx::close).mapEmpty());
    }

    private static final class SwappableSource implements ConfigSource {

        private volatile ConfigResult offered;
        private volatile @Nullable ConfigResult loaded;

        SwappableSource(ConfigResult first) {
            offered = first;
        }

        void offer(ConfigResult result) {
            offered = result;
        }

        @Override
        public ConfigResult load() {
            ConfigResult result = offered;
            loaded = result;
            return result;
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // each offer is a change
        public boolean changed() {
            return offered != loaded;
        }
    }
}
