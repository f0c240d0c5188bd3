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
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;

/**
 * The gRPC Health Checking Protocol, version 1: {@code Check} must answer {@code SERVING}. Over HTTP/2 unless the backend
 * speaks HTTP/3; in cleartext that is HTTP/2 with prior knowledge.
 */
final class GrpcProbe implements Probe {

    private static final String METHOD = "/grpc.health.v1.Health/Check";
    private static final int MAX_ANSWER = 4096;

    private final Vertx vertx;
    private final ProbeClients clients;
    private final Backend backend;
    private final HealthCheck terms;

    GrpcProbe(Vertx vertx, ProbeClients clients, Backend backend, HealthCheck terms) {
        this.vertx = vertx;
        this.clients = clients;
        this.backend = backend;
        this.terms = terms;
    }

    @Override
    public Future<String> ask(Endpoint endpoint, Duration timeout) {
        ProbeAttempt<HttpClientConnection> attempt = new ProbeAttempt<>(vertx, timeout, ProbeClients::close);
        Endpoint target = HttpProbe.target(terms, endpoint);
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setURI(METHOD)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/grpc")
                .putHeader("te", "trailers")
                .putHeader("grpc-timeout", timeout.toMillis() + "m")
                .putHeader(HttpHeaders.USER_AGENT, HttpProbe.USER_AGENT);
        return attempt.begin(clients.connect(backend, target, true, timeout), connection -> connection
                .request(options)
                .compose(request -> request.authority(HttpProbe.authority(terms, target))
                        .send(GrpcHealthMessages.request(terms.service())))
                .onComplete(response -> read(attempt, response), attempt::failed));
    }

    private static void read(ProbeAttempt<HttpClientConnection> attempt, HttpClientResponse response) {
        Buffer body = Buffer.buffer();
        response.exceptionHandler(attempt::failed)
                .handler(chunk -> {
                    if (body.length() + chunk.length() > MAX_ANSWER) {
                        attempt.failed(new ProbeFailedException("an answer of more than " + MAX_ANSWER + " bytes"));
                    } else {
                        body.appendBuffer(chunk);
                    }
                })
                .endHandler(end -> judge(attempt, response, body));
    }

    private static void judge(ProbeAttempt<HttpClientConnection> attempt, HttpClientResponse response, Buffer body) {
        if (response.statusCode() != 200) {
            attempt.failed(new ProbeFailedException("status " + response.statusCode()));
            return;
        }
        String inHead = response.getHeader("grpc-status");
        String grpcStatus = inHead != null ? inHead : response.getTrailer("grpc-status");
        if (!"0".equals(grpcStatus)) {
            attempt.failed(new ProbeFailedException(
                    grpcStatus == null ? "an answer without grpc-status" : "grpc-status " + grpcStatus));
            return;
        }
        try {
            int status = GrpcHealthMessages.status(body);
            if (status == GrpcHealthMessages.SERVING) {
                attempt.succeeded("SERVING");
            } else {
                attempt.failed(new ProbeFailedException(GrpcHealthMessages.name(status)));
            }
        } catch (IllegalArgumentException malformed) {
            attempt.failed(malformed);
        }
    }
}
