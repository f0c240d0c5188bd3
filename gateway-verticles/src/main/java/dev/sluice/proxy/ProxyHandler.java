package dev.sluice.proxy;

import dev.sluice.config.Backend;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.ResourceKey;
import dev.sluice.filter.CloseReason.Cause;
import dev.sluice.filter.RateLimits;
import dev.sluice.loop.Loop;
import dev.sluice.observe.AccessLog;
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
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Serves the requests of one socket on one loop: the entry to the data plane. */
public final class ProxyHandler {

    private final Loop loop;
    private final Upstreams upstreams;
    private final Extensions extensions;
    private final LocalReply replies;
    private final Via via;
    private final ClientResets resets;
    private final RateLimits rateLimits;
    private final SharedCount upgrades;
    private final SocketTraffic traffic;
    private BindRoutes routes;
    private ClientTerms terms;
    private TrustedProxies trustedProxies;
    private int port;
    private String portText = "";
    private @Nullable String altSvc;
    private LocalServices localServices;
    private List<ResourceKey> backends;
    private CallProtocol.@Nullable Rule ownCalls;

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
        this.traffic = new SocketTraffic(loop, this::terms, accessLog);
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
        traffic.changed();
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
        traffic.opened(connection, client);
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
        ClientConnection known = traffic.client(connection);
        ClientConnection client = known == null ? client(connection) : known;
        if (client.leaving() && connection.protocolVersion().compareTo(HttpVersion.HTTP_2) < 0) {
            ConnectionEnd.close(connection); // pipelined behind a request whose answer was the last
            return;
        }
        new Exchange(this, request, client).run();
    }

    /** What the decoder could not make sense of: the answer it deserves, then the connection closes. */
    public void handleInvalid(HttpServerRequest request) {
        traffic.closing(request.connection(), Cause.ERROR);
        replies.write(request, InvalidRequests.failure(request), InvalidRequests.problem(request), true);
    }

    /** What is open and in flight. */
    public SocketTraffic traffic() {
        return traffic;
    }

    LocalServices localServices() {
        return localServices;
    }

    /** The protocol in which those are called; null when it is plain HTTP. */
    CallProtocol.@Nullable Rule ownCalls() {
        return ownCalls;
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
        return altSvc != null && traffic.draining() ? "clear" : altSvc;
    }

    /** Numbered by the counter of connections, which counts up before each. */
    private ClientConnection client(HttpConnection connection) {
        long number = loop.counters().get(Metric.DOWNSTREAM_CONNECTIONS);
        return new ClientConnection(this, connection, number, loop.nanoTime());
    }
}
