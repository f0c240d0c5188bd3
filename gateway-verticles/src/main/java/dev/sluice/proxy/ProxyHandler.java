package dev.sluice.proxy;

import dev.sluice.config.Backend;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.config.ResourceKey;
import dev.sluice.drain.DrainProgress;
import dev.sluice.failure.Failure;
import dev.sluice.filter.CloseReason.Cause;
import dev.sluice.filter.RateLimits;
import dev.sluice.loop.Loop;
import dev.sluice.observe.AccessLog;
import dev.sluice.observe.ConnectionRecord;
import dev.sluice.observe.ExchangeInFlight;
import dev.sluice.observe.ExchangeQuery;
import dev.sluice.observe.ExchangeRecord;
import dev.sluice.observe.Metric;
import dev.sluice.route.Bind;
import dev.sluice.route.BindRoutes;
import dev.sluice.route.CompiledMatch;
import dev.sluice.spi.CallProtocol;
import dev.sluice.spi.Extensions;
import dev.sluice.stream.ClientResets;
import dev.sluice.upstream.Upstream;
import dev.sluice.upstream.Upstreams;
import dev.sluice.wire.BodyPassage;
import dev.sluice.wire.ConnectionEnd;
import dev.sluice.wire.InvalidRequests;
import dev.sluice.wire.SharedCount;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves the requests of one socket on one loop: the entry to the data plane. */
public final class ProxyHandler {

    private static final Logger log = LoggerFactory.getLogger(ProxyHandler.class);

    private final Loop loop;
    private final Upstreams upstreams;
    private final AccessLog accessLog;
    private final Extensions extensions;
    private final LocalReply replies;
    private final Via via;
    private final ClientResets resets;
    private final RateLimits rateLimits;
    private final SharedCount upgrades;
    private final Map<HttpConnection, ClientConnection> clients = new HashMap<>();
    private final Set<Exchange> inFlight = new HashSet<>();
    private final ConnectionSweep sweep;
    private BindRoutes routes;
    private ClientTerms terms;
    private TrustedProxies trustedProxies;
    private int port;
    private String portText = "";
    private @Nullable String altSvc;
    private LocalServices localServices;
    private List<ResourceKey> backends;
    private CallProtocol.@Nullable Rule ownCalls;
    private int inFlightLocal;
    private final ConnectionDrain drain;
    private @Nullable Promise<Void> empty;

    /**
     * @param pseudonym what this node calls itself in {@code Via}, unique among gateways
     * @param extensions of the distribution
     * @param resets the loop's account of its clients
     * @param rateLimits the loop's part of the buckets
     */
    public ProxyHandler(
            Loop loop,
            Upstreams upstreams,
            AccessLog accessLog,
            Extensions extensions,
            String pseudonym,
            ClientResets resets,
            RateLimits rateLimits,
            Bind bind) {
        this.loop = loop;
        this.upstreams = upstreams;
        this.accessLog = accessLog;
        this.replies = new LocalReply(loop, extensions.replyFormats());
        this.extensions = extensions;
        this.localServices = new LocalServices(extensions, bind);
        this.backends = bind.backends();
        this.ownCalls = bind.ownCalls();
        this.via = new Via(pseudonym);
        this.resets = resets;
        this.rateLimits = rateLimits;
        this.upgrades = SharedCount.of(loop.vertx(), "upgrades of " + bind.key());
        this.routes = bind.routes();
        this.terms = bind.terms();
        this.sweep = new ConnectionSweep(loop, this::terms, clients.values());
        this.drain = new ConnectionDrain(loop, clients.values(), inFlight);
        this.trustedProxies = TrustedProxies.of(terms.trustedProxies());
    }

    /** Serves by another snapshot from the next request on. */
    public void update(Bind bind) {
        routes = bind.routes();
        backends = bind.backends();
        ownCalls = bind.ownCalls();
        terms = bind.terms();
        localServices = new LocalServices(extensions, bind);
        trustedProxies = TrustedProxies.of(terms.trustedProxies());
        changed();
    }

    /**
     * The socket is open.
     *
     * @param boundPort its port
     * @param advertised the {@code Alt-Svc} value that HTTP/1.1 and HTTP/2 responses carry; null for none
     */
    public void bound(int boundPort, @Nullable String advertised) {
        port = boundPort;
        portText = Integer.toString(boundPort);
        altSvc = advertised;
    }

    /** A connection was accepted. */
    public void connection(HttpConnection connection) {
        loop.counters().increment(Metric.DOWNSTREAM_CONNECTIONS);
        loop.counters().increment(Metric.DOWNSTREAM_CONNECTIONS_ACTIVE);
        ClientConnection client = client(connection);
        boolean shared = trustedProxies.contains(client.ip());
        BodyPassage.prepare(connection, terms, new ClientFloods(loop, resets, client.ip(), shared));
        clients.put(connection, client);
        var unusedError = connection.exceptionHandler(error -> {
            log.debug("event=client_connection_error cause={}", error.toString());
            if (!(error instanceof IOException)) { // which is the client's reset
                client.closing(Cause.ERROR, error.toString());
            }
        });
        var unused = connection.closeHandler(v -> {
            if (clients.remove(connection) != null) {
                loop.counters().add(Metric.DOWNSTREAM_CONNECTIONS_ACTIVE, -1);
                if (drain.begun()) {
                    client.closing(Cause.DRAIN, ""); // the client took the hint
                }
                loop.histograms().connectionClosed(client.over().cause());
                left();
            }
        });
        sweep.watch();
        if (drain.stopping() && connection.protocolVersion() == HttpVersion.HTTP_3) {
            drain.refuse(client); // its UDP socket stays open for those that are served
        }
        // HTTP/1 has no streams to flood with, and is the way that stays for the others of a shared address.
        if (!shared
                && resets.isPenalised(client.ip())
                && connection.protocolVersion().compareTo(HttpVersion.HTTP_2) >= 0) {
            BodyPassage.cut(connection);
        }
    }

    /** A request's head has come. */
    public void handle(HttpServerRequest request) {
        if (InvalidRequests.isTooLate(request)) {
            return;
        }
        HttpConnection connection = request.connection();
        ClientConnection known = clients.get(connection);
        ClientConnection client = known == null ? client(connection) : known;
        if (client.leaving() && connection.protocolVersion().compareTo(HttpVersion.HTTP_2) < 0) {
            ConnectionEnd.close(connection); // pipelined behind a request whose answer was the last
            return;
        }
        new Exchange(this, request, client).run();
    }

    /** What the decoder could not make sense of: the answer it deserves, then the connection closes. */
    public void handleInvalid(HttpServerRequest request) {
        closing(request.connection(), Cause.ERROR);
        replies.write(request, InvalidRequests.failure(request), InvalidRequests.problem(request), true);
    }

    /** How many connections are open on this loop. */
    public int connectionCount() {
        return clients.size();
    }

    /** Connections as the admin API shows them: at most so many, in no order. */
    public List<ConnectionRecord> connectionRecords(int limit) {
        long now = loop.nanoTime();
        return clients.values().stream()
                .limit(limit)
                .map(client -> client.record(now))
                .toList();
    }

    /** How many exchanges are in flight on this loop. */
    public int exchangeCount() {
        return inFlight.size();
    }

    /** Exchanges in flight as the admin API shows them, the oldest first. */
    public List<ExchangeInFlight> exchanges(ExchangeQuery query) {
        return inFlight.stream()
                .map(exchange -> exchange.journal)
                .filter(journal -> journal.isAskedFor(query))
                .sorted(Comparator.comparingLong(ExchangeJournal::ageNanos).reversed())
                .limit(query.limit())
                .map(ExchangeJournal::inFlight)
                .toList();
    }

    /**
     * Ends the exchange of this id: with an answer, or with an abort when that has begun.
     *
     * @return false when it is not one of this handler's
     */
    public boolean reset(String exchangeId) {
        for (Exchange exchange : inFlight) {
            if (exchange.journal.id().equals(exchangeId)) {
                exchange.failHere(Failure.OPERATOR_RESET, null);
                return true;
            }
        }
        return false;
    }

    /**
     * Closes the connection of this id at once, with all that is in flight on it.
     *
     * @return false when it is not one of this handler's
     */
    public boolean cut(String connectionId) {
        for (ClientConnection client : clients.values()) {
            if (client.id().equals(connectionId)) {
                client.abort("an operator has closed it");
                return true;
            }
        }
        return false;
    }

    /** Adds what is open and in flight. */
    public void count(DrainProgress.Counts counts) {
        clients.values().forEach(client -> counts.connection(client.protocol()));
        inFlight.forEach(exchange -> counts.exchange(exchange.kind()));
    }

    /** Routes, endpoints or the drain have changed: services of the gateway's own may have to tell. */
    public void changed() {
        if (inFlightLocal > 0) {
            for (Exchange exchange : List.copyOf(inFlight)) {
                exchange.upstream.changed();
            }
        }
    }

    /** Ends requests to services of the gateway's own, which may go on for ever. */
    private void endLocal() {
        for (Exchange exchange : List.copyOf(inFlight)) {
            if (exchange.upstream.local()) {
                exchange.force("the gateway is shutting down");
            }
        }
    }

    /** Lame duck: clients learn that they should move, and all that they send is still served. */
    public void announceDrain(Duration pace) {
        drain.announce(pace);
        changed();
    }

    /** Serves on. */
    public void callOffDrain() {
        drain.callOff();
        changed();
    }

    /**
     * The socket takes no new connections: those that are open end when they have nothing more in flight.
     *
     * @param pace over which WebSockets are closed
     * @return completes when there is no connection left
     */
    public Future<Void> stop(Duration pace) {
        drain.stop(pace);
        endLocal();
        Promise<Void> waited = empty == null ? Promise.promise() : empty;
        empty = waited;
        left();
        return waited.future();
    }

    /** Ends one connection as a drain does; false when it is not one of this handler's. */
    public boolean drain(String connectionId) {
        for (ClientConnection client : clients.values()) {
            if (client.id().equals(connectionId)) {
                drain.drain(client);
                return true;
            }
        }
        return false;
    }

    /**
     * Aborts what is in flight, and closes every connection.
     *
     * @param why for the log
     */
    public void force(String why) {
        int aborted = 0;
        for (Exchange exchange : List.copyOf(inFlight)) {
            if (aborted++ < Defaults.DRAIN_ABORTS_LOGGED) {
                log.warn(
                        "event=drain_aborted connection={} request={} kind={} method={} route={} reason=\"{}\"",
                        exchange.connection.id(),
                        exchange.journal.requestId(),
                        exchange.kind().label(),
                        exchange.request.method(),
                        exchange.journal.route(),
                        why);
            }
            exchange.force(why);
        }
        if (aborted > Defaults.DRAIN_ABORTS_LOGGED) {
            log.warn("event=drain_aborted more={} reason=\"{}\"", aborted - Defaults.DRAIN_ABORTS_LOGGED, why);
        }
        for (HttpConnection connection : List.copyOf(clients.keySet())) {
            closing(connection, Cause.DRAIN);
            ConnectionEnd.close(connection);
        }
    }

    private void left() {
        if (empty != null && clients.isEmpty()) {
            boolean unused = empty.tryComplete();
        }
    }

    void started(Exchange exchange) {
        inFlight.add(exchange);
        exchange.journal.number(exchange.connection.exchangeStarted());
        sweep.requested(exchange.connection);
    }

    void finished(Exchange exchange, ExchangeRecord entry) {
        inFlight.remove(exchange);
        inFlightLocal -= exchange.upstream.local() ? 1 : 0;
        exchange.connection.exchangeFinished(loop.nanoTime());
        accessLog.log(entry);
    }

    /** Ends what is in flight on a connection that is being aborted. */
    void abortExchanges(ClientConnection client, String reason) {
        for (Exchange exchange : List.copyOf(inFlight)) {
            if (exchange.connection == client) {
                exchange.connectionAborted(reason);
            }
        }
    }

    /** The gateway is about to close a connection, for this cause unless there is one already. */
    void closing(HttpConnection connection, Cause cause) {
        ClientConnection client = clients.get(connection);
        if (client != null) {
            client.closing(cause, "");
        }
    }

    LocalServices localServices() {
        return localServices;
    }

    /** The protocol in which those are called; null when it is plain HTTP. */
    CallProtocol.@Nullable Rule ownCalls() {
        return ownCalls;
    }

    /** A request to one of them has begun. */
    void localStarted() {
        inFlightLocal++;
    }

    /** The match of a request for another path, to the same host. */
    @Nullable
    CompiledMatch match(IncomingRequest request, String path) {
        return routes.match(request.at(path));
    }

    /** Whether that has a backend with an endpoint that may be used. */
    boolean serves(IncomingRequest request, String path) {
        CompiledMatch match = match(request, path);
        return match != null
                && match.rule().backends().stream()
                        .map(backend -> upstreams.get(backend.backend()))
                        .anyMatch(upstream -> upstream != null
                                && upstream.endpoints().stream()
                                        .anyMatch(endpoint -> upstream.effectiveWeight(endpoint) > 0));
    }

    /** The backends of the socket's rules that may be called over HTTP/2 or 3. */
    List<ResourceKey> callBackends() {
        return backends.stream()
                .filter(key -> {
                    Upstream upstream = upstreams.get(key);
                    return upstream != null && upstream.backend().protocol() != Backend.Protocol.HTTP;
                })
                .toList();
    }

    Loop loop() {
        return loop;
    }

    Upstreams upstreams() {
        return upstreams;
    }

    LocalReply replies() {
        return replies;
    }

    RateLimits rateLimits() {
        return rateLimits;
    }

    Via via() {
        return via;
    }

    BindRoutes routes() {
        return routes;
    }

    ClientTerms terms() {
        return terms;
    }

    /** Tunnels that are open, or asked for, at this socket on all loops. */
    SharedCount upgrades() {
        return upgrades;
    }

    TrustedProxies trustedProxies() {
        return trustedProxies;
    }

    int port() {
        return port;
    }

    /** The same, as headers tell it. */
    String portText() {
        return portText;
    }

    /** What responses say of other ways to reach the gateway; null for nothing. */
    @Nullable
    String altSvc() {
        return altSvc != null && drain.begun() ? "clear" : altSvc;
    }

    boolean draining() {
        return drain.begun();
    }

    /** Numbered by the counter of connections, which counts up before each. */
    private ClientConnection client(HttpConnection connection) {
        long number = loop.counters().get(Metric.DOWNSTREAM_CONNECTIONS);
        return new ClientConnection(this, connection, number, loop.nanoTime());
    }
}
