package dev.sluice.proxy;

import dev.sluice.config.ClientTerms;
import dev.sluice.config.ClientTerms.UnknownUpgrade;
import dev.sluice.config.Defaults;
import dev.sluice.failure.Failure;
import dev.sluice.loop.Timeout;
import dev.sluice.observe.Metric;
import dev.sluice.wire.ClientTunnel;
import dev.sluice.wire.ExtendedConnect;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.FieldTokens;
import dev.sluice.wire.HeldInput;
import dev.sluice.wire.UpstreamHead;
import dev.sluice.wire.UpstreamStream;
import dev.sluice.wire.WebSocketPassage;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks to become, and the tunnel that it is then (RFC 9110 sections 7.8 and 9.3.6, RFC 6455, RFC 8441). The request itself is
 * matched, filtered and sent like any other.
 */
final class Upgrade implements ClientTunnel.Observer {

    private static final String WEBSOCKET = "websocket";

    private static final long H2_CANCEL = 8;

    private enum Asked {
        /** Nothing that is an upgrade, though it may look like one on the wire. */
        NOTHING,
        UNKNOWN,
        /** An extended CONNECT of HTTP/2 for something else. */
        UNKNOWN_CONNECT,
        WEBSOCKET,
        CONNECT
    }

    private final Exchange exchange;
    private final ClientTerms.Upgrades terms;
    private final Asked asked;
    private final boolean http1;
    /** Of a WebSocket over HTTP/2, which has none itself (RFC 8441 section 5). */
    private @Nullable String key;

    private @Nullable ClientTunnel tunnel;
    private @Nullable WebSocketPassage passage;
    private @Nullable Timeout closing;
    private boolean counted;
    private boolean open;
    private boolean clientEnded;
    private boolean upstreamEnded;

    private Upgrade(Exchange exchange, Asked asked) {
        this.exchange = exchange;
        this.terms = exchange.proxy.terms().upgrades();
        this.asked = asked;
        this.http1 = exchange.request.version() == HttpVersion.HTTP_1_1;
    }

    /** What a request asks for; null when it does not mention an upgrade at all. */
    static @Nullable Upgrade of(Exchange exchange) {
        HttpServerRequest request = exchange.request;
        if (request.version() == HttpVersion.HTTP_2) {
            String protocol = ExtendedConnect.protocol(request);
            if (protocol != null) {
                boolean known = protocol.equalsIgnoreCase(WEBSOCKET);
                return new Upgrade(exchange, known ? Asked.WEBSOCKET : Asked.UNKNOWN_CONNECT);
            }
            return request.method().equals(HttpMethod.CONNECT) ? new Upgrade(exchange, Asked.CONNECT) : null;
        }
        if (request.version() != HttpVersion.HTTP_1_1) {
            return null;
        }
        if (request.method().equals(HttpMethod.CONNECT)) {
            return new Upgrade(exchange, Asked.CONNECT);
        }
        // Without the option nothing is held behind it, and what is held may be behind the next request.
        return request.headers().contains("upgrade") && HeaderRules.hasToken(request.headers(), "connection", "upgrade")
                ? new Upgrade(exchange, asked(exchange))
                : null;
    }

    private static Asked asked(Exchange exchange) {
        HttpServerRequest request = exchange.request;
        MultiMap headers = request.headers();
        if (hasBody(headers) || !HeldInput.holds(request.connection())) {
            return Asked.NOTHING;
        }
        if (HeaderRules.hasToken(headers, "upgrade", WEBSOCKET)) {
            boolean allowed = exchange.proxy.terms().upgrades().webSocket();
            return allowed && request.method().equals(HttpMethod.GET) ? Asked.WEBSOCKET : Asked.NOTHING;
        }
        // Java's own client asks for h2c in its first request, and means no harm.
        return HeaderRules.hasToken(headers, "upgrade", "h2c") ? Asked.NOTHING : Asked.UNKNOWN;
    }

    private static boolean hasBody(MultiMap headers) {
        return headers.contains("transfer-encoding")
                || (headers.contains("content-length") && !"0".equals(headers.get("content-length")));
    }

    /** Why it cannot be, before anything is looked up for it; null when it can. */
    @Nullable
    Failure refusal() {
        if (asked == Asked.UNKNOWN && terms.unknown() == UnknownUpgrade.UPGRADE_REQUIRED) {
            return Failure.UPGRADE_REQUIRED;
        }
        if (asked == Asked.UNKNOWN_CONNECT) {
            return Failure.PROTOCOL_NOT_IMPLEMENTED;
        }
        if (wanted() && !exchange.proxy.upgrades().take(terms.max())) {
            return Failure.TOO_MANY_UPGRADES;
        }
        counted = wanted();
        return null;
    }

    /** Whether the request asks for a tunnel, so that it needs a connection that can become one. */
    boolean wanted() {
        return asked == Asked.WEBSOCKET || asked == Asked.CONNECT;
    }

    /** Whether the backend is not asked: its connection is the tunnel. */
    boolean isConnect() {
        return asked == Asked.CONNECT;
    }

    /** Adds to the upstream's request what hop-by-hop rules have taken away. */
    void ask(MultiMap headers) {
        if (asked != Asked.WEBSOCKET) {
            return;
        }
        // Nothing of the head may speak of a body, or have a Connection option of its own.
        for (String name : List.of("content-length", "trailer", "expect", "te")) {
            var unused = headers.remove(name);
        }
        var unusedConnection = headers.set("connection", "Upgrade");
        var unusedUpgrade = headers.set("upgrade", WEBSOCKET);
        if (!http1) {
            byte[] nonce = new byte[16];
            exchange.loop.random().nextBytes(nonce);
            key = Base64.getEncoder().encodeToString(nonce);
            var unusedKey = headers.set("sec-websocket-key", key);
        }
    }

    /** Whether a response is what was asked for. */
    boolean agreed(UpstreamHead head) {
        if (asked != Asked.WEBSOCKET || head.status() != 101) {
            return false;
        }
        boolean switches = false;
        boolean accepts = key == null;
        FieldLines fields = head.fields();
        for (int i = 0; i < fields.size(); i++) {
            String name = fields.name(i);
            switches |= name.equalsIgnoreCase("upgrade") && FieldTokens.contains(fields.value(i), WEBSOCKET);
            accepts |= key != null
                    && name.equalsIgnoreCase("sec-websocket-accept")
                    && fields.value(i).equals(ExtendedConnect.accept(key));
        }
        return switches && accepts;
    }

    /** Whether the client would take this for the tunnel that it is not: on HTTP/2 any 2xx opens one. */
    boolean wouldMislead(int status) {
        return asked == Asked.WEBSOCKET && !http1 && status < 300;
    }

    /**
     * Lets bytes flow; on HTTP/1.1 it answers the client first, with the response's head as it is now.
     *
     * @return the upstream's side of the tunnel
     */
    UpstreamStream open(UpstreamStream stream) {
        UpstreamStream upstream = stream;
        if (asked == Asked.WEBSOCKET) {
            WebSocketPassage followed =
                    new WebSocketPassage(stream, exchange.loop.random().nextInt(), this::closedByBoth);
            passage = followed;
            upstream = followed;
        }
        open = true;
        exchange.loop.counters().increment(Metric.UPGRADED);
        exchange.loop.counters().increment(Metric.UPGRADED_ACTIVE);
        MultiMap headers = exchange.response.headers();
        var unusedLength = headers.remove("content-length");
        upstream.tunnel();
        if (!http1) {
            var unusedStatus = exchange.response.setStatusCode(200);
            var unusedAccept = headers.remove("sec-websocket-accept");
            return upstream;
        }
        if (asked == Asked.WEBSOCKET) {
            var unusedConnection = headers.set("connection", "Upgrade");
            var unusedUpgrade = headers.set("upgrade", WEBSOCKET);
        } else {
            var unusedConnection = headers.remove("connection");
        }
        tunnel = ClientTunnel.open(exchange.request, upstream, this);
        return upstream;
    }

    /** Closes a WebSocket with 1001 on both sides, and gives them the time to answer. What else flows here has no such thing. */
    void close() {
        WebSocketPassage followed = passage;
        if (followed != null && closing == null) {
            Timeout timeout = new Timeout() {
                @Override
                protected void expired() {
                    if (followed.isClosing()) {
                        closed("closed with 1001, and not answered in time");
                    } else { // in the middle of a long frame, for which the drain's deadline is
                        exchange.loop.timer().arm(this, Defaults.WEBSOCKET_CLOSE.toMillis());
                    }
                }
            };
            closing = timeout;
            exchange.loop.timer().arm(timeout, Defaults.WEBSOCKET_CLOSE.toMillis());
            followed.close();
        }
    }

    /** Not within the read that brought the last frame. */
    private void closedByBoth() {
        exchange.loop.atTurnEnd(() -> closed("closed with 1001"));
    }

    private void closed(String detail) {
        if (open) {
            clientEnded = true;
            upstreamEnded = true;
            exchange.tunnelClosed(detail);
        }
    }

    /** Whether bytes flow now. */
    boolean isOpen() {
        return open;
    }

    /** Whether one side will send no more. */
    boolean halfClosed() {
        return clientEnded || upstreamEnded;
    }

    /** The exchange is over, with a tunnel or without. */
    void over() {
        if (counted) {
            counted = false;
            exchange.proxy.upgrades().give();
        }
        if (closing != null) {
            exchange.loop.timer().cancel(closing);
        }
        if (open) {
            open = false;
            exchange.loop.counters().add(Metric.UPGRADED_ACTIVE, -1);
            if (!http1 && !(clientEnded && upstreamEnded)) {
                var unused = exchange.response.reset(H2_CANCEL); // RFC 8441 section 5: that is TCP's RST
            }
        }
        if (tunnel != null) {
            tunnel.close();
        } else if (http1) {
            HeldInput.resume(exchange.request.connection());
        }
    }

    @Override
    public void requestBytes(int count) {
        exchange.requestBytes(count);
    }

    @Override
    public void responseBytes(int count) {
        exchange.answering.responseBytes(count);
    }

    @Override
    public void clientEnded() {
        clientEnded = true;
        ended();
    }

    @Override
    public void upstreamEnded() {
        upstreamEnded = true;
        ended();
    }

    private void ended() {
        if (clientEnded && upstreamEnded) {
            exchange.tunnelEnded(null, "both sides have closed");
        } else {
            exchange.tunnelHalfClosed();
        }
    }
}
