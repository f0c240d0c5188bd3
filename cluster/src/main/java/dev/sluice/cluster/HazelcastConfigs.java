package dev.sluice.cluster;

import com.hazelcast.config.ClassFilter;
import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.SocketInterceptorConfig;
import dev.sluice.config.ClusterSettings;
import dev.sluice.config.ClusterSettings.NodeAddress;
import dev.sluice.config.Defaults;
import java.time.Duration;

/** Hazelcast's configuration: nothing is found by itself, nothing is told to anybody, little is left to run. */
final class HazelcastConfigs {

    /** The member attribute in which Vert.x's cluster manager looks for its node id. */
    private static final String NODE_ID = "__vertx.nodeId";

    private HazelcastConfigs() {}

    static Config of(ClusterSettings settings, BindAddress bind, String nodeId) {
        Config config = new Config();
        config.setClusterName(settings.name());
        config.getMemberAttributeConfig().setAttribute(NODE_ID, nodeId);
        config.getMetricsConfig().setEnabled(false);
        config.getJetConfig().setEnabled(false);
        network(config.getNetworkConfig(), settings, bind);
        properties(config, bind);
        vertxMaps(config);
        config.getSerializationConfig().setJavaSerializationFilterConfig(serializationFilter());
        return config;
    }

    private static void network(NetworkConfig network, ClusterSettings settings, BindAddress bind) {
        network.setPort(bind.port()).setPortAutoIncrement(false).setReuseAddress(true);
        if (bind.isEverywhere()) {
            network.setPublicAddress(bind.advertised().toString());
        }
        // The class name is asked for but not used: ProvenMembers gives the interceptor itself.
        network.setSocketInterceptorConfig(
                new SocketInterceptorConfig().setEnabled(true).setClassName(MemberProof.class.getName()));
        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        if (settings.service().isEmpty()) {
            join.getTcpIpConfig().setEnabled(true).setConnectionTimeoutSeconds((int)
                    Defaults.CLUSTER_CONNECT_TIMEOUT.toSeconds());
            settings.members().stream().map(NodeAddress::toString).forEach(join.getTcpIpConfig()::addMember);
        } else {
            join.getKubernetesConfig()
                    .setEnabled(true)
                    .setProperty("service-dns", settings.service())
                    .setProperty("service-dns-timeout", seconds(Defaults.CLUSTER_CONNECT_TIMEOUT))
                    .setProperty("service-port", Integer.toString(bind.port()));
        }
    }

    private static void properties(Config config, BindAddress bind) {
        String everywhere = Boolean.toString(bind.isEverywhere());
        config.setProperty("hazelcast.phone.home.enabled", "false")
                // The gateway decides when it leaves.
                .setProperty("hazelcast.shutdownhook.enabled", "false")
                // Not searched for among the interfaces, which do not name all that the machine answers to.
                .setProperty("hazelcast.local.localAddress", bind.reached())
                .setProperty("hazelcast.socket.bind.any", everywhere)
                .setProperty("hazelcast.socket.server.bind.any", everywhere)
                .setProperty("hazelcast.wait.seconds.before.join", "0")
                .setProperty("hazelcast.heartbeat.interval.seconds", seconds(Defaults.CLUSTER_HEARTBEAT))
                .setProperty("hazelcast.max.no.heartbeat.seconds", seconds(Defaults.CLUSTER_HEARTBEAT_TIMEOUT))
                .setProperty("hazelcast.socket.connect.timeout.seconds", seconds(Defaults.CLUSTER_CONNECT_TIMEOUT))
                // A member whose port refuses connections is gone after the third refusal, a fifth of a second later.
                .setProperty("hazelcast.connection.monitor.max.faults", "2")
                .setProperty("hazelcast.connection.monitor.interval", "100")
                .setProperty("hazelcast.merge.first.run.delay.seconds", seconds(Defaults.CLUSTER_MERGE_FIRST))
                .setProperty("hazelcast.merge.next.run.delay.seconds", seconds(Defaults.CLUSTER_MERGE_NEXT))
                .setProperty("hazelcast.graceful.shutdown.max.wait", seconds(Defaults.CLUSTER_HAND_OVER))
                // A few messages a second need few threads.
                .setProperty("hazelcast.operation.thread.count", "2")
                .setProperty("hazelcast.operation.generic.thread.count", "2")
                .setProperty("hazelcast.operation.response.thread.count", "1")
                .setProperty("hazelcast.event.thread.count", "1")
                .setProperty("hazelcast.io.thread.count", "1")
                .setProperty("hazelcast.client.engine.thread.count", "1")
                .setProperty("hazelcast.clientengine.query.thread.count", "1")
                .setProperty("hazelcast.clientengine.blocking.thread.count", "1");
    }

    /** As the cluster manager's own default configuration has them. */
    private static void vertxMaps(Config config) {
        config.addMultiMapConfig(new MultiMapConfig("__vertx.subs")
                .setBackupCount(1)
                .setValueCollectionType(MultiMapConfig.ValueCollectionType.SET));
        config.addMapConfig(new MapConfig("__vertx.haInfo").setBackupCount(1));
        config.addMapConfig(new MapConfig("__vertx.nodeInfo").setBackupCount(1));
    }

    /** Of classes that Java itself deserializes; Hazelcast's and Vert.x's own data come another way. */
    private static JavaSerializationFilterConfig serializationFilter() {
        return new JavaSerializationFilterConfig()
                .setDefaultsDisabled(true)
                .setWhitelist(new ClassFilter()
                        .addPrefixes(
                                "com.hazelcast.",
                                "io.vertx.spi.cluster.hazelcast.",
                                "java.lang.",
                                "[Ljava.lang.",
                                "java.util.")
                        .addClasses("java.io.IOException", "java.io.EOFException"));
    }

    private static String seconds(Duration duration) {
        return Long.toString(duration.toSeconds());
    }
}
