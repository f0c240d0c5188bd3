package dev.sluice.verticle;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.EndpointDrainAnswered;
import dev.sluice.bus.Message.EndpointDrainRequested;
import dev.sluice.bus.Message.EndpointsListed;
import dev.sluice.bus.Message.EndpointsPublished;
import dev.sluice.bus.Message.EndpointsRequested;
import dev.sluice.bus.Message.LoopReport;
import dev.sluice.bus.Message.RouteTableCompiled;
import dev.sluice.bus.Message.RouteTablePublished;
import dev.sluice.bus.Message.UpstreamReady;
import dev.sluice.config.Defaults;
import dev.sluice.config.ResourceKey;
import dev.sluice.discovery.Discovery;
import dev.sluice.health.Clock;
import dev.sluice.health.SharedHealth;
import dev.sluice.health.UpstreamHealth;
import dev.sluice.observe.UpstreamCounters;
import dev.sluice.route.RouteTable;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.EndpointSource;
import dev.sluice.upstream.EndpointView;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The single writer of endpoints: has them {@link Discovery discovered}, has their {@link UpstreamHealth health} judged,
 * and publishes both whenever something has changed. Publishes a new table right after its backends' endpoints, so that
 * no request meets a backend without them.
 */
final class UpstreamVerticle extends VerticleBase {

    private final Bus bus;
    private final Cluster cluster;
    private final List<InetSocketAddress> nameServers;
    private final List<EndpointSource.Factory> sources;
    private final UpstreamCounters counters = new UpstreamCounters();
    private Map<ResourceKey, List<EndpointView>> published = Map.of();
    private @Nullable Discovery discovery;
    private @Nullable UpstreamHealth health;
    private @Nullable RouteTable current;
    private @Nullable RouteTableCompiled waiting;
    /** Whether there are endpoints that are not judged yet. */
    private boolean found;

    private boolean refreshing;
    private @Nullable Long timer;

    /**
     * Of a gateway.
     *
     * @param cluster whose nodes watch over endpoints together
     * @param nameServers asked for names; none for the system's
     * @param sources of endpoints, tried before the built-in ones
     */
    UpstreamVerticle(
            Bus bus, Cluster cluster, List<InetSocketAddress> nameServers, List<EndpointSource.Factory> sources) {
        this.bus = bus;
        this.cluster = cluster;
        this.nameServers = nameServers;
        this.sources = sources;
    }

    @Override
    public Future<?> start() {
        Discovery searched = new Discovery(vertx, counters, nameServers, sources, this::found);
        Clock clock = new Clock(() -> System.nanoTime() / 1_000_000, System::currentTimeMillis);
        UpstreamHealth judged =
                new UpstreamHealth(vertx, clock, counters, new SharedHealth(cluster, clock), this::refreshSoon);
        discovery = searched;
        health = judged;
        bus.consume(RouteTableCompiled.class, compiled -> {
            waiting = compiled;
            searched.begin(compiled.table().backends().values());
            refreshAtTurnEnd();
        });
        bus.consume(LoopReport.class, report -> judged.report(report.endpoints()));
        bus.consume(EndpointsRequested.class, request -> {
            refresh(searched, judged); // what is shown is published
            bus.publish(new EndpointsListed(request.ticket(), judged.records()));
        });
        bus.consume(EndpointDrainRequested.class, request -> {
            boolean drains = judged.drain(request.backend(), request.endpoint(), request.drain());
            refresh(searched, judged);
            bus.publish(new EndpointDrainAnswered(request.ticket(), drains));
        });
        if (cluster.isClustered()) {
            long unused = vertx.setPeriodic(Defaults.CLUSTER_FACT_INTERVAL.toMillis(), id -> judged.share());
        }
        bus.publish(new UpstreamReady(counters));
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        if (health != null) {
            health.stop();
        }
        if (discovery != null) {
            discovery.retain(List.of());
        }
        return Future.succeededFuture();
    }

    private void found() {
        found = true;
        if (waiting != null) {
            refreshAtTurnEnd();
        } else {
            refreshSoon();
        }
    }

    /** For a table that waits. */
    private void refreshAtTurnEnd() {
        if (!refreshing) {
            refreshing = true;
            context.runOnContext(v -> {
                refreshing = false;
                refresh();
            });
        }
    }

    /** Not at once, since much of what changes comes together. */
    private void refreshSoon() {
        if (timer == null) {
            timer = vertx.setTimer(Defaults.ENDPOINTS_PUBLISH_DELAY.toMillis(), id -> {
                timer = null;
                refresh();
            });
        }
    }

    private void refresh() {
        if (discovery != null && health != null) {
            refresh(discovery, health);
        }
    }

    private void refresh(Discovery searched, UpstreamHealth judged) {
        RouteTableCompiled next = waiting;
        if (next == null || !searched.settled(next.table().backends().values())) {
            if (found && current != null) {
                judge(current, searched, judged);
            }
            publish(judged.views());
            return;
        }
        waiting = null;
        current = next.table();
        judge(next.table(), searched, judged);
        Map<ResourceKey, List<EndpointView>> views = judged.views();
        // Loops still serve by the table before: its backends go when it has gone.
        Map<ResourceKey, List<EndpointView>> both = new HashMap<>(published);
        both.putAll(views);
        publish(both);
        bus.publish(new RouteTablePublished(next.table(), next.config()));
        publish(views);
        searched.retain(next.table().backends().values());
        judged.renewCertificates();
    }

    private void judge(RouteTable table, Discovery searched, UpstreamHealth judged) {
        found = false;
        judged.update(table.backends().values(), table::upstreamTerms, searched::endpoints);
    }

    private void publish(Map<ResourceKey, List<EndpointView>> views) {
        if (!views.equals(published)) {
            published = views;
            bus.publish(new EndpointsPublished(views));
        }
    }
}
