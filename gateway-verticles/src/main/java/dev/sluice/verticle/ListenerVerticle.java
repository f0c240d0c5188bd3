package dev.sluice.verticle;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.bus.Message.ConnectionDrainAnswered;
import dev.sluice.bus.Message.ConnectionDrainRequested;
import dev.sluice.bus.Message.ConnectionsListed;
import dev.sluice.bus.Message.ConnectionsRequested;
import dev.sluice.bus.Message.Cut;
import dev.sluice.bus.Message.CutAnswered;
import dev.sluice.bus.Message.CutRequested;
import dev.sluice.bus.Message.DrainCommand;
import dev.sluice.bus.Message.EndpointsPublished;
import dev.sluice.bus.Message.ExchangesListed;
import dev.sluice.bus.Message.ExchangesRequested;
import dev.sluice.bus.Message.ListenerDrainRequested;
import dev.sluice.bus.Message.LoopAck;
import dev.sluice.bus.Message.LoopDrained;
import dev.sluice.bus.Message.LoopReady;
import dev.sluice.bus.Message.LoopReport;
import dev.sluice.bus.Message.ProgressListed;
import dev.sluice.bus.Message.ProgressRequested;
import dev.sluice.bus.Message.RouteTablePublished;
import dev.sluice.bus.Message.StreamPolicyPublished;
import dev.sluice.bus.Message.TailPolled;
import dev.sluice.bus.Message.TailRequested;
import dev.sluice.bus.Message.UpstreamsListed;
import dev.sluice.bus.Message.UpstreamsRequested;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.Defaults;
import dev.sluice.drain.DrainPlan;
import dev.sluice.drain.DrainProgress;
import dev.sluice.filter.RateLimits;
import dev.sluice.loop.Loop;
import dev.sluice.observe.AccessLog;
import dev.sluice.observe.ConnectionRecord;
import dev.sluice.observe.ExchangeInFlight;
import dev.sluice.observe.LoopTail;
import dev.sluice.proxy.ProxyHandler;
import dev.sluice.proxy.SocketTraffic;
import dev.sluice.route.Bind;
import dev.sluice.route.RouteTable;
import dev.sluice.spi.Extensions;
import dev.sluice.stream.ClientReport;
import dev.sluice.stream.ClientResets;
import dev.sluice.stream.StreamPolicy;
import dev.sluice.upstream.EndpointReport;
import dev.sluice.upstream.Upstreams;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Owns one event loop: all listener sockets on it, its upstream connections and its counters. */
final class ListenerVerticle extends VerticleBase {

    /** Of a socket that a reload removes. */
    private static final DrainPlan REMOVED = new DrainPlan(Duration.ZERO, Duration.ZERO, Defaults.DRAIN_DEADLINE);

    private final int index;
    private final Bootstrap bootstrap;
    private final Bus bus;
    private final Extensions extensions;
    private final String pseudonym;
    private final RateLimitVerticle limits;
    private final Function<Loop, AccessLog> accessLogs;
    private final Map<Bind.Key, ListenerSocket> sockets = new HashMap<>();
    /** Sockets that a reload removed and whose exchanges still run. */
    private final Set<ListenerSocket> leaving = new HashSet<>();

    /** The listeners of those that were told to drain, and stay closed whatever is reloaded, until they are told to open again. */
    private final Map<Bind.Key, List<String>> drained = new HashMap<>();

    private final Map<Bind.Key, Integer> sharedPorts = new HashMap<>();
    private long version;
    private Future<?> applying = Future.succeededFuture();
    private StreamPolicy policy = StreamPolicy.DEFAULT;
    /** Applies the newest table once more. */
    private Runnable reapply = () -> {};
    /** Over which sockets that open now announce the drain; null when there is none. */
    private @Nullable Duration announcing;

    private boolean stopping;
    private final ClientResets resets = new ClientResets();
    private @Nullable Upstreams upstreams;
    private AccessLog log = AccessLog.OFF;

    ListenerVerticle(
            int index,
            Bootstrap bootstrap,
            Bus bus,
            Extensions extensions,
            String pseudonym,
            RateLimitVerticle limits,
            Function<Loop, AccessLog> accessLogs) {
        this.index = index;
        this.bootstrap = bootstrap;
        this.bus = bus;
        this.extensions = extensions;
        this.pseudonym = pseudonym;
        this.limits = limits;
        this.accessLogs = accessLogs;
    }

    @Override
    public Future<?> start() {
        Loop created = new Loop(
                index,
                bootstrap.eventLoops(),
                vertx,
                System::nanoTime,
                System::currentTimeMillis,
                new SplittableRandom());
        Upstreams registry = new Upstreams(created, bootstrap.zone(), this::reportFailing);
        LoopTail accessLog = new LoopTail(accessLogs.apply(created), created::nanoTime, created.random()::nextDouble);
        RateLimits rateLimits = limits.loop(vertx, context, bootstrap.eventLoops());
        upstreams = registry;
        log = accessLog;
        bus.consume(EndpointsPublished.class, published -> {
            registry.endpoints(published.endpoints());
            sockets.values().forEach(socket -> socket.traffic().changed());
        });
        // One table after the other: a socket of the first may still be opening when the second comes.
        bus.consume(
                RouteTablePublished.class,
                published -> applySoon(published.table(), created, registry, rateLimits, accessLog));
        bus.consume(StreamPolicyPublished.class, published -> policy(published.policy()));
        bus.consume(DrainCommand.class, this::drain);
        bus.consume(ListenerDrainRequested.class, this::drainListener);
        bus.consume(
                ConnectionDrainRequested.class,
                request -> bus.publish(
                        new ConnectionDrainAnswered(request.ticket(), index, drainConnection(request.connection()))));
        bus.consume(ProgressRequested.class, this::listProgress);
        bus.consume(ConnectionsRequested.class, this::listConnections);
        bus.consume(ExchangesRequested.class, this::listExchanges);
        bus.consume(CutRequested.class, this::cut);
        bus.consume(
                TailRequested.class,
                request -> bus.publish(
                        new TailPolled(request.ticket(), index, accessLog.poll(request.id(), request.filter()))));
        bus.consume(
                UpstreamsRequested.class,
                request -> bus.publish(new UpstreamsListed(request.ticket(), index, registry.use())));
        long unused = vertx.setPeriodic(1000, id -> report());
        bus.publish(new LoopReady(index, created.counters(), created.histograms()));
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        List<Future<?>> closing = new ArrayList<>();
        for (ListenerSocket socket : all()) {
            socket.traffic().force("the gateway is closed");
            closing.add(socket.close());
        }
        if (upstreams != null) {
            upstreams.close();
        }
        return Future.join(closing).otherwiseEmpty().onComplete(v -> log.close());
    }

    private void applySoon(RouteTable table, Loop own, Upstreams registry, RateLimits rateLimits, AccessLog accessLog) {
        reapply = () -> applySoon(table, own, registry, rateLimits, accessLog);
        applying = applying.transform((done, error) -> applyOrReport(table, own, registry, rateLimits, accessLog));
    }

    /** Every table is acknowledged, whatever happens: the runtime waits for it. */
    private Future<?> applyOrReport(
            RouteTable table, Loop own, Upstreams registry, RateLimits rateLimits, AccessLog accessLog) {
        try {
            return apply(table, own, registry, rateLimits, accessLog);
        } catch (RuntimeException refused) {
            bus.publish(new LoopAck(index, table.version(), List.of(), List.of(refused.toString())));
            return Future.succeededFuture();
        }
    }

    private Future<?> apply(
            RouteTable table, Loop own, Upstreams registry, RateLimits rateLimits, AccessLog accessLog) {
        registry.backends(table.backends(), table::upstreamTerms);
        List<Future<?>> opening = new ArrayList<>();
        List<String> errors = new ArrayList<>();
        Set<Bind.Key> wanted = new HashSet<>();
        for (Bind bind : table.binds()) {
            wanted.add(bind.key());
            ListenerSocket socket = sockets.get(bind.key());
            if (socket != null) {
                socket.update(bind);
            } else if (!stopping && !drained.containsKey(bind.key())) {
                ProxyHandler handler =
                        new ProxyHandler(own, registry, accessLog, extensions, pseudonym, resets, rateLimits, bind);
                opening.add(new ListenerSocket(vertx, index, bind, handler, policy)
                        .open(sharedPort(bind.key()))
                        .onSuccess(open -> opened(bind.key(), open))
                        .onFailure(error -> errors.add(cannotListen(bind, error))));
            }
        }
        closeUnwanted(wanted);
        drained.keySet().retainAll(wanted);
        return Future.join(opening).transform((done, error) -> {
            acknowledge(table.version(), errors);
            return Future.succeededFuture();
        });
    }

    private void acknowledge(long tableVersion, List<String> errors) {
        version = tableVersion;
        List<BoundSocket> bound =
                sockets.values().stream().map(ListenerSocket::bound).toList();
        bus.publish(new LoopAck(index, version, bound, errors));
    }

    private void opened(Bind.Key key, ListenerSocket socket) {
        sockets.put(key, socket);
        if (stopping) {
            var unused = socket.stop(Duration.ZERO, Duration.ZERO); // the drain began while it was being opened
        } else if (announcing != null) {
            socket.traffic().announceDrain(announcing);
        }
    }

    private List<ListenerSocket> all() {
        List<ListenerSocket> all = new ArrayList<>(sockets.values());
        all.addAll(leaving);
        return all;
    }

    private void closeUnwanted(Set<Bind.Key> wanted) {
        for (Bind.Key key : Set.copyOf(sockets.keySet())) {
            if (!wanted.contains(key)) {
                ListenerSocket gone = sockets.get(key);
                if (gone != null) {
                    gone.drain(REMOVED, () -> leave(key, gone));
                }
            }
        }
    }

    /** A socket that accepts nothing any more finishes what it has. */
    private void leave(Bind.Key key, ListenerSocket socket) {
        boolean unusedKnown = sockets.remove(key, socket);
        boolean unusedNew = leaving.add(socket);
        socket.closed().onComplete((done, error) -> leaving.remove(socket));
    }

    /**
     * Loops share a system-chosen port through a negative number that is theirs alone. Every loop counts the same way,
     * since all see the same tables in the same order.
     */
    private int sharedPort(Bind.Key key) {
        return key.port() != 0 ? key.port() : sharedPorts.computeIfAbsent(key, k -> -1 - sharedPorts.size());
    }

    private static String cannotListen(Bind bind, Throwable error) {
        String host = bind.key().host();
        String address = (host.isEmpty() ? "*" : host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":"
                + bind.key().port();
        String reason = error instanceof java.net.BindException ? "address already in use" : error.getMessage();
        return "cannot listen on " + address + ": " + reason;
    }

    private void drain(DrainCommand command) {
        switch (command.phase()) {
            case SERVING -> {
                announcing = null;
                traffics().forEach(SocketTraffic::callOffDrain);
            }
            case ANNOUNCING -> {
                announcing = command.pace();
                traffics().forEach(traffic -> traffic.announceDrain(command.pace()));
            }
            case STOPPING -> stopAccepting(command.pace(), command.remaining());
            case FORCING -> {
                stopAccepting(Duration.ZERO, Duration.ZERO);
                all().forEach(socket -> socket.traffic().force(command.reason()));
            }
            case WAITING, LEAVING, DONE -> {}
        }
    }

    private List<SocketTraffic> traffics() {
        return sockets.values().stream().map(ListenerSocket::traffic).toList();
    }

    private void stopAccepting(Duration pace, Duration deadline) {
        if (!stopping) {
            stopping = true;
            List<Future<?>> closing = new ArrayList<>();
            all().forEach(socket -> closing.add(socket.stop(pace, deadline)));
            Future.join(closing).onComplete((done, error) -> bus.publish(new LoopDrained(index)));
        }
    }

    private void drainListener(ListenerDrainRequested request) {
        DrainPlan plan = request.plan();
        for (Map.Entry<Bind.Key, ListenerSocket> open : Map.copyOf(sockets).entrySet()) {
            ListenerSocket socket = open.getValue();
            if (socket.serves(request.listener()) && plan != null) {
                socket.drain(plan, () -> {
                    drained.put(open.getKey(), socket.bound().listeners());
                    leave(open.getKey(), socket);
                    acknowledge(version, List.of());
                });
            } else if (socket.serves(request.listener())) {
                socket.callOffDrain();
            }
        }
        if (plan == null && drained.values().removeIf(listeners -> listeners.contains(request.listener()))) {
            reapply.run();
        }
    }

    private boolean drainConnection(String id) {
        return all().stream().anyMatch(socket -> socket.traffic().drain(id));
    }

    private void listProgress(ProgressRequested request) {
        DrainProgress.Counts counts = new DrainProgress.Counts();
        all().forEach(socket -> socket.traffic().count(counts));
        bus.publish(new ProgressListed(request.ticket(), index, counts.progress()));
    }

    private void listConnections(ConnectionsRequested request) {
        int total = 0;
        List<ConnectionRecord> listed = new ArrayList<>();
        for (ListenerSocket socket : all()) {
            total += socket.traffic().connectionCount();
            listed.addAll(socket.traffic().connectionRecords(request.limit() - listed.size()));
        }
        bus.publish(new ConnectionsListed(request.ticket(), index, total, listed));
    }

    private void listExchanges(ExchangesRequested request) {
        int total = 0;
        List<ExchangeInFlight> listed = new ArrayList<>();
        for (ListenerSocket socket : all()) {
            total += socket.traffic().exchangeCount();
            listed.addAll(socket.traffic().exchanges(request.query()));
        }
        bus.publish(new ExchangesListed(request.ticket(), index, total, listed));
    }

    private void cut(CutRequested request) {
        boolean found = all().stream()
                .map(ListenerSocket::traffic)
                .anyMatch(traffic ->
                        request.what() == Cut.EXCHANGE ? traffic.reset(request.id()) : traffic.cut(request.id()));
        bus.publish(new CutAnswered(request.ticket(), index, found));
    }

    private void policy(StreamPolicy published) {
        policy = published;
        resets.penalise(published.penalised());
    }

    private void report() {
        report(resets.report());
    }

    /** Without clients, who are counted by the second: less than that says too little of them. */
    private void reportFailing() {
        report(List.of());
    }

    private void report(List<ClientReport> clients) {
        List<EndpointReport> endpoints = upstreams == null ? List.of() : upstreams.reports();
        if (!clients.isEmpty() || !endpoints.isEmpty()) {
            bus.publish(new LoopReport(index, clients, endpoints));
        }
    }
}
