package dev.sluice.proxy;

import dev.sluice.config.Defaults;
import dev.sluice.drain.DrainProgress;
import dev.sluice.failure.Failure;
import dev.sluice.filter.BodyLimit;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.RequestTiming.Point;
import dev.sluice.loop.Loop;
import dev.sluice.observe.Metric;
import dev.sluice.spi.Call;
import dev.sluice.upstream.EndpointOutcome;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.RequestBody;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
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
final class Exchange implements RequestPump.Observer, ExchangeDeadlines.Observer {

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
    final RequestPump body;
    final Interim interim;
    final ExchangeFilterView filterView;
    final ExchangeRouting routing;
    final ExchangeFilters filters;
    final ExchangeDeadlines deadlines;
    final long startNanos;
    final @Nullable Upgrade upgrade;
    final ExchangeUpstream upstream;
    final ExchangeResponse answering;
    final ExchangeCall calling;
    final ExchangeAnswer answer;

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
        // A stream of gRPC messages has no size: each message has.
        this.bodyLimit = new RequestBodyLimit(
                journal.grpc() ? BodyLimit.UNLIMITED : proxy.terms().body().maxBytes());
        this.body = new RequestPump(loop, request, proxy.terms().body(), bodyLimit, this);
        this.interim = new Interim(loop, request, body);
        this.clientSide = new ClientSide(proxy, request, connection, body, interim);
        this.trailers = new ExchangeTrailers(this);
        this.filterView = new ExchangeFilterView(this);
        this.routing = new ExchangeRouting(this);
        this.filters = new ExchangeFilters(filterView, routing);
        this.deadlines = new ExchangeDeadlines(loop, this);
        this.upgrade = Upgrade.of(this);
        this.upstream = new ExchangeUpstream(this);
        this.answering = new ExchangeResponse(this);
        this.calling = new ExchangeCall(this);
        this.answer = new ExchangeAnswer(this);
    }

    // (1) subscribe to both ends of the client's side, check; then ExchangeRouting, ExchangeUpstream, ExchangeResponse

    void run() {
        loop.counters().increment(Metric.DOWNSTREAM_REQUESTS_ACTIVE);
        proxy.traffic().started(this);
        body.start();
        var unusedRequest = request.exceptionHandler(this::clientGone);
        var unusedResponse = response.exceptionHandler(this::clientGone);
        var unusedClose = response.closeHandler(v -> clientGone(null));
        if (upgrade != null && upgrade.wanted()) {
            body.tunnel();
        }
        if (journal.grpc()) {
            body.unpaced();
        } else if (!interim.pending()) {
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
            var unusedAllow = response.headers().set("allow", LocalReply.ALLOWED);
            var unusedAction = reply(200, null);
            return;
        }
        if (proxy.via().names(request.headers())) {
            fail(Failure.LOOP_DETECTED, null);
            return;
        }
        Failure refusal = upgrade == null ? null : upgrade.refusal();
        if (refusal != null) {
            fail(refusal, null);
            return;
        }
        routing.route();
    }

    /** The call that it is; null when it is none. */
    @Nullable
    Call call() {
        return calling.call();
    }

    /** Whether it has ended. */
    boolean isDone() {
        return done;
    }

    /** Counts an exception that should not happen. */
    void note(Throwable bug) {
        loop.counters().increment(Metric.BUGS);
        log.error("event=bug route={} target={}", journal.route(), incoming.path(), bug);
    }

    @Override
    public void requestBodyKnown() {
        routing.bodyKnown();
    }

    // (2) a response

    void answered() {
        clientSide.settle(true);
        complete(null, null);
    }

    // (3) a tunnel in place of a response

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
        upstream.abort(EndpointOutcome.UNKNOWN);
        body.abandon();
        complete(why, detail);
    }

    /** A WebSocket that the gateway has closed on both sides; unlike a tunnel that breaks, it ends an HTTP/2 stream in good order. */
    void tunnelClosed(String detail) {
        if (!done) {
            upstream.abort(EndpointOutcome.UNKNOWN);
            if (clientSide.isHttp1()) {
                body.abandon();
            } else {
                if (!response.ended()) { // the backend may have closed first
                    clientSide.wrote(response.end());
                }
                clientSide.settle(true);
            }
            complete(null, detail);
        }
    }

    boolean tunnelled() {
        return !done && upgrade != null && upgrade.isOpen();
    }

    // (4) a filter answers

    FilterAction reply(int status, @Nullable Buffer content) {
        if (done || upstream.started()) {
            throw new IllegalStateException("the request has been forwarded or answered already");
        }
        answer.reply(status, content);
        return FilterAction.REPLIED;
    }

    // (5) what can go wrong

    @Override
    public void requestTooLarge() {
        failHere(Failure.BODY_TOO_LARGE, "more than " + bodyLimit.bytes() + " bytes");
    }

    @Override
    public void deadlinePassed(Failure failure, @Nullable String detail) {
        if (failure == Failure.CLIENT_TOO_SLOW) {
            breakOff(failure, detail, clientSide::cutOff);
        } else if (failure == Failure.REQUEST_TIMEOUT && calling.call() != null) {
            upstream.abort(body.sent() ? EndpointOutcome.GATEWAY_ERROR : EndpointOutcome.UNKNOWN);
            body.disconnect();
            calling.expired(detail);
        } else {
            failHere(failure, detail);
        }
    }

    /** A filter ends the exchange without an answer. */
    FilterAction breakOff(Failure failure, @Nullable String detail, Runnable how) {
        if (!done) {
            upstream.abort(EndpointOutcome.UNKNOWN);
            answer.take();
            how.run();
            complete(failure, detail);
        }
        return FilterAction.REPLIED;
    }

    /** The node waits for it no longer. */
    void force(String why) {
        if (!done) {
            failHere(Failure.DRAINING, why);
        }
    }

    /** The node drains: a WebSocket is told so, anything else goes on. */
    void closeTunnel() {
        if (upgrade != null && tunnelled()) {
            upgrade.close();
        }
    }

    /** What people call this kind of traffic. */
    DrainProgress.Kind kind() {
        if (upgrade != null && tunnelled()) {
            return DrainProgress.Kind.WEBSOCKET;
        }
        return journal.grpc() ? DrainProgress.Kind.GRPC : DrainProgress.Kind.of(request.version());
    }

    /** A failure that the upstream knows nothing of yet. */
    void failHere(Failure failure, @Nullable String detail) {
        boolean late = failure == Failure.REQUEST_TIMEOUT && body.sent();
        boolean blames = late || failure.where() == Failure.Where.UPSTREAM;
        upstream.abort(blames ? EndpointOutcome.GATEWAY_ERROR : EndpointOutcome.UNKNOWN);
        fail(failure, detail);
    }

    /** A filter, a call, or a service of the gateway's own, has thrown. */
    void broken(Throwable bug) {
        note(bug);
        failHere(Failure.INTERNAL, bug.toString());
    }

    /** A call cannot go on. */
    void callFailed(Failure failure, String detail) {
        if (!done) {
            upstream.abort(EndpointOutcome.UNKNOWN);
            fail(failure, detail, null);
        }
    }

    private void bodyMalformed(String problem) {
        if (done) {
            var unused = request.connection().close(); // the answer is out; what follows cannot be framed
            return;
        }
        upstream.abort(EndpointOutcome.UNKNOWN);
        fail(Failure.BAD_REQUEST, problem, null);
    }

    private void clientGone(@Nullable Throwable cause) {
        if (tunnelled()) {
            tunnelEnded(null, "the client has closed");
            return;
        }
        // An HTTP/2 stream closes while its last frame is being written: that is no client that went away.
        if (done || answer.begun() || answering.delivered()) {
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
        upstream.abort(EndpointOutcome.UNKNOWN);
        body.abandon();
        complete(why, detail);
    }

    void fail(Failure failure, @Nullable String operatorDetail) {
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
        answering.stop();
        body.disconnect();
        answer.failure(failure, clientDetail);
        complete(failure, operatorDetail == null ? clientDetail : operatorDetail);
    }

    // (6) what the deadlines ask and hear

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

    // (7) the end, once

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
        if (failure != null) {
            upstream.abortMirrors();
        }
        loop.counters().add(Metric.DOWNSTREAM_REQUESTS_ACTIVE, -1);
        calling.ended(failure);
        journal.completed(failure, detail);
        loop.histograms().record(journal);
        proxy.traffic().finished(this, journal);
    }
}
