package dev.sluice.observe;

import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * What there is to tell of one open client connection.
 *
 * @param id unique in the cluster
 * @param remote the client's end, {@code ip:port}
 * @param local the gateway's end, {@code ip:port}
 * @param tlsVersion as Java names it; null without TLS
 * @param serverName of SNI; null for none
 * @param alpn null for none
 * @param openedNanos when it could take requests, by {@link System#nanoTime}: loops look at different times
 * @param requests begun so far
 * @param inFlight of them, exchanges that are not over
 * @param idleNanos since the last of them ended; -1 while one is in flight
 */
public record ConnectionRecord(
        String id,
        HttpVersion protocol,
        String remote,
        String local,
        @Nullable String tlsVersion,
        @Nullable String serverName,
        @Nullable String alpn,
        long openedNanos,
        long requests,
        int inFlight,
        long idleNanos) {}
