package dev.sluice.proxy;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.filter.CloseReason.Cause;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import dev.sluice.wire.ClientClose;
import dev.sluice.wire.ConnectionEnd;
import io.vertx.core.http.HttpVersion;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * Ends the connections of one handler that are idle for too long, too old, or have had all of their requests: one timer
 * looks at all of them. What ends in good order loses nothing: HTTP/1 says so in its next response, HTTP/2 announces a
 * GOAWAY that still takes every stream, and follows it up once the client has seen it (RFC 9113 section 6.8). Requests in
 * flight are finished, however long that takes; their own timeouts hold.
 */
final class ConnectionSweep extends Timeout {

    private final Loop loop;
    private final Supplier<ClientTerms> terms;
    private final Collection<ClientConnection> clients;
    private long dueNanos;

    /** @param clients those that are open, changing */
    ConnectionSweep(Loop loop, Supplier<ClientTerms> terms, Collection<ClientConnection> clients) {
        this.loop = loop;
        this.terms = terms;
        this.clients = clients;
    }

    /** Begins to look, if it does not yet. */
    void watch() {
        lookWithin(period());
    }

    /** Never later than planned, however often this is asked. */
    private void lookWithin(long millis) {
        long due = loop.nanoTime() + millis * 1_000_000L;
        if (!isArmed() || due < dueNanos) {
            dueNanos = due;
            loop.timer().arm(this, millis);
        }
    }

    /** A connection has got another request. */
    void requested(ClientConnection client) {
        long max = terms.get().connections().maxRequests();
        if (max != ClientTerms.UNLIMITED && client.requests() >= max && !client.retiring()) {
            retire(client, "max_requests");
        }
    }

    @Override
    protected void expired() {
        long now = loop.nanoTime();
        ClientTerms.Connections limits = terms.get().connections();
        for (ClientConnection client : List.copyOf(clients)) {
            if (client.retiring()) {
                if (!client.draining()) {
                    client.conclude(Defaults.GOAWAY_NOTICE, now);
                }
            } else if (client.isOlder(limits.maxAge(), now)) {
                retire(client, "max_age"); // as gRPC's servers say it (gRFC A9)
            } else if (client.isIdle(limits.idleTimeout(), now)) {
                end(client);
            }
        }
        if (!clients.isEmpty()) {
            watch();
        }
    }

    private void retire(ClientConnection client, String why) {
        client.retire(Cause.LIMIT, why, loop.nanoTime());
        lookWithin(Defaults.GOAWAY_NOTICE.toMillis());
    }

    private static void end(ClientConnection client) {
        client.closing(Cause.IDLE, "");
        if (client.connection().protocolVersion() == HttpVersion.HTTP_2) {
            ClientClose.lingerAtClose(client.connection(), Defaults.GOAWAY_NOTICE.toMillis());
            var unused = client.connection().shutdown(Defaults.CLOSE_LINGER); // says GOAWAY, and closes without streams
        } else {
            ConnectionEnd.close(client.connection());
        }
    }

    /** Often enough that nothing ends more than a quarter late, and a second at most while there is something to finish. */
    private long period() {
        ClientTerms.Connections limits = terms.get().connections();
        long shortest = Defaults.DOWNSTREAM_IDLE.toMillis();
        if (!limits.idleTimeout().isZero()) {
            shortest = Math.min(shortest, limits.idleTimeout().toMillis());
        }
        if (!limits.maxAge().isZero()) {
            shortest = Math.min(shortest, limits.maxAge().toMillis());
        }
        long notice = clients.stream().anyMatch(ClientConnection::retiring)
                ? Defaults.GOAWAY_NOTICE.toMillis()
                : Long.MAX_VALUE;
        return Math.min(notice, Math.max(1, shortest / 4));
    }
}
