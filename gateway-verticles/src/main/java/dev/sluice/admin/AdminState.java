package dev.sluice.admin;

import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.bus.Message.ConfigRejected;
import dev.sluice.bus.Message.DrainCommand;
import dev.sluice.bus.Message.EpochChanged;
import dev.sluice.bus.Message.LoopAck;
import dev.sluice.bus.Message.NodesSeen;
import dev.sluice.bus.Message.RouteTablePublished;
import dev.sluice.bus.Message.StreamPolicyPublished;
import dev.sluice.config.ConfigProblem;
import dev.sluice.drain.DrainPhase;
import dev.sluice.epoch.EpochStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the verticles have told the admin API. Used on its event loop alone. */
public final class AdminState {

    private final int loops;
    private final TreeMap<Integer, LoopAck> acks = new TreeMap<>();
    private Drain drain = new Drain(DrainPhase.SERVING, Instant.now(), Duration.ZERO, Duration.ZERO);
    private final Set<String> drainingListeners = new HashSet<>();
    private @Nullable RouteTablePublished published;
    private @Nullable Rejection rejection;
    private @Nullable NodesSeen nodes;
    private @Nullable EpochStatus epoch;
    private Set<String> penalised = Set.of();
    private boolean started;

    /**
     * The configuration that was refused last, while it is the newest.
     *
     * @param problems all of them
     * @param since when it was refused
     */
    record Rejection(List<ConfigProblem> problems, Instant since) {}

    /**
     * How far a drain is.
     *
     * @param phase where the node stands
     * @param since when that began
     * @param remaining from then on, until what is left is aborted or what is being done is given up
     * @param accepting from then on, while everything is served
     */
    record Drain(DrainPhase phase, Instant since, Duration remaining, Duration accepting) {}

    /** @param loops how many loops must serve before the gateway is ready */
    public AdminState(int loops) {
        this.loops = loops;
    }

    /** A table is to be served from now on. */
    public void published(RouteTablePublished message) {
        published = message;
        rejection = null;
    }

    /** A configuration was refused. */
    public void rejected(ConfigRejected message, Instant now) {
        rejection = new Rejection(message.problems(), now);
    }

    /** A loop serves by a table, or failed to open a socket for it. */
    public void acked(LoopAck message) {
        acks.put(message.loop(), message);
        started = started || acks.size() == loops;
    }

    /** What clients may do was decided anew. */
    public void policy(StreamPolicyPublished message) {
        penalised = message.policy().penalised();
    }

    /** The cluster's nodes have told of themselves. */
    public void nodes(NodesSeen message) {
        nodes = message;
    }

    /** What the nodes have agreed upon has changed. */
    public void epoch(EpochChanged message) {
        epoch = message.status();
    }

    /** The drain went on. */
    public void drain(DrainCommand message, Instant now) {
        drain = new Drain(message.phase(), now, message.remaining(), message.accepting());
    }

    /** A listener drains, or not any more. */
    void drainListener(String listener, boolean drains) {
        boolean unused = drains ? drainingListeners.add(listener) : drainingListeners.remove(listener);
    }

    /** Listeners that were told to drain. */
    Set<String> drainingListeners() {
        return drainingListeners;
    }

    Drain drain() {
        return drain;
    }

    /** Whether every loop has served by a table; never turns back. */
    boolean isStarted() {
        return started;
    }

    /** Why new traffic should not be sent here; null when it should. */
    @Nullable
    String unreadyReason() {
        if (drain.phase().draining()) {
            return "draining";
        }
        return started ? null : "warming: " + acks.size() + " of " + loops + " event loops serve";
    }

    @Nullable
    RouteTablePublished published() {
        return published;
    }

    @Nullable
    Rejection rejection() {
        return rejection;
    }

    /** The cluster's nodes; null while this one is starting. */
    @Nullable
    NodesSeen nodes() {
        return nodes;
    }

    /** What the nodes have agreed upon; null while this one is starting. */
    @Nullable
    EpochStatus epoch() {
        return epoch;
    }

    /** Addresses whose HTTP/2 and HTTP/3 connections are cut. */
    Set<String> penalised() {
        return penalised;
    }

    /** Every open socket once, though each loop listens on it. */
    Set<BoundSocket> sockets() {
        Set<BoundSocket> sockets = new LinkedHashSet<>();
        acks.values().forEach(ack -> sockets.addAll(ack.sockets()));
        return sockets;
    }

    /** Sockets that could not be opened, by loop. */
    List<String> socketErrors() {
        List<String> errors = new ArrayList<>();
        acks.values().forEach(ack -> ack.errors().forEach(error -> errors.add("loop " + ack.loop() + ": " + error)));
        return errors;
    }
}
