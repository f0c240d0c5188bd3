package dev.sluice.proxy;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.drain.DrainProgress;
import dev.sluice.failure.Failure;
import dev.sluice.filter.CloseReason.Cause;
import dev.sluice.loop.Loop;
import dev.sluice.observe.AccessLog;
import dev.sluice.observe.ConnectionRecord;
import dev.sluice.observe.ExchangeInFlight;
import dev.sluice.observe.ExchangeQuery;
import dev.sluice.observe.ExchangeRecord;
import dev.sluice.observe.Metric;
import dev.sluice.wire.ConnectionEnd;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections and exchanges of one socket on one loop: what operators look at, and what a drain has to end. */
public final class SocketTraffic {

    private static final Logger log = LoggerFactory.getLogger(SocketTraffic.class);

    private final Loop loop;
    private final AccessLog accessLog;
    private final Map<HttpConnection, ClientConnection> clients = new HashMap<>();
    private final Set<Exchange> inFlight = new HashSet<>();
    private final ConnectionSweep sweep;
    private final ConnectionDrain drain;
    private int inFlightLocal;
    private @Nullable Promise<Void> empty;

    /** @param terms of the connections, which may change */
    SocketTraffic(Loop loop, Supplier<ClientTerms> terms, AccessLog accessLog) {
        this.loop = loop;
        this.accessLog = accessLog;
        this.sweep = new ConnectionSweep(loop, terms, clients.values());
        this.drain = new ConnectionDrain(loop, clients.values(), inFlight);
    }

    /** A connection was accepted. */
    void opened(HttpConnection connection, ClientConnection client) {
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
    }

    /** Whose connection it is; null when it is closed. */
    @Nullable
    ClientConnection client(HttpConnection connection) {
        return clients.get(connection);
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

    /** A request to a service of the gateway's own has begun. */
    void localStarted() {
        inFlightLocal++;
    }

    /** Whether the node, or the listener, is going away. */
    boolean draining() {
        return drain.begun();
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
}
