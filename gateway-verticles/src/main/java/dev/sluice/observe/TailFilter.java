package dev.sluice.observe;

import org.jspecify.annotations.Nullable;

/**
 * Which finished exchanges somebody wants to see.
 *
 * @param route {@code namespace/name}, or with its rule; null for any or none
 * @param fromStatus the least status
 * @param toStatus the greatest
 * @param client the client's address; null for any
 * @param path what the request's target begins with
 * @param sample the part of those that are to be shown, more than 0 and at most 1
 */
public record TailFilter(
        @Nullable String route, int fromStatus, int toStatus, @Nullable String client, String path, double sample) {

    /** Whether it takes this one, but for the sample. */
    boolean takes(ExchangeRecord exchange) {
        int status = exchange.status();
        return status >= fromStatus
                && status <= toStatus
                && (route == null || ExchangeQuery.isOfRoute(exchange.route(), route))
                && (client == null || client.equals(exchange.clientIp()))
                && exchange.originalTarget().startsWith(path);
    }
}
