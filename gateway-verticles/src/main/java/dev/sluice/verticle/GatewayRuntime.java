package dev.sluice.verticle;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.bus.Message.DrainCommand;
import dev.sluice.bus.Message.DrainForced;
import dev.sluice.bus.Message.DrainRequested;
import dev.sluice.bus.Message.LoopAck;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.ClusterSettings;
import dev.sluice.config.ClusterSettings.NodeAddress;
import dev.sluice.config.load.EffectiveConfig;
import dev.sluice.drain.DrainPlan;
import dev.sluice.loop.Loop;
import dev.sluice.observe.AccessLog;
import dev.sluice.observe.JsonAccessLog;
import dev.sluice.observe.LogSink;
import dev.sluice.observe.RateLimitCounters;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.ConfigSource;
import dev.sluice.spi.Extensions;
import dev.sluice.spi.SoloCluster;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One running gateway: deploys the verticles in order, knows what is bound, takes them down again. */
public final class GatewayRuntime {

    private final Vertx vertx;
    private final Cluster cluster;
    private final Bootstrap bootstrap;
    private final Bus bus;
    private final DrainVerticle drain;
    private final List<String> deployments = new ArrayList<>();
    private final Map<Integer, LoopAck> acks = new HashMap<>();
    private final Promise<Void> active = Promise.promise();
    private volatile @Nullable AdminVerticle admin;
    private volatile @Nullable LogSink logSink;

    private GatewayRuntime(Vertx vertx, Bootstrap bootstrap, Extensions extensions) {
        this.vertx = vertx;
        this.cluster = extensions.cluster();
        this.bootstrap = bootstrap;
        this.bus = new Bus(vertx);
        this.drain = new DrainVerticle(
                vertx,
                bus,
                DrainPlan.of(bootstrap),
                bootstrap.eventLoops(),
                extensions.drainPermits(),
                extensions.nodeLeave());
    }

    /**
     * Starts a gateway; one per Vert.x.
     *
     * @return completes once every loop serves by the first table; fails, with everything closed again, when the
     *     configuration is rejected ({@link ConfigRejectedException}) or a socket cannot be opened
     */
    public static Future<GatewayRuntime> start(
            Vertx vertx, Bootstrap bootstrap, ConfigSource source, Extensions extensions) {
        return start(vertx, bootstrap, source, extensions, List.of());
    }

    /** The same, with these name servers in place of the system's. */
    public static Future<GatewayRuntime> start(
            Vertx vertx,
            Bootstrap bootstrap,
            ConfigSource source,
            Extensions extensions,
            List<InetSocketAddress> nameServers) {
        GatewayRuntime runtime = new GatewayRuntime(vertx, bootstrap, extensions);
        return runtime.deploy(source, extensions, nameServers)
                .compose(v -> runtime.active.future())
                // Not before it serves, and not waited for: the cluster is a help and never a need.
                .onSuccess(v -> runtime.cluster.join())
                .transform((v, error) -> error == null
                        ? Future.succeededFuture(runtime)
                        : runtime.close().transform((closed, ignored) -> Future.failedFuture(error)));
    }

    /** Every open socket, listeners first, the admin API's last. */
    public synchronized List<BoundSocket> sockets() {
        Set<BoundSocket> sockets = new LinkedHashSet<>();
        acks.values().forEach(ack -> sockets.addAll(ack.sockets()));
        AdminVerticle adminApi = admin;
        if (adminApi != null) {
            sockets.add(adminApi.boundSocket());
        }
        return List.copyOf(sockets);
    }

    /** Drains by the bootstrap's timings, or joins a drain that has begun already. */
    public Future<Void> drain() {
        bus.publish(new DrainRequested(null, null));
        return drained();
    }

    /**
     * Aborts what is left, and drains the rest of the way.
     *
     * @param reason for the log
     */
    public Future<Void> force(String reason) {
        bus.publish(new DrainForced(reason));
        return drained();
    }

    /** Completes when the gateway has drained, whoever has asked for that; {@link #close} it then. */
    public Future<Void> drained() {
        return drain.done();
    }

    /** Tells of every phase of a drain, from an event loop. */
    public void onDrain(Consumer<DrainCommand> observer) {
        bus.consume(DrainCommand.class, observer);
    }

    /** Closes at once, without draining. */
    public Future<Void> close() {
        List<String> reversed = new ArrayList<>(deployments);
        java.util.Collections.reverse(reversed);
        Future<?> left = cluster.leave();
        Future<Void> closing = Future.succeededFuture();
        for (String id : reversed) {
            closing = closing.transform((v, error) -> vertx.undeploy(id)).otherwiseEmpty();
        }
        closing = closing.eventually(() -> left);
        LogSink sink = logSink;
        return sink == null
                ? closing
                : closing.compose(v -> vertx.executeBlocking(() -> {
                    sink.close();
                    return null;
                }));
    }

    /** Consumers first, so that no message finds nobody: the routing verticle publishes as soon as it has a table. */
    private Future<?> deploy(ConfigSource source, Extensions extensions, List<InetSocketAddress> nameServers) {
        String pseudonym = "sluice-" + Integer.toHexString(new SplittableRandom().nextInt() | Integer.MIN_VALUE);
        AtomicInteger index = new AtomicInteger();
        // One deployment with an instance per loop: Vert.x gives consecutive instances consecutive loops.
        DeploymentOptions perLoop = new DeploymentOptions().setInstances(bootstrap.eventLoops());
        RateLimitCounters limited = new RateLimitCounters();
        RateLimitVerticle limits = new RateLimitVerticle(cluster.rateLimitLeases(), limited);
        bus.consume(LoopAck.class, this::acked);
        return deployAdmin(extensions, limited)
                .compose(v -> openAccessLog())
                .compose(v -> deploy(drain))
                .compose(v -> deploy(new TrailersResetVerticle(bus)))
                .compose(v -> deploy(new ClusterVerticle(bus, cluster, this::adminAddress)))
                .compose(v -> deploy(new UpstreamVerticle(bus, watch(), nameServers, extensions.endpointSources())))
                .compose(v -> deploy(limits))
                .compose(v -> vertx.deployVerticle(
                        () -> new ListenerVerticle(
                                index.getAndIncrement(),
                                bootstrap,
                                bus,
                                extensions,
                                pseudonym,
                                limits,
                                this::accessLog),
                        perLoop))
                .onSuccess(deployments::add)
                .compose(v -> deploy(
                        new RoutingVerticle(bus, source, extensions.callProtocols(), cluster, bootstrap.eventLoops())));
    }

    private Future<?> deployAdmin(Extensions extensions, RateLimitCounters limited) {
        if (bootstrap.adminPort() == Bootstrap.NO_ADMIN) {
            return Future.succeededFuture();
        }
        JsonObject started = EffectiveConfig.of(bootstrap);
        AdminVerticle verticle = new AdminVerticle(
                bus,
                bootstrap,
                config -> new JsonObject().put("bootstrap", started).put("config", EffectiveConfig.of(config)),
                extensions);
        verticle.show(limited);
        return deploy(verticle).onSuccess(id -> admin = verticle);
    }

    /** {@code host:port}; empty without an admin API. */
    private String adminAddress() {
        AdminVerticle adminApi = admin;
        if (adminApi == null) {
            return "";
        }
        BoundSocket socket = adminApi.boundSocket();
        return new NodeAddress(socket.host(), socket.port()).toString();
    }

    private Future<?> openAccessLog() {
        Bootstrap.AccessLogTarget target = bootstrap.accessLog();
        if (target == null) {
            return Future.succeededFuture();
        }
        return vertx.executeBlocking(
                        () -> target.path().equals("-") ? LogSink.stdout() : LogSink.file(Path.of(target.path())))
                .onSuccess(opened -> logSink = opened);
    }

    private AccessLog accessLog(Loop loop) {
        LogSink sink = logSink;
        return sink == null ? AccessLog.OFF : new JsonAccessLog(vertx, sink, loop.counters());
    }

    /** The nodes that watch over endpoints together: this one alone where it was told to keep to itself. */
    private Cluster watch() {
        ClusterSettings settings = bootstrap.cluster();
        return settings == null || settings.sharedHealth() ? cluster : new SoloCluster();
    }

    private Future<String> deploy(Deployable verticle) {
        return vertx.deployVerticle(verticle).onSuccess(deployments::add);
    }

    private synchronized void acked(LoopAck ack) {
        acks.put(ack.loop(), ack);
        boolean first = acks.values().stream().allMatch(each -> each.version() == 1);
        if (first && !ack.errors().isEmpty()) {
            active.tryFail(new IllegalStateException(ack.errors().get(0)));
        } else if (acks.size() == bootstrap.eventLoops()) {
            active.tryComplete();
        }
    }
}
