package dev.sluice.observe;

import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * What there is to tell of one exchange that is not over.
 *
 * @param requestId the client's {@code x-request-id} or the one made for it; a client may use one twice
 * @param connectionId of the client's connection, unique in the cluster
 * @param number its place among the connection's requests, from 1
 * @param protocol what the client speaks
 * @param target as received
 * @param client its address without port
 * @param route null while or when none has matched
 * @param backend null while none is chosen
 * @param endpoint {@code ip:port} of the last one tried; null while none was
 * @param tries how often it was tried at an endpoint
 * @param status that was sent; 0 before
 * @param bytesReceived of the request's body
 * @param bytesSent of the response's
 */
public record ExchangeInFlight(
        String requestId,
        String connectionId,
        long number,
        HttpVersion protocol,
        String method,
        String target,
        String client,
        @Nullable String route,
        @Nullable String backend,
        @Nullable String endpoint,
        int tries,
        Phase phase,
        int status,
        long startMillis,
        long ageNanos,
        long bytesReceived,
        long bytesSent) {

    /** How far it is. */
    public enum Phase {
        /** Its filters have not let it pass yet. */
        FILTERING,
        /** It waits for a connection to an endpoint. */
        CONNECTING,
        /** Its request is being sent. */
        REQUESTING,
        /** The endpoint has all of it and has not answered. */
        WAITING,
        /** The response is being sent. */
        RESPONDING,
        /** It is a tunnel. */
        TUNNEL
    }

    /** What names it in the whole cluster. */
    public String id() {
        return id(connectionId, number);
    }

    /** What names the exchange that has this place on this connection. */
    public static String id(String connectionId, long number) {
        return connectionId + "." + number;
    }
}
