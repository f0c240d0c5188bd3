package dev.sluice.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import dev.sluice.cluster.limit.SharedBuckets;
import dev.sluice.config.ClusterSettings;
import dev.sluice.config.Defaults;
import dev.sluice.observe.ClusterCounters;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** This node as Hazelcast and Vert.x know it, from joining until leaving; a node that joins again is another. */
final class ClusterMember implements SharedBuckets.Joined {

    private static final String NODE_ID = "__vertx.nodeId";

    private final String nodeId;
    private final BindAddress bind;
    private final HazelcastInstance hazelcast;
    private final Vertx vertx;
    private final int busPort;

    private ClusterMember(String nodeId, BindAddress bind, HazelcastInstance hazelcast, Vertx vertx, int busPort) {
        this.nodeId = nodeId;
        this.bind = bind;
        this.hazelcast = hazelcast;
        this.vertx = vertx;
        this.busPort = busPort;
    }

    /**
     * Joins, or begins a cluster of its own where nobody is reached, which then looks for others to merge with. Blocks
     * for seconds.
     *
     * @throws RuntimeException when the port is taken or anything else fails; nothing is left open then
     */
    static ClusterMember join(
            ClusterSettings settings, BindAddress bind, ClusterKeys keys, String nodeId, ClusterCounters counters) {
        // A system property, because Hazelcast speaks before it reads its configuration.
        System.setProperty("hazelcast.logging.type", "slf4j");
        Config config = HazelcastConfigs.of(settings, bind, nodeId);
        MemberProof proof = new MemberProof(keys.key("member"), counters);
        HazelcastInstance hazelcast =
                HazelcastInstanceFactory.newHazelcastInstance(config, nodeId, new ProvenMembers(proof));
        try {
            HazelcastClusterManager manager = new HazelcastClusterManager(hazelcast);
            Vertx vertx = vertx(settings, bind, keys, manager);
            return new ClusterMember(
                    nodeId, bind, hazelcast, vertx, manager.getNodeInfo().port());
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            hazelcast.getLifecycleService().terminate();
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new IllegalStateException("the event bus did not start: " + e, e);
        }
    }

    /** A Vert.x beside the one that serves: what happens to the cluster cannot hold an event loop that forwards. */
    private static Vertx vertx(
            ClusterSettings settings, BindAddress bind, ClusterKeys keys, HazelcastClusterManager manager)
            throws ExecutionException, TimeoutException, InterruptedException {
        EventBusOptions bus = new EventBusOptions()
                .setHost(bind.bound())
                .setPort(settings.busPort())
                .setClusterPublicHost(bind.reached())
                .setConnectTimeout((int) Defaults.CLUSTER_CONNECT_TIMEOUT.toMillis());
        BusCertificate.secure(bus, keys.key("bus"));
        VertxOptions options = new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(2)
                .setUseDaemonThread(true)
                .setEventBusOptions(bus);
        Vertx vertx = Vertx.builder()
                .with(options)
                .withClusterManager(manager)
                .buildClustered()
                .toCompletionStage()
                .toCompletableFuture()
                .get(Defaults.CLUSTER_START.toSeconds(), TimeUnit.SECONDS);
        // Nothing but JSON is sent, so nothing else is read.
        vertx.eventBus().serializableChecker(type -> false).clusterSerializableChecker(type -> false);
        return vertx;
    }

    /** For cluster things only. */
    @Override
    public Vertx vertx() {
        return vertx;
    }

    @Override
    public HazelcastInstance hazelcast() {
        return hazelcast;
    }

    /** {@code host:port} at which others reach it. */
    String address() {
        return bind.advertised().toString();
    }

    /** The event bus's port. */
    int busPort() {
        return busPort;
    }

    /** All nodes in sight, this one first; this one alone once it has ended. */
    Set<String> nodes() {
        Set<String> nodes = new LinkedHashSet<>();
        nodes.add(nodeId);
        try {
            for (Member member : hazelcast.getCluster().getMembers()) {
                String id = member.getAttribute(NODE_ID);
                if (id != null) {
                    nodes.add(id);
                }
            }
        } catch (HazelcastInstanceNotActiveException e) {
            return Set.of(nodeId);
        }
        return nodes;
    }

    /** Hazelcast gives itself up when it finds that it cannot be part of its cluster any more. */
    void onShutdown(Runnable listener) {
        var unused = hazelcast.getLifecycleService().addLifecycleListener(event -> {
            if (event.getState() == LifecycleState.SHUTDOWN) {
                listener.run();
            }
        });
    }

    /** Leaves in order; blocks for {@link Defaults#CLUSTER_HAND_OVER} at most, and a little. */
    void leave() {
        closeVertx();
        hazelcast.shutdown();
    }

    /** Is gone at once, as a process that is killed. */
    void terminate() {
        hazelcast.getLifecycleService().terminate();
        closeVertx();
    }

    private void closeVertx() {
        try {
            var unused = vertx.close()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(Defaults.CLUSTER_HAND_OVER.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // Then the others notice by themselves; its connections end with the process.
            return;
        }
    }
}
