package dev.sluice.verticle;

import static java.util.Objects.requireNonNull;

import dev.sluice.admin.AdminEndpoints;
import dev.sluice.admin.AdminQueries;
import dev.sluice.admin.AdminState;
import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.bus.Message.ClusterReady;
import dev.sluice.bus.Message.ConfigRejected;
import dev.sluice.bus.Message.DrainCommand;
import dev.sluice.bus.Message.EndpointsPublished;
import dev.sluice.bus.Message.EpochChanged;
import dev.sluice.bus.Message.LoopAck;
import dev.sluice.bus.Message.LoopReady;
import dev.sluice.bus.Message.NodesSeen;
import dev.sluice.bus.Message.RouteTablePublished;
import dev.sluice.bus.Message.StreamPolicyPublished;
import dev.sluice.bus.Message.UpstreamReady;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.ResourceKey;
import dev.sluice.drain.DrainPlan;
import dev.sluice.observe.GatewayMetrics;
import dev.sluice.spi.CallCount;
import dev.sluice.spi.CallProtocol;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.Extensions;
import dev.sluice.upstream.EndpointHealth.State;
import dev.sluice.upstream.EndpointView;
import dev.sluice.wire.WireTransport;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serves the admin API and keeps what it shows. Deploy it before the verticles that it hears of, and undeploy it after
 * them, so that readiness is told to the end of a drain.
 */
public final class AdminVerticle extends VerticleBase {

    private final Bus bus;
    private final Bootstrap bootstrap;
    private final Cluster cluster;
    private final Function<GatewayConfig, JsonObject> effectiveConfig;
    private final List<CallProtocol> protocols;
    private final AdminState state;
    private final GatewayMetrics metrics = new GatewayMetrics();
    private volatile @Nullable HttpServer server;

    /**
     * @param effectiveConfig writes a configuration with its defaults filled in and its secrets left out
     * @param extensions those whose metrics, calls and cluster are shown with the gateway's own
     */
    public AdminVerticle(
            Bus bus, Bootstrap bootstrap, Function<GatewayConfig, JsonObject> effectiveConfig, Extensions extensions) {
        this.bus = bus;
        this.bootstrap = bootstrap;
        this.cluster = extensions.cluster();
        this.effectiveConfig = effectiveConfig;
        state = new AdminState(bootstrap.eventLoops());
        this.protocols = extensions.callProtocols();
        extensions.metrics().forEach(metrics::add);
    }

    /** Shows these with the others; before it is deployed. */
    void show(MultiCollector own) {
        metrics.add(own);
    }

    @Override
    public Future<?> start() {
        WireTransport.refused(vertx).ifPresent(metrics::add);
        bus.consume(LoopReady.class, ready -> metrics.add(ready.counters(), ready.histograms()));
        bus.consume(LoopAck.class, state::acked);
        bus.consume(DrainCommand.class, command -> state.drain(command, Instant.now()));
        bus.consume(StreamPolicyPublished.class, this::policy);
        bus.consume(RouteTablePublished.class, this::published);
        bus.consume(ConfigRejected.class, this::rejected);
        bus.consume(UpstreamReady.class, ready -> metrics.add(ready.counters()));
        bus.consume(ClusterReady.class, ready -> metrics.add(ready.counters()));
        bus.consume(NodesSeen.class, state::nodes);
        bus.consume(EpochChanged.class, this::changed);
        bus.consume(EndpointsPublished.class, message -> metrics.endpoints(states(message.endpoints())));
        AdminQueries queries = new AdminQueries(vertx, bus, bootstrap.eventLoops());
        HttpServerConfig config = new HttpServerConfig()
                .setVersions(HttpVersion.HTTP_1_0, HttpVersion.HTTP_1_1)
                .setHost(bootstrap.adminHost())
                .setPort(bootstrap.adminPort());
        return vertx.createHttpServer(config)
                .requestHandler(AdminEndpoints.handler(
                        vertx,
                        bootstrap.adminHost(),
                        state,
                        metrics,
                        queries,
                        cluster,
                        DrainPlan.of(bootstrap),
                        effectiveConfig,
                        this::calls))
                .listen()
                .onSuccess(listening -> server = listening);
    }

    private List<CallCount> calls() {
        return protocols.stream()
                .flatMap(protocol -> protocol.counts().stream())
                .toList();
    }

    @Override
    public Future<?> stop() {
        metrics.close();
        return Future.succeededFuture();
    }

    /** The admin API's socket; only once deployed. From any thread. */
    public BoundSocket boundSocket() {
        int port = requireNonNull(server, "not deployed").actualPort();
        return new BoundSocket(List.of("admin"), bootstrap.adminHost(), port, List.of("HTTP/1.1"), "");
    }

    private void published(RouteTablePublished message) {
        state.published(message);
        metrics.configAccepted(Instant.now().toEpochMilli());
    }

    private void policy(StreamPolicyPublished message) {
        state.policy(message);
        metrics.penalised(message.policy().penalised().size());
    }

    private void changed(EpochChanged message) {
        state.epoch(message);
        metrics.epoch(message.status().epoch().number());
    }

    private void rejected(ConfigRejected message) {
        state.rejected(message, Instant.now());
        metrics.configRejected();
    }

    /** How many endpoints each backend has in each state, none included. */
    private static Map<String, Map<String, Integer>> states(Map<ResourceKey, List<EndpointView>> endpoints) {
        Map<String, Map<String, Integer>> states = new HashMap<>();
        endpoints.forEach((backend, views) -> {
            Map<String, Integer> counts = new HashMap<>();
            for (State state : State.values()) {
                counts.put(state.name().toLowerCase(Locale.ROOT), (int) views.stream()
                        .filter(view -> view.health().state() == state)
                        .count());
            }
            states.put(backend.toString(), counts);
        });
        return states;
    }
}
