package dev.sluice.proxy;

import dev.sluice.config.Defaults;
import dev.sluice.filter.CloseReason.Cause;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/**
 * Sends the clients of one handler elsewhere (correctness.md E8): first tells them one after the other, so that they do
 * not all come back at once somewhere else, then ends their connections and WebSockets in good order. What is in flight
 * is finished, however long that takes: the node's deadline is not this one's business.
 */
final class ConnectionDrain extends Timeout {

    private enum Phase {
        /** Only connections that were drained one by one, or before the drain was called off, are ended. */
        SERVING,
        /** Everything is served, and clients are told. */
        ANNOUNCING,
        /** Connections end. */
        STOPPING
    }

    private final Loop loop;
    private final Collection<ClientConnection> clients;
    private final Collection<Exchange> exchanges;
    private Phase phase = Phase.SERVING;
    private long begunNanos;
    private long paceNanos;

    /**
     * Of a handler.
     *
     * @param clients those that are open, changing
     * @param exchanges those in flight, changing
     */
    ConnectionDrain(Loop loop, Collection<ClientConnection> clients, Collection<Exchange> exchanges) {
        this.loop = loop;
        this.clients = clients;
        this.exchanges = exchanges;
    }

    /** Whether the node, or the listener, is going away: responses say so. */
    boolean begun() {
        return phase != Phase.SERVING;
    }

    /** Whether new connections are not wanted at all. */
    boolean stopping() {
        return phase == Phase.STOPPING;
    }

    /** @param pace over which clients are told; one that comes later is told within what is left of it */
    void announce(Duration pace) {
        enter(Phase.ANNOUNCING, pace);
    }

    /** Serves on. Those that were told already have been told, and end. */
    void callOff() {
        enter(Phase.SERVING, Duration.ZERO);
    }

    /** @param pace over which WebSockets are closed */
    void stop(Duration pace) {
        enter(Phase.STOPPING, pace);
    }

    /** One connection ends, whatever becomes of the others. */
    void drain(ClientConnection client) {
        if (!client.retiring()) {
            client.retire(Cause.DRAIN, "drain", loop.nanoTime());
        }
        lookSoon();
    }

    /** An HTTP/3 connection that came too late: none of its streams is served, and it closes when it has heard so. */
    void refuse(ClientConnection client) {
        client.retire(Cause.DRAIN, "drain", loop.nanoTime());
        client.conclude(Duration.ZERO, loop.nanoTime());
    }

    private void enter(Phase next, Duration pace) {
        phase = next;
        begunNanos = loop.nanoTime();
        paceNanos = pace.toNanos();
        expired();
    }

    @Override
    protected void expired() {
        long now = loop.nanoTime();
        for (ClientConnection client : List.copyOf(clients)) {
            if (!client.retiring() && (phase == Phase.STOPPING || (phase == Phase.ANNOUNCING && isDue(client, now)))) {
                client.retire(Cause.DRAIN, "drain", now);
            }
            if (client.retiring() && (phase == Phase.STOPPING || (phase == Phase.SERVING && client.draining()))) {
                client.conclude(notice(client), now);
            }
        }
        if (phase == Phase.STOPPING) {
            for (Exchange exchange : List.copyOf(exchanges)) {
                if (isDue(exchange.connection, now)) {
                    exchange.closeTunnel();
                }
            }
        }
        if (phase != Phase.SERVING || clients.stream().anyMatch(ClientConnection::draining)) {
            lookSoon();
        }
    }

    private void lookSoon() {
        if (!isArmed()) {
            loop.timer().arm(this, Defaults.DRAIN_TICK.toMillis());
        }
    }

    /**
     * HTTP/1 that is idle at the end of the lame duck closes at once; what came in with the last SYN gets its answer. HTTP/3
     * that came too late is {@linkplain #refuse refused}, and shall not keep others waiting.
     */
    private Duration notice(ClientConnection client) {
        boolean late = client.openedNanos() - begunNanos >= 0;
        boolean atOnce = late ? client.protocol() == HttpVersion.HTTP_3 : client.isHttp1();
        return phase == Phase.STOPPING && atOnce ? Duration.ZERO : Defaults.GOAWAY_NOTICE;
    }

    private boolean isDue(ClientConnection client, long now) {
        long from = Math.max(0, client.openedNanos() - begunNanos);
        return now - begunNanos >= from + (paceNanos - from) * client.share() || now - begunNanos >= paceNanos;
    }
}
