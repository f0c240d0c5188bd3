package dev.sluice.proxy;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.ClientTerms.UnknownUpgrade;
import dev.sluice.config.Defaults;
import dev.sluice.failure.Failure;
import dev.sluice.observe.Metric;
import dev.sluice.wire.ClientTunnel;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.FieldTokens;
import dev.sluice.wire.UpstreamHead;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks to become, and the tunnel that it is then (RFC 9110 section 7.8, RFC 6455). The request itself is
 * matched, filtered and sent like any other.
 */
final class Upgrade implements ClientTunnel.Observer {

    private static final String WEBSOCKET = "websocket";

    private enum Asked {
        /** Nothing that is an upgrade, though it may look like one on the wire. */
        NOTHING,
        UNKNOWN,
        WEBSOCKET
    }

    private final Exchange exchange;
    private final ClientTerms.Upgrades terms;
    private final Asked asked;
    private @Nullable ClientTunnel tunnel;
    private boolean counted;
    private boolean open;
    private boolean clientEnded;
    private boolean upstreamEnded;

    private Upgrade(Exchange exchange, ClientTerms.Upgrades terms, Asked asked) {
        this.exchange = exchange;
        this.terms = terms;
        this.asked = asked;
    }

    /** What a request asks for; null when it does not mention an upgrade at all. */
    static @Nullable Upgrade of(Exchange exchange) {
        HttpServerRequest request = exchange.request;
        if (!request.headers().contains("upgrade")) {
            return null;
        }
        ClientTerms.Upgrades terms = exchange.proxy.terms().upgrades();
        return new Upgrade(exchange, terms, asked(request, terms));
    }

    private static Asked asked(HttpServerRequest request, ClientTerms.Upgrades terms) {
        if (request.version() != HttpVersion.HTTP_1_1
                || !HeaderRules.hasToken(request.headers(), "connection", "upgrade")
                || !ClientTunnel.possible(request)) {
            return Asked.NOTHING;
        }
        if (HeaderRules.hasToken(request.headers(), "upgrade", WEBSOCKET)) {
            return terms.webSocket() && request.method().equals(HttpMethod.GET) ? Asked.WEBSOCKET : Asked.NOTHING;
        }
        // Java's own client asks for h2c in its first request, and means no harm.
        return HeaderRules.hasToken(request.headers(), "upgrade", "h2c") ? Asked.NOTHING : Asked.UNKNOWN;
    }

    /** Why it cannot be, before anything is looked up for it; null when it can. */
    @Nullable
    Failure refusal() {
        if (asked == Asked.UNKNOWN && terms.unknown() == UnknownUpgrade.UPGRADE_REQUIRED) {
            return Failure.UPGRADE_REQUIRED;
        }
        if (wanted() && !exchange.proxy.upgrades().take(terms.max())) {
            return Failure.TOO_MANY_UPGRADES;
        }
        counted = wanted();
        return null;
    }

    /** Whether the request asks for a tunnel, so that it needs a connection that can become one. */
    boolean wanted() {
        return asked == Asked.WEBSOCKET;
    }

    /** Adds to the upstream's request what hop-by-hop rules have taken away. */
    void ask(MultiMap headers) {
        if (wanted()) {
            var unusedConnection = headers.set("connection", "Upgrade");
            var unused = headers.set("upgrade", WEBSOCKET);
        }
    }

    /** Whether a 101 is what was asked for. */
    boolean agreed(UpstreamHead head) {
        return wanted() && head.status() == 101 && switchesTo(head.fields());
    }

    private static boolean switchesTo(FieldLines fields) {
        boolean found = false;
        for (int i = 0; i < fields.size(); i++) {
            found |= fields.name(i).equalsIgnoreCase("upgrade") && FieldTokens.contains(fields.value(i), WEBSOCKET);
        }
        return found;
    }

    /** Answers the client with the response's head as it is now, and lets bytes flow. */
    void open(UpstreamStream upstream) {
        open = true;
        exchange.loop.counters().increment(Metric.UPGRADED);
        exchange.loop.counters().increment(Metric.UPGRADED_ACTIVE);
        MultiMap headers = exchange.response.headers();
        var unusedConnection = headers.set("connection", "Upgrade");
        var unusedUpgrade = headers.set("upgrade", WEBSOCKET);
        var unusedLength = headers.remove("content-length");
        upstream.tunnel();
        tunnel = ClientTunnel.open(exchange.request, upstream, this);
    }

    /** Whether bytes flow now. */
    boolean isOpen() {
        return open;
    }

    /** How long nothing may flow. */
    Duration idleTimeout() {
        return clientEnded || upstreamEnded ? Defaults.CLOSE_LINGER : terms.idleTimeout();
    }

    /** The exchange is over, with a tunnel or without. */
    void over() {
        if (counted) {
            counted = false;
            exchange.proxy.upgrades().give();
        }
        if (open) {
            open = false;
            exchange.loop.counters().add(Metric.UPGRADED_ACTIVE, -1);
        }
        if (tunnel != null) {
            tunnel.close();
        } else {
            ClientTunnel.decline(exchange.request);
        }
    }

    @Override
    public void requestBytes(int count) {
        exchange.requestBytes(count);
    }

    @Override
    public void responseBytes(int count) {
        exchange.responseBytes(count);
    }

    @Override
    public void clientEnded() {
        clientEnded = true;
        halfClosed();
    }

    @Override
    public void upstreamEnded() {
        upstreamEnded = true;
        halfClosed();
    }

    private void halfClosed() {
        if (clientEnded && upstreamEnded) {
            exchange.tunnelEnded(null, "both sides have closed");
        } else {
            exchange.tunnelHalfClosed();
        }
    }
}
