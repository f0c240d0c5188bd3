package dev.sluice.proxy;

import dev.sluice.config.FilterSpec.RequestMirror;
import dev.sluice.failure.Failure;
import dev.sluice.filter.FilterAction;
import dev.sluice.loop.Loop;
import dev.sluice.observe.Metric;
import dev.sluice.route.CompiledMatch;
import dev.sluice.route.CompiledRule;
import dev.sluice.route.CompiledRule.WeightedBackend;
import dev.sluice.upstream.Upstream;
import dev.sluice.upstream.UpstreamEndpoint;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.UpstreamErrors;
import dev.sluice.wire.UpstreamHead;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
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
    private final RequestPump body;
    private final ClientSide clientSide;
    private final ExchangeFilterView filterView;
    private final ExchangeFilters filters;
    private final ExchangeDeadlines deadlines;
    private final long startNanos;

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
        this.body = new RequestPump(loop, request, this);
        this.clientSide = new ClientSide(proxy, request, body);
        this.filterView = new ExchangeFilterView(this);
        this.filters = new ExchangeFilters(filterView, this);
        this.deadlines = new ExchangeDeadlines(loop, this);
    }

    // (1) subscribe to both ends of the client's side, check, match

    void run() {
        loop.counters().increment(Metric.DOWNSTREAM_REQUESTS_ACTIVE);
        proxy.started(this);
        body.start();
        var unusedRequest = request.exceptionHandler(this::clientGone);
        var unusedResponse = response.exceptionHandler(this::clientGone);
        var unusedClose = response.closeHandler(v -> clientGone(null));
        deadlines.start();
        Failure invalid = incoming.failure();
        if (invalid != null) {
            fail(invalid, incoming.problem(), null);
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
        CompiledMatch match = proxy.routes().match(incoming);
        if (match == null) {
            fail(Failure.NO_ROUTE, null);
            return;
        }
        filterView.matched(match);
        matched(match.rule());
    }

    // (2) filters of the rule, then of the backend

    private void matched(CompiledRule matched) {
        rule = matched;
        journal.route(matched.name());
        deadlines.request(startNanos, matched.requestTimeoutMillis());
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
        filtered = true;
        if (body.bodyKnown()) {
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
        if (!matched.mirrors().isEmpty()) {
            startMirrors(matched);
        }
        deadlines.backendRequest(matched.backendRequestTimeoutMillis());
        UpstreamAttempt started = new UpstreamAttempt(endpoint, request.method(), filterView.uri(), this);
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
        MultiMap headers = stream.headers();
        try {
            writeHeaders(headers);
            ExchangeHeaders.name(stream, filterView.authority());
        } catch (IllegalArgumentException refused) {
            failHere(Failure.BAD_REQUEST, refused.getMessage()); // a field that a filter made, and no protocol takes
            return;
        }
        deadlines.awaitHead();
        clientSide.continueIfExpected();
        body.connect(stream);
    }

    private void writeHeaders(MultiMap headers) {
        MultiMap from = request.headers();
        HeaderRules.copyRequest(from, headers, client.peerTrusted());
        client.forward(
                from, headers, connection.ip(), filterView.scheme(), incoming.authority(), filterView.listenerPort());
        HeaderRules.appendVia(headers, request.version(), proxy.pseudonym());
        if (!headers.contains("x-request-id")) {
            headers.set("x-request-id", journal.requestId());
        }
    }

    // (4) the response

    @Override
    public void responseHead(UpstreamStream stream, UpstreamHead head) {
        deadlines.headReceived();
        int status = head.status();
        journal.upstreamHead(status);
        if (status < 200) {
            failHere(Failure.UPSTREAM_PROTOCOL, "the backend switched protocols unasked");
            return;
        }
        var unusedStatus = response.setStatusCode(status);
        MultiMap headers = response.headers();
        try {
            HeaderRules.copyResponse(head.fields(), headers, clientSide.acceptsTrailers());
        } catch (IllegalArgumentException refused) {
            failHere(Failure.UPSTREAM_PROTOCOL, refused.getMessage());
            return;
        }
        clientSide.decorate(head.version());
        filters.onResponse();
        if (done) {
            return;
        }
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
        clientSide.trailers(received, filters);
    }

    @Override
    public void responseEnded() {
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

    // (5) a filter answers

    FilterAction reply(int status, @Nullable Buffer content) {
        if (done || pump != null || attempt != null) {
            throw new IllegalStateException("the request has been forwarded or answered already");
        }
        var unusedStatus = response.setStatusCode(status);
        clientSide.decorate(HttpVersion.HTTP_1_1);
        filters.onResponse();
        if (!done) {
            answering = true;
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
    public void deadlinePassed(Failure failure, @Nullable String detail) {
        failHere(failure, detail);
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

    private void clientGone(@Nullable Throwable cause) {
        // An HTTP/2 stream closes while its last frame is being written: that is no client that went away.
        if (done || answering || (pump != null && pump.ended())) {
            body.abandon();
            return;
        }
        loop.counters().increment(Metric.DOWNSTREAM_RESETS);
        if (attempt != null) {
            attempt.abort();
        }
        if (pump != null) {
            pump.stop();
        }
        body.abandon();
        complete(Failure.CLIENT_CLOSED, cause == null ? null : cause.getMessage());
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
        if (pump != null) {
            pump.stop();
        }
        body.disconnect();
        if (response.headWritten()) {
            clientSide.abort();
        } else {
            answering = true;
            proxy.replies().write(request, failure, clientDetail);
            clientSide.settle(failure.where() != Failure.Where.DOWNSTREAM);
        }
        complete(failure, operatorDetail == null ? clientDetail : operatorDetail);
    }

    // (7) what the deadlines ask and hear

    @Override
    public boolean requestComplete() {
        return body.ended();
    }

    @Override
    public boolean headMayBeLate() {
        return journal.grpc();
    }

    @Override
    public void requestBytes(int count) {
        journal.received(count);
        deadlines.active();
    }

    @Override
    public void requestEnded() {
        deadlines.active();
    }

    @Override
    public void responseBytes(int count) {
        journal.sent(count);
        deadlines.active();
    }

    // (8) the end, once

    private void complete(@Nullable Failure failure, @Nullable String detail) {
        if (done) {
            return;
        }
        done = true;
        deadlines.stop();
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
