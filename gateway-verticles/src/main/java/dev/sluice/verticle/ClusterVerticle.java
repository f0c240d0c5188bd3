package dev.sluice.verticle;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.ClusterReady;
import dev.sluice.bus.Message.DrainCommand;
import dev.sluice.bus.Message.EpochChanged;
import dev.sluice.bus.Message.LoopReady;
import dev.sluice.bus.Message.NodesSeen;
import dev.sluice.bus.Message.RouteTablePublished;
import dev.sluice.config.Defaults;
import dev.sluice.drain.DrainPhase;
import dev.sluice.epoch.Epoch;
import dev.sluice.observe.GatewayMetrics;
import dev.sluice.observe.Metric;
import dev.sluice.spi.Cluster;
import dev.sluice.spi.Cluster.FactListener;
import dev.sluice.spi.NodeFact;
import dev.sluice.spi.NodeFact.Traffic;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the cluster of this node, and this node of the cluster's others. */
final class ClusterVerticle extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(ClusterVerticle.class);

    private static final double NANOS_PER_SECOND = 1e9;

    private final Bus bus;
    private final Cluster cluster;
    private final Supplier<String> adminAddress;
    private final Instant started = Instant.now();
    private final List<LoopReady> loops = new ArrayList<>();
    private final TreeMap<String, NodeFact> others = new TreeMap<>();
    private String digest = "";
    private Epoch epoch = Epoch.START;
    private long digests = 1;
    private DrainPhase phase = DrainPhase.SERVING;
    private long requests;
    private long errors;
    private long counted = System.nanoTime();
    private Traffic traffic = new Traffic(0, 0, 0, 0, 0, 0);

    /** @param adminAddress where the admin API is bound, {@code host:port} */
    ClusterVerticle(Bus bus, Cluster cluster, Supplier<String> adminAddress) {
        this.bus = bus;
        this.cluster = cluster;
        this.adminAddress = adminAddress;
    }

    @Override
    public Future<?> start() {
        bus.consume(LoopReady.class, loops::add);
        bus.consume(RouteTablePublished.class, this::published);
        bus.consume(EpochChanged.class, this::changed);
        bus.consume(DrainCommand.class, this::drain);
        cluster.hear(NodeFact.TYPE, NodeFact.VERSION, new FactListener() {
            @Override
            public void told(String node, JsonObject body) {
                others.put(node, NodeFact.of(node, body));
            }

            @Override
            public void gone(String node) {
                others.remove(node);
            }
        });
        bus.publish(new ClusterReady(cluster.counters()));
        tell();
        long unused = vertx.setPeriodic(Defaults.CLUSTER_FACT_INTERVAL.toMillis(), id -> {
            count();
            tell();
        });
        return Future.succeededFuture();
    }

    private void published(RouteTablePublished message) {
        digest = message.table().digest();
        tell();
    }

    private void changed(EpochChanged message) {
        if (!epoch.equals(message.status().epoch())) {
            epoch = message.status().epoch();
            tell();
        }
    }

    private void drain(DrainCommand message) {
        phase = message.phase();
        tell();
    }

    private void count() {
        long nowRequests = sum(loop -> loop.histograms().requests());
        long nowErrors = sum(loop -> loop.histograms().errors());
        long now = System.nanoTime();
        double seconds = (now - counted) / NANOS_PER_SECOND;
        traffic = new Traffic(
                rate(nowRequests - requests, seconds),
                rate(nowErrors - errors, seconds),
                sum(loop -> loop.counters().get(Metric.DOWNSTREAM_REQUESTS_ACTIVE)),
                sum(loop -> loop.counters().get(Metric.DOWNSTREAM_CONNECTIONS_ACTIVE)),
                nowRequests,
                nowErrors);
        requests = nowRequests;
        errors = nowErrors;
        counted = now;
    }

    private void tell() {
        NodeFact own = new NodeFact(
                cluster.self(),
                cluster.address(),
                adminAddress.get(),
                phase.name().toLowerCase(Locale.ROOT),
                GatewayMetrics.version(),
                started,
                digest,
                epoch.number(),
                epoch.textDigest(),
                traffic);
        cluster.tell(NodeFact.TYPE, NodeFact.VERSION, own.toJson());
        List<NodeFact> nodes = new ArrayList<>();
        nodes.add(own);
        nodes.addAll(others.values());
        compareDigests(nodes);
        List<String> silent = cluster.members().stream()
                .filter(id -> !id.equals(own.id()) && !others.containsKey(id))
                .sorted()
                .toList();
        bus.publish(new NodesSeen(own.id(), cluster.isClustered(), cluster.isDegraded(), nodes, silent));
    }

    /** Nodes that have none yet are no others. */
    private void compareDigests(List<NodeFact> nodes) {
        long distinct = nodes.stream()
                .map(NodeFact::configDigest)
                .filter(each -> !each.isEmpty())
                .distinct()
                .count();
        if (distinct > 1 && distinct != digests) {
            log.warn("event=cluster_config_differs digests={} nodes={}", distinct, nodes.size());
        } else if (distinct <= 1 && digests > 1) {
            log.info("event=cluster_config_agrees nodes={}", nodes.size());
        }
        digests = distinct;
        cluster.counters().configDigests(distinct);
    }

    private long sum(ToLongFunction<LoopReady> figure) {
        return loops.stream().mapToLong(figure).sum();
    }

    /** In tenths, for people. */
    private static double rate(long count, double seconds) {
        return seconds <= 0 ? 0 : Math.round(10 * count / seconds) / 10.0;
    }
}
