package dev.sluice.health;

import dev.sluice.config.Backend;
import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.upstream.Endpoint;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.HostAndPort;
import java.time.Duration;

/** One request, whose answer is judged, in the protocol and with the TLS options of the backend. */
abstract class RequestProbe implements Probe {

    /** Who asks, for the endpoint's log. */
    private static final String USER_AGENT = "sluice-probe";

    final HealthCheck terms;
    private final Vertx vertx;
    private final ProbeClients clients;
    private final Backend backend;
    private final boolean http2;

    /** @param http2 whether it must be HTTP/2 where the backend's protocol leaves a choice */
    RequestProbe(Vertx vertx, ProbeClients clients, Backend backend, HealthCheck terms, boolean http2) {
        this.vertx = vertx;
        this.clients = clients;
        this.backend = backend;
        this.terms = terms;
        this.http2 = http2;
    }

    /** What is asked for, and with which fields. */
    abstract RequestOptions options(Duration timeout);

    /** What is sent; empty for nothing. */
    abstract Buffer body();

    /** Ends the attempt, now or when more of the answer has come. */
    abstract void judge(ProbeAttempt<HttpClientConnection> attempt, HttpClientResponse response);

    @Override
    public final Future<String> ask(Endpoint endpoint, Duration timeout) {
        ProbeAttempt<HttpClientConnection> attempt = new ProbeAttempt<>(vertx, timeout, ProbeClients::close);
        Endpoint target = target(terms, endpoint);
        RequestOptions options = options(timeout).putHeader(HttpHeaders.USER_AGENT, USER_AGENT);
        Buffer body = body();
        return attempt.begin(clients.connect(backend, target, http2, timeout), connection -> connection
                .request(options)
                .compose(request -> {
                    var addressed = request.authority(authority(terms, target));
                    return body.length() == 0 ? addressed.send() : addressed.send(body);
                })
                .onComplete(response -> judge(attempt, response), attempt::failed));
    }

    /** Where the probe goes: to the endpoint, on the port that the policy names if it names one. */
    static Endpoint target(HealthCheck terms, Endpoint endpoint) {
        return terms.port() == 0 ? endpoint : new Endpoint(endpoint.name(), endpoint.ip(), terms.port());
    }

    /** What the request is for: as the policy says, or the endpoint's name and port. */
    static HostAndPort authority(HealthCheck terms, Endpoint target) {
        String host = terms.host();
        if (host != null) {
            return HostAndPort.parseAuthority(host, -1);
        }
        String name = target.name();
        return HostAndPort.authority(name.indexOf(':') >= 0 ? "[" + name + "]" : name, target.port());
    }
}
