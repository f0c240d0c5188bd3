package dev.sluice.proxy;

import dev.sluice.config.Defaults;
import dev.sluice.config.FilterSpec.RequestMirror;
import dev.sluice.config.RuleTerms;
import dev.sluice.failure.Failure;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.RequestTiming.Point;
import dev.sluice.loop.Loop;
import dev.sluice.observe.Metric;
import dev.sluice.route.CompiledMatch;
import dev.sluice.route.CompiledRule;
import dev.sluice.route.CompiledRule.WeightedBackend;
import dev.sluice.upstream.ConnectionPool;
import dev.sluice.upstream.Upstream;
import dev.sluice.upstream.UpstreamEndpoint;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.RequestBody;
import dev.sluice.wire.UpstreamErrors;
import dev.sluice.wire.UpstreamHead;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request with its response: the state machine of the data plane. Everything happens on one event loop, and it ends
 * exactly once, in {@link #complete}.
 *
 * <pre>
 *   run ─ match ─ filters ─ forward ─ attempt ─ head ─ body ─ complete
 *     │      │       │ reply   │         │        │      │
 *     └──────┴───────┴─────────┴── fail ─┘        └ abort┘
 * </pre>
 */
final class Exchange
        implements RequestPump.Observer,
                ExchangeFilters.Observer,
                UpstreamAttempt.Observer,
                ResponsePump.Observer,
                ExchangeDeadlines.Observer {

    private static final Logger log = LoggerFactory.getLogger(Exchange.class);

    final ProxyHandler proxy;
    final Loop loop;
    final HttpServerRequest request;
    final HttpServerResponse response;
    final IncomingRequest incoming;
    final ClientIdentity client;
    final ClientConnection connection;
    final ExchangeJournal journal;
    final ClientSide clientSide;
    final RequestBodyLimit bodyLimit;
    final ExchangeTrailers trailers;
    private final RequestPump body;
    private final Interim interim;
    private final ExchangeFilterView filterView;
    private final ExchangeFilters filters;
    private final ExchangeDeadlines deadlines;
    private final long startNanos;
    private final @Nullable Upgrade upgrade;

    private @Nullable CompiledRule rule;
    private @Nullable WeightedBackend backend;
    private @Nullable UpstreamAttempt attempt;
    private @Nullable ResponsePump pump;
    private @Nullable MirrorRequests mirrors;
    private boolean filtered;
    private boolean answering;
    private boolean done;

    Exchange(ProxyHandler proxy, HttpServerRequest request, ClientConnection connection) {
        this.proxy = proxy;
        this.loop = proxy.loop();
        this.request = request;
        this.response = request.response();
        this.connection = connection;
        this.startNanos = loop.nanoTime();
        this.incoming = IncomingRequest.parse(request, proxy.terms().head());
        this.client = ClientIdentity.of(connection.ip(), request.headers(), proxy.trustedProxies());
        this.journal = new ExchangeJournal(this, startNanos, loop.epochMillis());
        this.bodyLimit = new RequestBodyLimit(proxy.terms().body().maxBytes());
        this.body = new RequestPump(loop, request, proxy.terms().body(), bodyLimit, this);
        this.interim = new Interim(loop, request, body);
        this.clientSide = new ClientSide(proxy, request, connection, body, interim);
        this.trailers = new ExchangeTrailers(this);
        this.filterView = new ExchangeFilterView(this);
        this.filters = new ExchangeFilters(filterView, this);
        this.deadlines = new ExchangeDeadlines(loop, this);
        this.upgrade = Upgrade.of(this);
    }

    // (1) subscribe to both ends of the client's side, check, match

    void run() {
        loop.counters().increment(Metric.DOWNSTREAM_REQUESTS_ACTIVE);
        proxy.started(this);
        body.start();
        var unusedRequest = request.exceptionHandler(this::clientGone);
        var unusedResponse = response.exceptionHandler(this::clientGone);
        var unusedClose = response.closeHandler(v -> clientGone(null));
        if (upgrade != null && upgrade.wanted()) {
            body.tunnel();
        }
        if (!interim.pending()) {
            body.expectBody();
        }
        RequestBody.onMalformed(request, this::bodyMalformed);
        deadlines.start();
        Failure invalid = incoming.failure();
        if (invalid != null) {
            fail(invalid, incoming.problem(), null);
            return;
        }
        if (interim.unknownExpectation()) {
            fail(Failure.EXPECTATION_FAILED, null);
            return;
        }
        if (incoming.forServer()) {
            var unusedAction = reply(200, null);
            return;
        }
        if (HeaderRules.viaNames(request.headers(), proxy.pseudonym())) {
            fail(Failure.LOOP_DETECTED, null);
            return;
        }
        Failure refusal = upgrade == null ? null : upgrade.refusal();
        if (refusal != null) {
            fail(refusal, null);
            return;
        }
        CompiledMatch match = proxy.routes().match(incoming);
        if (match == null) {
            fail(upgrade != null && upgrade.isConnect() ? Failure.METHOD_NOT_ALLOWED : Failure.NO_ROUTE, null);
            return;
        }
        filterView.matched(match);
        matched(match.rule());
    }

    // (2) filters of the rule, then of the backend

    private void matched(CompiledRule matched) {
        rule = matched;
        journal.route(matched.name());
        journal.reached(Point.ROUTED);
        deadlines.request(startNanos, matched.requestTimeoutMillis());
        RuleTerms terms = matched.terms();
        if (upgrade != null && upgrade.isConnect() && !terms.connect()) {
            fail(Failure.METHOD_NOT_ALLOWED, "no route lets CONNECT through");
            return;
        }
        if (terms.maxRequestBodyBytes() != null) {
            bodyLimit.set(terms.maxRequestBodyBytes());
        }
        if (terms.streamIdleTimeout() != null) {
            deadlines.streamIdle(terms.streamIdleTimeout());
        }
        filters.append(matched.filters());
        filters.run();
    }

    /** A paused filter lets go. */
    void resumeFilters() {
        if (!done) {
            filters.run();
        }
    }

    @Override
    public boolean isDone() {
        return done;
    }

    @Override
    public void filterFailed(RuntimeException bug) {
        loop.counters().increment(Metric.BUGS);
        log.error("event=bug route={} target={}", journal.route(), incoming.path(), bug);
        failHere(Failure.INTERNAL, bug.toString());
    }

    @Override
    public void filtersDone() {
        CompiledRule matched = rule;
        if (matched == null) {
            return;
        }
        if (backend == null) {
            if (matched.totalWeight() == 0) {
                fail(Failure.NO_BACKEND, null);
                return;
            }
            int ticket = matched.backends().size() == 1 ? 0 : loop.random().nextInt(matched.totalWeight());
            WeightedBackend chosen = matched.backend(ticket);
            backend = chosen;
            journal.backend(chosen.backend());
            if (chosen.filters().length > 0) {
                filters.append(chosen.filters());
                filters.run();
                return;
            }
        }
        journal.reached(Point.FILTERED);
        filtered = true;
        if (bodyLimit.forbids(parseLength(request.getHeader("content-length"))) || body.tooLarge()) {
            requestTooLarge();
            return;
        }
        if (body.bodyKnown() || (upgrade != null && upgrade.wanted())) {
            forward();
        } else if (!clientSide.usuallyBodyless()) {
            loop.atTurnEnd(this::forward);
        }
        // else the end of a bodyless HTTP/2 or 3 request is on its way, and requestBodyKnown() goes on
    }

    @Override
    public void requestBodyKnown() {
        if (filtered) {
            forward();
        }
    }

    // (3) an endpoint, a connection, a stream

    private void forward() {
        WeightedBackend chosen = backend;
        CompiledRule matched = rule;
        if (done || attempt != null || chosen == null || matched == null) {
            return;
        }
        Upstream upstream = proxy.upstreams().get(chosen.backend());
        if (upstream == null) {
            fail(Failure.NO_BACKEND, "the configuration has no such backend");
            return;
        }
        UpstreamEndpoint endpoint = upstream.pick();
        if (endpoint == null) {
            fail(upstream.unresolved() ? Failure.DNS_ERROR : Failure.NO_ENDPOINT, null);
            return;
        }
        journal.endpoint(endpoint.label());
        ConnectionPool pool = upgrade != null && upgrade.wanted() ? endpoint.tunnels() : endpoint.pool();
        if (pool == null) {
            fail(Failure.UPGRADE_UNSUPPORTED, null);
            return;
        }
        if (!matched.mirrors().isEmpty() && (upgrade == null || !upgrade.wanted())) {
            startMirrors(matched);
        }
        deadlines.backendRequest(matched.backendRequestTimeoutMillis());
        UpstreamAttempt started = new UpstreamAttempt(pool, request.method(), filterView.uri(), this);
        attempt = started;
        started.start();
    }

    private void startMirrors(CompiledRule matched) {
        MirrorRequests copies = new MirrorRequests(loop);
        for (RequestMirror mirror : matched.mirrors()) {
            Upstream target = proxy.upstreams().get(mirror.backend());
            if (target != null && loop.random().nextInt(mirror.denominator()) < mirror.numerator()) {
                MultiMap headers = HttpHeaders.headers();
                writeHeaders(headers);
                headers.remove("trailer");
                copies.add(
                        target, request.method(), filterView.uri(), filterView.authority(), headers, body.bodyless());
            }
        }
        if (!copies.isEmpty()) {
            mirrors = copies;
            body.mirrorTo(copies);
        }
    }

    @Override
    public void streamOpened(UpstreamStream stream) {
        journal.reached(Point.UPSTREAM_ACQUIRED);
        if (upgrade != null && upgrade.isConnect()) {
            switchProtocols(upgrade, stream);
            return;
        }
        MultiMap headers = stream.headers();
        try {
            writeHeaders(headers);
            if (upgrade != null) {
                upgrade.ask(headers);
            }
            ExchangeHeaders.name(stream, filterView.authority());
        } catch (IllegalArgumentException refused) {
            failHere(Failure.BAD_REQUEST, refused.getMessage()); // a field that a filter made, and no protocol takes
            return;
        }
        if (body.bodyless()) {
            headers.remove("trailer");
        }
        if (interim.pending()) {
            headers.set("expect", "100-continue");
            interim.forwarded();
        }
        deadlines.awaitHead();
        journal.reached(Point.UPSTREAM_REQUEST_HEAD, deadlines.lastActivityNanos());
        if (upgrade != null && upgrade.wanted() && !clientSide.isHttp1()) {
            stream.end(null, FieldLines.NONE); // what the client sends is for the tunnel
        } else {
            body.connect(stream);
        }
    }

    private void writeHeaders(MultiMap headers) {
        MultiMap from = request.headers();
        HeaderRules.copyRequest(from, headers, client.peerTrusted());
        client.forward(
                from, headers, connection.ip(), filterView.scheme(), incoming.authority(), filterView.listenerPort());
        HeaderRules.appendVia(headers, request.version(), proxy.pseudonym());
        headers.set("x-request-id", journal.requestId());
        TraceContext.validate(headers);
    }

    // (4) the response

    @Override
    public void responseInterim(int status, FieldLines fields) {
        if (!done) {
            deadlines.active();
            interim.received(status, fields);
        }
    }

    @Override
    public void responseHead(UpstreamStream stream, UpstreamHead head) {
        deadlines.headReceived();
        interim.stop();
        int status = head.status();
        journal.upstreamHead(status, deadlines.lastActivityNanos());
        Upgrade asked = upgrade != null && upgrade.agreed(head) ? upgrade : null;
        if (asked == null && (status < 200 || (upgrade != null && upgrade.wouldMislead(status)))) {
            failHere(
                    Failure.UPSTREAM_PROTOCOL,
                    status < 200
                            ? "the backend switched protocols unasked"
                            : "the backend answered " + status + " to an upgrade");
            return;
        }
        var unusedStatus = response.setStatusCode(status);
        MultiMap headers = response.headers();
        try {
            HeaderRules.copyResponse(head.fields(), headers, trailers.supported());
            if (clientSide.isHttp1() && headers.contains("trailer")) {
                headers.remove("content-length"); // only chunks have room for trailers behind them
            }
        } catch (IllegalArgumentException refused) {
            failHere(Failure.UPSTREAM_PROTOCOL, refused.getMessage());
            return;
        }
        clientSide.decorate(head.version());
        ServerTiming.append(proxy.terms(), journal, headers);
        filters.onResponse();
        if (done) {
            return;
        }
        if (asked != null) {
            openTunnel(asked, stream);
            return;
        }
        clientSide.announceClose();
        boolean noBody = clientSide.isHead() || status == 204 || status == 304;
        long length = noBody ? ResponsePump.NO_BODY : parseLength(headers.get("content-length"));
        if (!noBody && length < 0 && request.version() == HttpVersion.HTTP_1_1) {
            var unused = response.setChunked(true);
        }
        boolean multiplexed = attempt != null && attempt.multiplexed();
        ResponsePump started = new ResponsePump(response, request.connection(), stream, this, length, multiplexed);
        pump = started;
        started.start();
        // Vert.x would announce chunks to an HTTP/1.0 client when the head goes alone.
        if (length >= 0 || request.version() != HttpVersion.HTTP_1_0) {
            loop.atTurnEnd(started);
        }
    }

    @Override
    public void responseTrailers(FieldLines received) {
        trailers.relay(received, filters);
    }

    @Override
    public void clientStalled(boolean stalled) {
        if (stalled && !tunnelled()) {
            deadlines.clientStalled(proxy.terms().body());
        } else {
            deadlines.clientDrained();
        }
    }

    @Override
    public void responseEnded() {
        if (upgrade != null && tunnelled()) {
            upgrade.upstreamEnded();
            return;
        }
        UpstreamAttempt finished = attempt;
        if (finished != null) {
            if (body.sent()) {
                finished.finish();
            } else {
                finished.abort();
            }
        }
        answered();
    }

    private void answered() {
        clientSide.settle(true);
        complete(null, null);
    }

    // (4b) a tunnel in place of a response

    /** CONNECT is answered by the gateway itself. */
    private void switchProtocols(Upgrade asked, UpstreamStream stream) {
        clientSide.decorate(HttpVersion.HTTP_1_1);
        filters.onResponse();
        if (!done) {
            openTunnel(asked, stream);
        }
    }

    private void openTunnel(Upgrade asked, UpstreamStream stream) {
        deadlines.tunnel(proxy.terms().upgrades().idleTimeout());
        asked.open(stream);
        if (clientSide.isHttp1()) {
            return;
        }
        ResponsePump started = new ResponsePump(response, request.connection(), stream, this, -1, true);
        pump = started;
        started.start();
        started.run(); // the client waits for it, and the upstream may be gone in the same turn
        if (body.ended()) {
            asked.clientEnded();
        }
        body.connect(stream);
    }

    /** One direction has ended: the other may not be idle for long. */
    void tunnelHalfClosed() {
        if (!done) {
            deadlines.tunnel(Defaults.CLOSE_LINGER);
        }
    }

    /**
     * Closes both sides, behind what they have still to send.
     *
     * @param why null when one of the sides wanted it
     */
    void tunnelEnded(@Nullable Failure why, @Nullable String detail) {
        if (pump != null) {
            pump.stop();
        }
        body.abandon();
        if (attempt != null) {
            attempt.abort();
        }
        complete(why, detail);
    }

    private boolean tunnelled() {
        return !done && upgrade != null && upgrade.isOpen();
    }

    // (5) a filter answers

    FilterAction reply(int status, @Nullable Buffer content) {
        if (done || pump != null || attempt != null) {
            throw new IllegalStateException("the request has been forwarded or answered already");
        }
        var unusedStatus = response.setStatusCode(status);
        clientSide.decorate(HttpVersion.HTTP_1_1);
        ServerTiming.append(proxy.terms(), journal, response.headers());
        filters.onResponse();
        if (!done) {
            clientSide.announceClose();
            answering = true;
            trailers.relay(FieldLines.NONE, filters);
            if (content == null || status == 204 || status == 304) {
                var unused = response.end();
            } else if (clientSide.isHead()) {
                response.headers().set("content-length", Integer.toString(content.length()));
                var unused = response.end();
            } else {
                journal.sent(content.length());
                var unused = response.end(content);
            }
            answered();
        }
        return FilterAction.REPLIED;
    }

    // (6) what can go wrong

    @Override
    public void attemptFailed(Failure failure, @Nullable Throwable cause) {
        if (tunnelled()) {
            tunnelEnded(cause instanceof HttpClosedException ? null : failure, "the backend has closed");
            return;
        }
        if (pump != null && pump.ended()) {
            answered(); // the client has had all of it: what breaks behind the last byte is no failure
            return;
        }
        if (cause != null && UpstreamErrors.resetCode(cause) >= 0) {
            journal.resetCode(UpstreamErrors.resetCode(cause));
            loop.counters().increment(Metric.UPSTREAM_RESETS);
        }
        fail(failure, cause == null ? null : String.valueOf(cause.getMessage()));
    }

    @Override
    public void responseLengthWrong() {
        failHere(Failure.UPSTREAM_INCOMPLETE, "the body's length is not the declared one");
    }

    @Override
    public void requestTooLarge() {
        failHere(Failure.BODY_TOO_LARGE, "more than " + bodyLimit.bytes() + " bytes");
    }

    @Override
    public void deadlinePassed(Failure failure, @Nullable String detail) {
        if (failure == Failure.CLIENT_TOO_SLOW) {
            breakOff(failure, detail, clientSide::cutOff);
        } else {
            failHere(failure, detail);
        }
    }

    /** A filter ends the exchange without an answer. */
    FilterAction breakOff(Failure failure, @Nullable String detail, Runnable how) {
        if (!done) {
            if (attempt != null) {
                attempt.abort();
            }
            if (pump != null) {
                pump.stop();
            }
            answering = true;
            how.run();
            complete(failure, detail);
        }
        return FilterAction.REPLIED;
    }

    /** The node's drain deadline has passed. */
    void force() {
        if (!done) {
            failHere(Failure.DRAINING, "the drain deadline has passed");
        }
    }

    /** A failure that the upstream knows nothing of yet. */
    private void failHere(Failure failure, @Nullable String detail) {
        if (attempt != null) {
            attempt.abort();
        }
        fail(failure, detail);
    }

    private void bodyMalformed(String problem) {
        if (done) {
            var unused = request.connection().close(); // the answer is out; what follows cannot be framed
            return;
        }
        if (attempt != null) {
            attempt.abort();
        }
        fail(Failure.BAD_REQUEST, problem, null);
    }

    private void clientGone(@Nullable Throwable cause) {
        if (tunnelled()) {
            tunnelEnded(null, "the client has closed");
            return;
        }
        // An HTTP/2 stream closes while its last frame is being written: that is no client that went away.
        if (done || answering || (pump != null && pump.ended())) {
            body.abandon();
            return;
        }
        loop.counters().increment(Metric.DOWNSTREAM_RESETS);
        gone(Failure.CLIENT_CLOSED, cause == null ? null : cause.getMessage());
    }

    /** A filter aborts the connection, which is closed next. */
    void connectionAborted(String reason) {
        if (!done) {
            gone(Failure.CONNECTION_ABORTED, reason);
        }
    }

    /** There is nobody left to answer. */
    private void gone(Failure why, @Nullable String detail) {
        if (attempt != null) {
            attempt.abort();
        }
        if (pump != null) {
            pump.stop();
        }
        body.abandon();
        complete(why, detail);
    }

    private void fail(Failure failure, @Nullable String operatorDetail) {
        fail(failure, failure.text(), operatorDetail);
    }

    /**
     * Before the head is committed: the failure's answer. After: an abort, which no client can take for a complete
     * response (correctness.md E1).
     */
    private void fail(Failure failure, String clientDetail, @Nullable String operatorDetail) {
        if (done) {
            return;
        }
        if (upgrade != null && tunnelled()) {
            if (upgrade.halfClosed()) {
                tunnelEnded(null, "one side has closed, and the other has not");
            } else {
                tunnelEnded(failure, operatorDetail == null ? clientDetail : operatorDetail);
            }
            return;
        }
        if (pump != null) {
            pump.stop();
        }
        body.disconnect();
        if (response.headWritten()) {
            clientSide.abort();
        } else {
            answering = true;
            boolean framable = failure.where() != Failure.Where.DOWNSTREAM;
            proxy.replies().write(request, failure, clientDetail, !framable || clientSide.mustClose());
            clientSide.settle(framable);
        }
        complete(failure, operatorDetail == null ? clientDetail : operatorDetail);
    }

    // (7) what the deadlines ask and hear

    @Override
    public @Nullable BodyPace requestPace() {
        return body.pace();
    }

    @Override
    public boolean headMayBeLate() {
        return journal.grpc();
    }

    @Override
    public void requestWatched() {
        if (!done) {
            deadlines.watchBody();
        }
    }

    @Override
    public void requestBytes(int count) {
        journal.received(count);
        deadlines.active();
    }

    @Override
    public FieldLines requestTrailers(FieldLines received, boolean takesTrailers) {
        return trailers.request(received, takesTrailers, filters);
    }

    @Override
    public void requestEnded() {
        if (upgrade != null && tunnelled()) {
            upgrade.clientEnded();
            return;
        }
        deadlines.active();
        journal.reached(Point.REQUEST_END, deadlines.lastActivityNanos());
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

    // (8) the end, once

    private void complete(@Nullable Failure failure, @Nullable String detail) {
        if (done) {
            return;
        }
        done = true;
        deadlines.stop();
        interim.stop();
        if (upgrade != null) {
            upgrade.over();
        }
        // An answer may overtake the request's end, which the copies still need: Vert.x tells of it in a later task.
        if (mirrors != null && failure != null) {
            mirrors.abort();
        }
        loop.counters().add(Metric.DOWNSTREAM_REQUESTS_ACTIVE, -1);
        journal.completed(failure, detail);
        loop.histograms().record(journal);
        proxy.finished(this, journal);
    }

    private static long parseLength(@Nullable String declared) {
        if (declared == null) {
            return -1;
        }
        try {
            return Long.parseLong(declared);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
