package dev.sluice.proxy;

import dev.sluice.config.FilterSpec.RequestMirror;
import dev.sluice.failure.Failure;
import dev.sluice.filter.RequestTiming.Point;
import dev.sluice.loop.Loop;
import dev.sluice.route.CompiledRule;
import dev.sluice.route.CompiledRule.WeightedBackend;
import dev.sluice.upstream.EndpointOutcome;
import dev.sluice.upstream.Upstream;
import dev.sluice.upstream.UpstreamEndpoint;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.UpstreamHead;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * The upstream's side of an exchange: what its tries at a backend are sent, the copies for mirrors, the response, and what an upgrade
 * makes of both.
 */
final class ExchangeUpstream implements Tries.Observer, ResponsePump.Observer {

    private final Exchange exchange;
    private final Loop loop;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final ExchangeJournal journal;
    private final ExchangeDeadlines deadlines;
    private @Nullable Tries tries;
    private @Nullable ResponsePump pump;
    private @Nullable MirrorRequests mirrors;

    ExchangeUpstream(Exchange exchange) {
        this.exchange = exchange;
        this.loop = exchange.loop;
        this.request = exchange.request;
        this.response = exchange.response;
        this.journal = exchange.journal;
        this.deadlines = exchange.deadlines;
    }

    /** Whether an upstream was asked. */
    boolean started() {
        return tries != null;
    }

    /** Whether the end of an upstream's response has been handed to the client. */
    boolean delivered() {
        return pump != null && pump.ended();
    }

    /**
     * Cancels the tries: what they still send is for nobody.
     *
     * @param outcome what that says of an endpoint that has not answered yet
     */
    void abort(EndpointOutcome outcome) {
        if (tries != null) {
            tries.abort(outcome);
        }
        stop();
    }

    /** Passes nothing more of a response on. */
    void stop() {
        if (pump != null) {
            pump.stop();
        }
    }

    /** The real request broke off. */
    void abortMirrors() {
        if (mirrors != null) {
            mirrors.abort();
        }
    }

    /** Chooses an endpoint and gets in line for a connection. */
    void forward(CompiledRule matched, WeightedBackend chosen) {
        Upstream upstream = exchange.proxy.upstreams().get(chosen.backend());
        if (upstream == null) {
            exchange.fail(Failure.NO_BACKEND, "the configuration has no such backend");
            return;
        }
        ExchangePick asked = new ExchangePick(request.headers(), exchange.client);
        UpstreamEndpoint first = upstream.pick(asked);
        boolean tunnel = exchange.upgrade != null && exchange.upgrade.wanted();
        if (first == null || (tunnel && first.tunnels() == null)) {
            if (first != null) {
                journal.trying(first.label());
                exchange.fail(Failure.UPGRADE_UNSUPPORTED, null);
            } else {
                exchange.fail(upstream.unresolved() ? Failure.DNS_ERROR : Failure.NO_ENDPOINT, null);
            }
            return;
        }
        if (!upstream.enter()) {
            exchange.fail(Failure.OVERFLOW, "too many requests are under way");
            return;
        }
        Tries started = new Tries(exchange, upstream, matched, asked, this);
        tries = started; // from here on, whatever ends the exchange gives the place back
        if (!matched.mirrors().isEmpty() && !tunnel) {
            startMirrors(matched);
        }
        started.start(first);
    }

    private void startMirrors(CompiledRule matched) {
        MirrorRequests copies = new MirrorRequests(loop);
        for (RequestMirror mirror : matched.mirrors()) {
            Upstream target = exchange.proxy.upstreams().get(mirror.backend());
            if (target != null && loop.random().nextInt(mirror.denominator()) < mirror.numerator()) {
                MultiMap headers = HttpHeaders.headers();
                writeHeaders(headers);
                headers.remove("trailer");
                copies.add(
                        target,
                        request.method(),
                        exchange.filterView.uri(),
                        exchange.filterView.authority(),
                        headers,
                        exchange.body.bodyless());
            }
        }
        if (!copies.isEmpty()) {
            mirrors = copies;
            exchange.body.mirrorTo(copies);
        }
    }

    @Override
    public void streamOpened(UpstreamAttempt attempt, UpstreamStream stream) {
        journal.reached(Point.UPSTREAM_ACQUIRED);
        if (exchange.upgrade != null && exchange.upgrade.isConnect()) {
            if (tries != null) {
                tries.tunnelled(attempt);
            }
            switchProtocols(exchange.upgrade, stream);
            return;
        }
        MultiMap headers = stream.headers();
        try {
            writeHeaders(headers);
            int number = tries == null ? 1 : tries.number(attempt);
            if (number > 1) {
                RetryPolicy.mark(headers, number, journal.grpc());
            }
            if (exchange.upgrade != null) {
                exchange.upgrade.ask(headers);
            }
            if (exchange.body.bodyless()) {
                headers.remove("trailer");
            }
            String authority = exchange.filterView.authority();
            // An old client may name none, but every request of HTTP/1.1 has a Host (RFC 9112 section 3.2).
            ExchangeHeaders.name(
                    stream, authority.isEmpty() ? attempt.endpoint().label() : authority);
        } catch (IllegalArgumentException refused) {
            exchange.failHere(
                    Failure.BAD_REQUEST, refused.getMessage()); // a field that a filter made, and no protocol takes
            return;
        }
        if (exchange.interim.pending()) {
            headers.set("expect", "100-continue");
            exchange.interim.forwarded();
        }
        deadlines.awaitHead();
        journal.reached(Point.UPSTREAM_REQUEST_HEAD, deadlines.lastActivityNanos());
        if (exchange.upgrade != null && exchange.upgrade.wanted() && !exchange.clientSide.isHttp1()) {
            stream.end(null, FieldLines.NONE); // what the client sends is for the tunnel
        } else {
            exchange.body.connect(stream);
        }
    }

    private void writeHeaders(MultiMap headers) {
        MultiMap from = request.headers();
        HeaderRules.copyRequest(from, headers, exchange.client.peerTrusted());
        exchange.client.forward(
                from,
                headers,
                exchange.connection.ip(),
                exchange.filterView.scheme(),
                exchange.incoming.authority(),
                exchange.proxy.portText());
        exchange.proxy.via().append(headers, request.version());
        headers.set("x-request-id", journal.requestId());
        TraceContext.validate(headers);
    }

    @Override
    public void responseInterim(int status, FieldLines fields) {
        if (!exchange.isDone()) {
            deadlines.active();
            exchange.interim.received(status, fields);
        }
    }

    @Override
    public void responseHead(UpstreamAttempt attempt, UpstreamStream stream, UpstreamHead head) {
        deadlines.headReceived();
        exchange.interim.stop();
        if (!exchange.clientSide.isHttp1()) {
            exchange.body.unpaced(); // a conversation, in which the client may be silent for as long as it likes
        }
        int status = head.status();
        journal.upstreamHead(status, deadlines.lastActivityNanos());
        Upgrade asked = exchange.upgrade != null && exchange.upgrade.agreed(head) ? exchange.upgrade : null;
        if (asked == null && (status < 200 || (exchange.upgrade != null && exchange.upgrade.wouldMislead(status)))) {
            exchange.failHere(
                    Failure.UPSTREAM_PROTOCOL,
                    status < 200
                            ? "the backend switched protocols unasked"
                            : "the backend answered " + status + " to an upgrade");
            return;
        }
        var unusedStatus = response.setStatusCode(status);
        MultiMap headers = response.headers();
        try {
            HeaderRules.copyResponse(head.fields(), headers, exchange.trailers.supported());
            String upgrade = head.fields().get("upgrade");
            if (status == 426 && upgrade != null && exchange.clientSide.isHttp1()) {
                headers.set("upgrade", upgrade).set("connection", "Upgrade"); // RFC 9110 section 15.5.22
            }
            if (exchange.clientSide.isHttp1() && headers.contains("trailer")) {
                headers.remove("content-length"); // only chunks have room for trailers behind them
            }
        } catch (IllegalArgumentException refused) {
            exchange.failHere(Failure.UPSTREAM_PROTOCOL, refused.getMessage());
            return;
        }
        exchange.clientSide.decorate(head.version());
        String cookie = tries == null ? null : tries.stickyCookie(request.isSSL());
        if (cookie != null) {
            headers.add("set-cookie", cookie);
        }
        ServerTiming.append(exchange.proxy.terms(), journal, headers);
        exchange.filters.onResponse();
        if (exchange.isDone()) {
            return;
        }
        if (asked != null) {
            openTunnel(asked, stream);
            return;
        }
        exchange.clientSide.announceClose();
        boolean noBody = exchange.clientSide.isHead() || status == 204 || status == 304;
        long length = noBody ? ResponsePump.NO_BODY : ContentLength.parse(headers.get("content-length"));
        if (!noBody && length < 0 && request.version() == HttpVersion.HTTP_1_1) {
            var unused = response.setChunked(true);
        }
        boolean trailed = exchange.trailers.promised() || attempt.multiplexed();
        ResponsePump started = new ResponsePump(response, request.connection(), stream, this, length, trailed);
        pump = started;
        started.start();
        // Vert.x would announce chunks to an HTTP/1.0 client when the head goes alone.
        if (length >= 0 || request.version() != HttpVersion.HTTP_1_0) {
            loop.atTurnEnd(started);
        }
    }

    @Override
    public void responseTrailers(FieldLines received) {
        try {
            exchange.trailers.relay(received, exchange.filters);
        } catch (IllegalArgumentException refused) {
            exchange.failHere(Failure.UPSTREAM_PROTOCOL, refused.getMessage()); // a field that Vert.x does not take
        }
    }

    @Override
    public void responseWritten(Future<Void> written) {
        exchange.clientSide.wrote(written);
        if (!exchange.tunnelled()) {
            deadlines.wrote(written, exchange.proxy.terms().body());
        }
    }

    @Override
    public void responseEnded() {
        if (exchange.upgrade != null && exchange.tunnelled()) {
            exchange.upgrade.upstreamEnded();
            return;
        }
        if (tries != null) {
            tries.finish(exchange.body.sent());
        }
        exchange.answered();
    }

    /** CONNECT is answered by the gateway itself. */
    private void switchProtocols(Upgrade asked, UpstreamStream stream) {
        exchange.clientSide.decorate(HttpVersion.HTTP_1_1);
        exchange.filters.onResponse();
        if (!exchange.isDone()) {
            openTunnel(asked, stream);
        }
    }

    private void openTunnel(Upgrade asked, UpstreamStream stream) {
        deadlines.tunnel(exchange.proxy.terms().upgrades().idleTimeout());
        UpstreamStream tunnel = asked.open(stream);
        if (exchange.clientSide.isHttp1()) {
            return;
        }
        ResponsePump started = new ResponsePump(response, request.connection(), tunnel, this, -1, true);
        pump = started;
        started.start();
        started.run(); // the client waits for it, and the upstream may be gone in the same turn
        if (exchange.body.ended()) {
            asked.clientEnded();
        }
        exchange.body.connect(tunnel);
    }

    @Override
    public void attemptFailed(UpstreamAttempt attempt, Failure failure, @Nullable Throwable cause) {
        if (exchange.tunnelled()) {
            exchange.tunnelEnded(cause instanceof HttpClosedException ? null : failure, "the backend has closed");
            return;
        }
        if (pump != null && pump.ended()) {
            exchange.answered(); // the client has had all of it: what breaks behind the last byte is no failure
            return;
        }
        if (cause != null) {
            journal.protocolError(attempt.protocolError(cause));
        }
        exchange.fail(failure, cause == null ? null : String.valueOf(cause.getMessage()));
    }

    @Override
    public void responseLengthWrong() {
        exchange.failHere(Failure.UPSTREAM_INCOMPLETE, "the body's length is not the declared one");
    }

    @Override
    public void headCommitted() {
        journal.committed(loop.nanoTime());
    }

    @Override
    public void responseBytes(int count) {
        journal.sent(count);
        deadlines.active();
        journal.committed(deadlines.lastActivityNanos());
    }
}
