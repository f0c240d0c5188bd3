package dev.sluice.observe;

import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * What a tail shows of one finished exchange.
 *
 * @param connectionId of the client's connection, unique in the cluster
 * @param number its place among the connection's requests, from 1
 * @param route null when none matched
 * @param endpoint of the last one tried; null when none was
 * @param failure null when it did not fail
 * @param detail on the failure; null for none
 */
public record TailLine(
        long startMillis,
        long durationNanos,
        String requestId,
        String connectionId,
        long number,
        HttpVersion protocol,
        String client,
        String method,
        String authority,
        String target,
        int status,
        @Nullable String route,
        @Nullable String backend,
        @Nullable String endpoint,
        int tries,
        long bytesReceived,
        long bytesSent,
        @Nullable String failure,
        @Nullable String detail) {

    static TailLine of(ExchangeRecord exchange) {
        String requestId = exchange.requestHeader("x-request-id");
        return new TailLine(
                exchange.startMillis(),
                exchange.durationNanos(),
                requestId == null ? "" : requestId,
                exchange.connectionId(),
                exchange.connectionRequest(),
                exchange.protocol(),
                exchange.clientIp(),
                exchange.method(),
                exchange.originalAuthority(),
                exchange.originalTarget(),
                exchange.status(),
                exchange.route(),
                exchange.backend(),
                exchange.endpoint(),
                exchange.tries(),
                exchange.bytesReceived(),
                exchange.bytesSent(),
                exchange.failure() == null ? null : exchange.failure().error(),
                exchange.failureDetail());
    }
}
