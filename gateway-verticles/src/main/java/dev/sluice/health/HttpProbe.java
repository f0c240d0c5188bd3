package dev.sluice.health;

import dev.sluice.config.Backend;
import dev.sluice.config.UpstreamTerms.HealthCheck;
import dev.sluice.upstream.Endpoint;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.HostAndPort;
import java.time.Duration;

/** GET of a path, judged by its status, in the protocol and with the TLS options of the backend. */
final class HttpProbe implements Probe {

    /** Who asks, for the endpoint's log. */
    static final String USER_AGENT = "sluice-probe";

    private final Vertx vertx;
    private final ProbeClients clients;
    private final Backend backend;
    private final HealthCheck terms;

    HttpProbe(Vertx vertx, ProbeClients clients, Backend backend, HealthCheck terms) {
        this.vertx = vertx;
        this.clients = clients;
        this.backend = backend;
        this.terms = terms;
    }

    @Override
    public Future<String> ask(Endpoint endpoint, Duration timeout) {
        ProbeAttempt<HttpClientConnection> attempt = new ProbeAttempt<>(vertx, timeout, ProbeClients::close);
        Endpoint target = target(terms, endpoint);
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setURI(terms.path())
                .putHeader(HttpHeaders.USER_AGENT, USER_AGENT)
                .putHeader(HttpHeaders.ACCEPT, "*/*");
        return attempt.begin(clients.connect(backend, target, false, timeout), connection -> connection
                .request(options)
                .compose(request -> request.authority(authority(terms, target)).send())
                .onComplete(response -> judge(attempt, response), attempt::failed));
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

    /** Where to ask. */
    static Endpoint target(HealthCheck terms, Endpoint endpoint) {
        return terms.port() == 0 ? endpoint : new Endpoint(endpoint.name(), endpoint.ip(), terms.port());
    }

    private void judge(ProbeAttempt<HttpClientConnection> attempt, HttpClientResponse response) {
        int status = response.statusCode();
        boolean expected = terms.expectedStatuses().isEmpty()
                ? status >= 200 && status <= 299
                : terms.expectedStatuses().contains(status);
        if (expected) {
            attempt.succeeded("status " + status);
        } else {
            attempt.failed(new ProbeFailedException("status " + status));
        }
    }
}
