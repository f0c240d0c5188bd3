package dev.sluice.health;

import dev.sluice.config.Backend;
import dev.sluice.config.UpstreamTerms.HealthCheck;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;

/** GET of a path, judged by its status. */
final class HttpProbe extends RequestProbe {

    HttpProbe(Vertx vertx, ProbeClients clients, Backend backend, HealthCheck terms) {
        super(vertx, clients, backend, terms, false);
    }

    @Override
    RequestOptions options(Duration timeout) {
        return new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setURI(terms.path())
                .putHeader(HttpHeaders.ACCEPT, "*/*");
    }

    @Override
    Buffer body() {
        return Buffer.buffer();
    }

    @Override
    void judge(ProbeAttempt<HttpClientConnection> attempt, HttpClientResponse response) {
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
