package dev.sluice.proxy;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import dev.sluice.observe.AccessLog;
import dev.sluice.observe.ExchangeRecord;
import dev.sluice.observe.Metric;
import dev.sluice.route.Bind;
import dev.sluice.route.BindRoutes;
import dev.sluice.spi.ReplyFormat;
import dev.sluice.upstream.Upstreams;
import dev.sluice.wire.BodyPassage;
import dev.sluice.wire.InvalidRequests;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
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
    private final LocalReply replies;
    private final String pseudonym;
    private final Map<HttpConnection, ClientConnection> clients = new HashMap<>();
    private final Set<Exchange> inFlight = new HashSet<>();
    private BindRoutes routes;
    private ClientTerms terms;
    private TrustedProxies trustedProxies;
    private int port;
    private @Nullable String altSvc;
    private boolean draining;
    private @Nullable Runnable onIdle;
    private final Timeout idleCheck = new Timeout() {
        @Override
        protected void expired() {
            closeIdle();
        }
    };

    /**
     * @param pseudonym what this node calls itself in {@code Via}, unique among gateways
     * @param formats asked before the built-in reply formats
     */
    public ProxyHandler(
            Loop loop,
            Upstreams upstreams,
            AccessLog accessLog,
            List<ReplyFormat> formats,
            String pseudonym,
            Bind bind) {
        this.loop = loop;
        this.upstreams = upstreams;
        this.accessLog = accessLog;
        this.replies = new LocalReply(loop, formats);
        this.pseudonym = pseudonym;
        this.routes = bind.routes();
        this.terms = bind.terms();
        this.trustedProxies = TrustedProxies.of(terms.trustedProxies());
    }

    /** Serves by another snapshot from the next request on. */
    public void update(Bind bind) {
        routes = bind.routes();
        terms = bind.terms();
        trustedProxies = TrustedProxies.of(terms.trustedProxies());
    }

    /**
     * The socket is open.
     *
     * @param boundPort its port
     * @param advertised the {@code Alt-Svc} value that HTTP/1.1 and HTTP/2 responses carry; null for none
     */
    public void bound(int boundPort, @Nullable String advertised) {
        port = boundPort;
        altSvc = advertised;
    }

    /** A connection was accepted. */
    public void connection(HttpConnection connection) {
        loop.counters().increment(Metric.DOWNSTREAM_CONNECTIONS);
        loop.counters().increment(Metric.DOWNSTREAM_CONNECTIONS_ACTIVE);
        ClientConnection client = new ClientConnection(connection, loop.nanoTime());
        BodyPassage.prepare(connection, terms.head(), new ClientFloods(loop, client.ip()));
        clients.put(connection, client);
        var unusedError = connection.exceptionHandler(
                error -> log.debug("event=client_connection_error cause={}", error.toString()));
        var unused = connection.closeHandler(v -> {
            if (clients.remove(connection) != null) {
                loop.counters().add(Metric.DOWNSTREAM_CONNECTIONS_ACTIVE, -1);
            }
        });
        watchIdle();
    }

    /** A request's head has come. */
    public void handle(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        ClientConnection client = clients.get(connection);
        new Exchange(this, request, client == null ? new ClientConnection(connection, loop.nanoTime()) : client).run();
    }

    /** What the decoder could not make sense of: the answer it deserves, then the connection closes. */
    public void handleInvalid(HttpServerRequest request) {
        replies.write(request, InvalidRequests.failure(request), InvalidRequests.problem(request));
    }

    /** Connections open on this loop, a snapshot. */
    public List<HttpConnection> connections() {
        return List.copyOf(clients.keySet());
    }

    /** HTTP/1.1 responses say {@code Connection: close} from now on. */
    public void drain() {
        draining = true;
    }

    /** Calls back once nothing is in flight, at once if so already. */
    public void whenIdle(Runnable idle) {
        if (inFlight.isEmpty()) {
            idle.run();
        } else {
            onIdle = idle;
        }
    }

    /** Aborts what is in flight. */
    public void force() {
        for (Exchange exchange : List.copyOf(inFlight)) {
            exchange.force();
        }
    }

    void started(Exchange exchange) {
        inFlight.add(exchange);
        exchange.connection.exchangeStarted();
    }

    void finished(Exchange exchange, ExchangeRecord entry) {
        inFlight.remove(exchange);
        exchange.connection.exchangeFinished(loop.nanoTime());
        accessLog.log(entry);
        Runnable idle = onIdle;
        if (idle != null && inFlight.isEmpty()) {
            onIdle = null;
            idle.run();
        }
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

    String pseudonym() {
        return pseudonym;
    }

    BindRoutes routes() {
        return routes;
    }

    ClientTerms terms() {
        return terms;
    }

    TrustedProxies trustedProxies() {
        return trustedProxies;
    }

    int port() {
        return port;
    }

    @Nullable
    String altSvc() {
        return altSvc;
    }

    boolean draining() {
        return draining;
    }

    private void watchIdle() {
        if (!idleCheck.isArmed()) {
            loop.timer().arm(idleCheck, Defaults.DOWNSTREAM_IDLE.toMillis() / 4);
        }
    }

    /** Also ends connections that never complete a request head. */
    private void closeIdle() {
        long deadline = loop.nanoTime() - Defaults.DOWNSTREAM_IDLE.toNanos();
        for (ClientConnection client : List.copyOf(clients.values())) {
            if (client.idle() && client.idleSinceNanos() - deadline <= 0) {
                var unused = client.connection().close();
            }
        }
        if (!clients.isEmpty()) {
            watchIdle();
        }
    }
}
