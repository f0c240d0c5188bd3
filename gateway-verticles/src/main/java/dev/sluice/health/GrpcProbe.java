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

/**
 * The gRPC Health Checking Protocol, version 1: {@code Check} must answer {@code SERVING}. Over HTTP/2 unless the backend
 * speaks HTTP/3; in cleartext that is HTTP/2 with prior knowledge.
 */
final class GrpcProbe extends RequestProbe {

    private static final String METHOD = "/grpc.health.v1.Health/Check";
    private static final int MAX_ANSWER = 4096;

    GrpcProbe(Vertx vertx, ProbeClients clients, Backend backend, HealthCheck terms) {
        super(vertx, clients, backend, terms, true);
    }

    @Override
    RequestOptions options(Duration timeout) {
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setURI(METHOD)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/grpc")
                .putHeader("te", "trailers")
                .putHeader("grpc-timeout", timeout.toMillis() + "m");
    }

    @Override
    Buffer body() {
        return GrpcHealthMessages.request(terms.service());
    }

    @Override
    void judge(ProbeAttempt<HttpClientConnection> attempt, HttpClientResponse response) {
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
