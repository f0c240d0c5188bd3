package dev.sluice.spi;

import io.prometheus.metrics.model.registry.MultiCollector;
import java.util.List;

/**
 * Everything a distribution adds to the gateway, wired explicitly.
 *
 * @param replyFormats tried before the built-in JSON and plain text
 * @param endpointSources tried before the built-in literals and DNS
 * @param callProtocols asked in order; the first that has a part in a rule's exchanges takes it
 * @param localServices offered on listeners that take gRPC calls
 * @param metrics shown with the gateway's own; asked from any thread
 * @param drainPermits asked before the node drains
 * @param nodeLeave called when it has drained
 * @param cluster the other gateways
 */
public record Extensions(
        List<ReplyFormat> replyFormats,
        List<EndpointSource.Factory> endpointSources,
        List<CallProtocol> callProtocols,
        List<LocalService> localServices,
        List<MultiCollector> metrics,
        DrainPermits drainPermits,
        NodeLeave nodeLeave,
        Cluster cluster) {

    /** No extensions. */
    public static final Extensions NONE = new Extensions(List.of());

    public Extensions {
        replyFormats = List.copyOf(replyFormats);
        endpointSources = List.copyOf(endpointSources);
        callProtocols = List.copyOf(callProtocols);
        localServices = List.copyOf(localServices);
        metrics = List.copyOf(metrics);
    }

    /** Of reply formats alone. */
    public Extensions(List<ReplyFormat> replyFormats) {
        this(replyFormats, List.of());
    }

    /** Of reply formats and sources of endpoints. */
    public Extensions(List<ReplyFormat> replyFormats, List<EndpointSource.Factory> endpointSources) {
        this(replyFormats, endpointSources, List.of(), List.of(), List.of());
    }

    /** Of a node that has none to ask and to tell. */
    public Extensions(
            List<ReplyFormat> replyFormats,
            List<EndpointSource.Factory> endpointSources,
            List<CallProtocol> callProtocols,
            List<LocalService> localServices,
            List<MultiCollector> metrics) {
        this(
                replyFormats,
                endpointSources,
                callProtocols,
                localServices,
                metrics,
                DrainPermits.NONE,
                NodeLeave.NONE,
                new SoloCluster());
    }

    /** The same, for one node of a cluster. */
    public Extensions withCluster(Cluster cluster) {
        return new Extensions(
                replyFormats,
                endpointSources,
                callProtocols,
                localServices,
                metrics,
                cluster.drainPermits(),
                cluster,
                cluster);
    }

    /** The same, for a node that drains and leaves together with others. */
    public Extensions withOthers(DrainPermits permits, NodeLeave leave) {
        return new Extensions(
                replyFormats, endpointSources, callProtocols, localServices, metrics, permits, leave, cluster);
    }
}
