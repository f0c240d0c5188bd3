package dev.sluice.bus;

import dev.sluice.config.ConfigProblem;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.ResourceKey;
import dev.sluice.drain.DrainPhase;
import dev.sluice.drain.DrainPlan;
import dev.sluice.drain.DrainProgress;
import dev.sluice.epoch.EpochStatus;
import dev.sluice.epoch.Push;
import dev.sluice.epoch.PushOutcome;
import dev.sluice.health.EndpointRecord;
import dev.sluice.observe.ClusterCounters;
import dev.sluice.observe.ConnectionRecord;
import dev.sluice.observe.ExchangeInFlight;
import dev.sluice.observe.ExchangeQuery;
import dev.sluice.observe.LoopCounters;
import dev.sluice.observe.LoopHistograms;
import dev.sluice.observe.LoopTail;
import dev.sluice.observe.TailFilter;
import dev.sluice.observe.UpstreamCounters;
import dev.sluice.route.RouteTable;
import dev.sluice.spi.NodeFact;
import dev.sluice.stream.ClientReport;
import dev.sluice.stream.StreamPolicy;
import dev.sluice.upstream.EndpointReport;
import dev.sluice.upstream.EndpointView;
import dev.sluice.upstream.UpstreamRecord;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every message on the local bus. All are deeply immutable but for the single-writer counters of {@link LoopReady}. */
public sealed interface Message {

    /** RoutingVerticle to UpstreamVerticle: a new table, to be published as soon as its backends are resolved. */
    record RouteTableCompiled(RouteTable table, GatewayConfig config) implements Message {}

    /** UpstreamVerticle to all: serve by this table from now on. */
    record RouteTablePublished(RouteTable table, GatewayConfig config) implements Message {}

    /** RoutingVerticle to all: new configuration was refused, the last good one stays. */
    record ConfigRejected(List<ConfigProblem> problems) implements Message {
        public ConfigRejected {
            problems = List.copyOf(problems);
        }
    }

    /** RoutingVerticle to all: what the nodes have agreed upon, or how it stands with it, has changed. */
    record EpochChanged(EpochStatus status) implements Message {}

    /** AdminVerticle to RoutingVerticle: offer this to all nodes. */
    record PushRequested(long ticket, Push push) implements Message {}

    /** RoutingVerticle's answer to the {@link PushRequested} of this ticket. */
    record PushAnswered(long ticket, PushOutcome outcome) implements Message {}

    /** A ListenerVerticle has started and hands over the counters that it alone writes. */
    record LoopReady(int loop, LoopCounters counters, LoopHistograms histograms) implements Message {}

    /** A ListenerVerticle serves by the table of this version, with these sockets; or could not open one. */
    record LoopAck(int loop, long version, List<BoundSocket> sockets, List<String> errors) implements Message {
        public LoopAck {
            sockets = List.copyOf(sockets);
            errors = List.copyOf(errors);
        }
    }

    /** UpstreamVerticle to all: the endpoints of every backend, and how they are. */
    record EndpointsPublished(Map<ResourceKey, List<EndpointView>> endpoints) implements Message {
        public EndpointsPublished {
            endpoints = Map.copyOf(endpoints);
        }
    }

    /** TrailersResetVerticle to all: the policy of streams. */
    record StreamPolicyPublished(StreamPolicy policy) implements Message {}

    /** UpstreamVerticle has started and hands over its counters. */
    record UpstreamReady(UpstreamCounters counters) implements Message {}

    /** ClusterVerticle has started and hands over what the metrics show. */
    record ClusterReady(ClusterCounters counters) implements Message {}

    /**
     * ClusterVerticle to all, each second: what the nodes in sight have told of themselves.
     *
     * @param self this node's id
     * @param isClustered whether this node is one of several by its configuration
     * @param isDegraded whether it sees less than the majority of them
     * @param nodes this one first
     * @param silent the ids of those that are in sight and have told nothing lately
     */
    record NodesSeen(String self, boolean isClustered, boolean isDegraded, List<NodeFact> nodes, List<String> silent)
            implements Message {
        public NodesSeen {
            nodes = List.copyOf(nodes);
            silent = List.copyOf(silent);
        }
    }

    /**
     * What a loop has seen in the last second, where there was something, for the verticles that judge over all loops:
     * its conspicuous clients, and what requests have met at endpoints. Comes sooner when an endpoint fails in a row.
     */
    record LoopReport(int loop, List<ClientReport> clients, List<EndpointReport> endpoints) implements Message {
        public LoopReport {
            clients = List.copyOf(clients);
            endpoints = List.copyOf(endpoints);
        }
    }

    /**
     * To DrainVerticle: begin to drain, if the node does not yet.
     *
     * @param lameDuck in place of the bootstrap's; null for that
     * @param deadline in place of the bootstrap's; null for that
     */
    record DrainRequested(@Nullable Duration lameDuck, @Nullable Duration deadline) implements Message {}

    /** To DrainVerticle: serve again, if the node still accepts. */
    record UndrainRequested() implements Message {}

    /**
     * To DrainVerticle: abort what is left, now.
     *
     * @param reason for the log
     */
    record DrainForced(String reason) implements Message {}

    /**
     * DrainVerticle to all: the phase has changed.
     *
     * @param remaining until FORCING, or until what is being done then is given up
     * @param accepting how much of that is lame duck
     * @param pace over which clients are told to go (ANNOUNCING), or WebSockets are closed (STOPPING)
     * @param reason why what is left is aborted (FORCING), for the log; empty in other phases
     */
    record DrainCommand(DrainPhase phase, Duration remaining, Duration accepting, Duration pace, String reason)
            implements Message {}

    /**
     * AdminVerticle to all: the sockets of one listener drain, or are opened again.
     *
     * @param listener a name that it has on a {@link BoundSocket}
     * @param plan null to open again
     */
    record ListenerDrainRequested(String listener, @Nullable DrainPlan plan) implements Message {}

    /** AdminVerticle to all loops: end this connection in good order, if it is yours. */
    record ConnectionDrainRequested(long ticket, String connection) implements Message {}

    /** A ListenerVerticle's answer to the {@link ConnectionDrainRequested} of this ticket. */
    record ConnectionDrainAnswered(long ticket, int loop, boolean found) implements Message {}

    /** AdminVerticle to UpstreamVerticle: give an endpoint no new requests, or give it some again. */
    record EndpointDrainRequested(long ticket, ResourceKey backend, String endpoint, boolean drain)
            implements Message {}

    /** UpstreamVerticle's answer to the {@link EndpointDrainRequested} of this ticket. */
    record EndpointDrainAnswered(long ticket, boolean found) implements Message {}

    /** AdminVerticle to all loops: tell what is open and in flight. */
    record ProgressRequested(long ticket) implements Message {}

    /** A ListenerVerticle's answer to the {@link ProgressRequested} of this ticket. */
    record ProgressListed(long ticket, int loop, DrainProgress progress) implements Message {}

    /** A ListenerVerticle to DrainVerticle: the sockets are closed and nothing is in flight on this loop. */
    record LoopDrained(int loop) implements Message {}

    /** AdminVerticle to all loops: tell up to so many of your clients' connections. */
    record ConnectionsRequested(long ticket, int limit) implements Message {}

    /** A ListenerVerticle's answer to the {@link ConnectionsRequested} of this ticket; {@code total} are open. */
    record ConnectionsListed(long ticket, int loop, int total, List<ConnectionRecord> connections) implements Message {
        public ConnectionsListed {
            connections = List.copyOf(connections);
        }
    }

    /** AdminVerticle to all loops: tell which of your exchanges are meant. */
    record ExchangesRequested(long ticket, ExchangeQuery query) implements Message {}

    /** A ListenerVerticle's answer to the {@link ExchangesRequested} of this ticket; {@code total} are in flight. */
    record ExchangesListed(long ticket, int loop, int total, List<ExchangeInFlight> exchanges) implements Message {
        public ExchangesListed {
            exchanges = List.copyOf(exchanges);
        }
    }

    /** AdminVerticle to all loops: tell what has ended since you were asked by this id last. */
    record TailRequested(long ticket, String id, TailFilter filter) implements Message {}

    /** A ListenerVerticle's answer to the {@link TailRequested} of this ticket. */
    record TailPolled(long ticket, int loop, LoopTail.Batch batch) implements Message {}

    /** What an operator wants to end. */
    enum Cut {
        EXCHANGE,
        CONNECTION
    }

    /** AdminVerticle to all loops: end this now, if it is yours. */
    record CutRequested(long ticket, Cut what, String id) implements Message {}

    /** A ListenerVerticle's answer to the {@link CutRequested} of this ticket. */
    record CutAnswered(long ticket, int loop, boolean found) implements Message {}

    /** AdminVerticle to UpstreamVerticle: tell what is known of endpoints. */
    record EndpointsRequested(long ticket) implements Message {}

    /** UpstreamVerticle's answer to the {@link EndpointsRequested} of this ticket. */
    record EndpointsListed(long ticket, Map<ResourceKey, List<EndpointRecord>> endpoints) implements Message {
        public EndpointsListed {
            endpoints = Map.copyOf(endpoints);
        }
    }

    /** AdminVerticle to all loops: tell what your upstreams are doing. */
    record UpstreamsRequested(long ticket) implements Message {}

    /** A ListenerVerticle's answer to the {@link UpstreamsRequested} of this ticket. */
    record UpstreamsListed(long ticket, int loop, List<UpstreamRecord> upstreams) implements Message {
        public UpstreamsListed {
            upstreams = List.copyOf(upstreams);
        }
    }

    /**
     * One open socket.
     *
     * @param listeners the listeners served on it
     * @param host the bound address
     * @param port the bound port, never 0
     * @param protocols what is spoken, for people, such as {@code HTTP/1.1} and {@code h2c}
     * @param tls one phrase on TLS, such as {@code TLS 1.2-1.3, 2 certificates}; empty for cleartext
     */
    record BoundSocket(List<String> listeners, String host, int port, List<String> protocols, String tls) {
        public BoundSocket {
            listeners = List.copyOf(listeners);
            protocols = List.copyOf(protocols);
        }
    }
}
