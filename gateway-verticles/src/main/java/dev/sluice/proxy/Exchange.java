package dev.sluice.proxy;

import dev.sluice.config.Defaults;
import dev.sluice.config.FilterSpec.RequestMirror;
import dev.sluice.failure.Failure;
import dev.sluice.filter.FilterAction;
import dev.sluice.filter.HttpFilter;
import dev.sluice.loop.Loop;
import dev.sluice.loop.Timeout;
import dev.sluice.observe.Metric;
import dev.sluice.route.CompiledMatch;
import dev.sluice.route.CompiledRule;
import dev.sluice.route.CompiledRule.WeightedBackend;
import dev.sluice.upstream.Upstream;
import dev.sluice.upstream.UpstreamEndpoint;
import dev.sluice.wire.UpstreamErrors;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
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
final class Exchange extends Timeout implements RequestPump.Observer, UpstreamAttempt.Observer, ResponsePump.Observer {

    private static final Logger log = LoggerFactory.getLogger(Exchange.class);

    private static final long H2_INTERNAL_ERROR = 2;
    private static final long H3_INTERNAL_ERROR = 0x102;
    private static final long H2_NO_ERROR = 0;
    private static final long H3_NO_ERROR = 0x100;

    final ProxyHandler proxy;
    final Loop loop;
    final HttpServerRequest request;
    final HttpServerResponse response;
    final IncomingRequest incoming;
    final ClientIdentity client;
    final ClientConnection connection;
    final RequestPump body;
    final ExchangeJournal journal;
    private final ExchangeFilterView filterView;

    private @Nullable CompiledRule rule;
    private HttpFilter[] filters = NO_FILTERS;
    private int nextFilter;
    private @Nullable WeightedBackend backend;
    private @Nullable UpstreamAttempt attempt;
    private @Nullable ResponsePump pump;
    private @Nullable MirrorRequests mirrors;
    private boolean upstreamReusable;
    private boolean filtered;
    private boolean answering;
    private boolean done;
    private long lastActivityNanos;
    private long requestDeadlineNanos = Long.MAX_VALUE;
    private long backendDeadlineNanos = Long.MAX_VALUE;
    private boolean awaitsHead;

    private static final HttpFilter[] NO_FILTERS = {};

    Exchange(ProxyHandler proxy, HttpServerRequest request, ClientConnection connection) {
        this.proxy = proxy;
        this.loop = proxy.loop();
        this.request = request;
        this.response = request.response();
        this.connection = connection;
        this.lastActivityNanos = loop.nanoTime();
        this.incoming = IncomingRequest.parse(request);
        this.client = ClientIdentity.of(connection.ip(), request.headers(), proxy.trustedProxies());
        this.body = new RequestPump(loop, request, this);
        this.journal = new ExchangeJournal(this, lastActivityNanos, loop.epochMillis());
        this.filterView = new ExchangeFilterView(this);
    }

    // (1) subscribe to both ends of the client's side, check, match

    void run() {
        loop.counters().increment(Metric.DOWNSTREAM_REQUESTS_ACTIVE);
        proxy.started(this);
        body.start();
        var unusedRequest = request.exceptionHandler(this::clientGone);
        var unusedResponse = response.exceptionHandler(this::clientGone);
        var unusedClose = response.closeHandler(v -> clientGone(null));
        armNext();
        Failure invalid = incoming.failure();
        if (invalid != null) {
            fail(invalid, incoming.problem(), null);
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
        if (matched.requestTimeoutMillis() > 0) {
            requestDeadlineNanos = lastActivityNanos + matched.requestTimeoutMillis() * 1_000_000L;
            armNext();
        }
        filters = matched.filters();
        runFilters();
    }

    private void runFilters() {
        while (nextFilter < filters.length && !done) {
            FilterAction action;
            try {
                action = filters[nextFilter++].onRequest(filterView);
            } catch (RuntimeException bug) {
                bug(bug);
                return;
            }
            if (action != FilterAction.CONTINUE) {
                return;
            }
        }
        if (!done) {
            filtersDone();
        }
    }

    /** A paused filter lets go. */
    void resumeFilters() {
        if (!done) {
            runFilters();
        }
    }

    private void filtersDone() {
        CompiledRule matched = rule;
        if (matched == null) {
            return;
        }
        WeightedBackend chosen = backend;
        if (chosen == null) {
            if (matched.totalWeight() == 0) {
                fail(Failure.NO_BACKEND, null);
                return;
            }
            int ticket = matched.backends().size() == 1 ? 0 : loop.random().nextInt(matched.totalWeight());
            chosen = matched.backend(ticket);
            backend = chosen;
            journal.backend(chosen.backend());
            if (chosen.filters().length > 0) {
                filters = concat(filters, chosen.filters());
                runFilters();
                return;
            }
        }
        filtered = true;
        if (body.bodyKnown()) {
            forward();
        } else if (safeMethod()) {
            armNext(); // the end of an HTTP/2 or 3 request without a body is on its way: requestBodyKnown() goes on
        } else {
            loop.atTurnEnd(this::forward);
        }
    }

    private boolean safeMethod() {
        HttpMethod method = request.method();
        return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD) || method.equals(HttpMethod.OPTIONS);
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
        if (done || attempt != null || chosen == null) {
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
        startMirrors();
        CompiledRule matched = rule;
        if (matched != null && matched.backendRequestTimeoutMillis() > 0) {
            backendDeadlineNanos = loop.nanoTime() + matched.backendRequestTimeoutMillis() * 1_000_000L;
            armNext();
        }
        UpstreamAttempt started = new UpstreamAttempt(endpoint, request.method(), filterView.uri(), this);
        attempt = started;
        started.start();
    }

    private void startMirrors() {
        if (rule == null || rule.mirrors().isEmpty()) {
            return;
        }
        MirrorRequests copies = new MirrorRequests(loop);
        for (RequestMirror mirror : rule.mirrors()) {
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
    public void streamOpened(HttpClientRequest stream) {
        MultiMap headers = stream.headers();
        writeHeaders(headers);
        ExchangeHeaders.name(stream, filterView.authority());
        if (!body.bodyless() && !headers.contains("content-length")) {
            var unused = stream.setChunked(true);
        }
        awaitsHead = true;
        lastActivityNanos = loop.nanoTime();
        armNext();
        if (request.version() != HttpVersion.HTTP_1_0
                && HeaderRules.hasToken(request.headers(), "expect", "100-continue")) {
            if (!body.ended()) {
                var unused = response.writeContinue();
            }
        }
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
    public void responseHead(HttpClientResponse head) {
        awaitsHead = false;
        lastActivityNanos = loop.nanoTime();
        int status = head.statusCode();
        journal.upstreamHead(status);
        if (status < 200) {
            attemptFailedLocally(Failure.UPSTREAM_PROTOCOL, "The backend switched protocols unasked");
            return;
        }
        upstreamReusable = UpstreamAttempt.keepsAlive(head);
        var unusedStatus = response.setStatusCode(status);
        boolean trailersPossible = acceptsTrailers();
        MultiMap headers = response.headers();
        HeaderRules.copyResponse(head.headers(), headers, trailersPossible);
        decorate(headers, head.version());
        runResponseFilters();
        if (done) {
            return;
        }
        boolean noBody = isHead() || status == 204 || status == 304;
        long length = noBody ? ResponsePump.NO_BODY : parseLength(headers.get("content-length"));
        if (!noBody && length < 0 && request.version() == HttpVersion.HTTP_1_1) {
            var unused = response.setChunked(true);
        }
        boolean multiplexed = attempt != null && attempt.multiplexed();
        ResponsePump started = new ResponsePump(response, head, this, length, multiplexed);
        pump = started;
        started.start();
        loop.atTurnEnd(started);
    }

    /** Fields that every proxied or filter-made response carries. */
    private void decorate(MultiMap headers, HttpVersion received) {
        HeaderRules.appendVia(headers, received, proxy.pseudonym());
        if (!headers.contains("date")) {
            headers.set("date", loop.httpDate());
        }
        String altSvc = proxy.altSvc();
        if (altSvc != null && request.version() != HttpVersion.HTTP_3) {
            headers.set("alt-svc", altSvc);
        }
        closeIfDraining(headers);
    }

    private void closeIfDraining(MultiMap headers) {
        if (proxy.draining() && isHttp1()) {
            headers.set("connection", "close");
        }
    }

    private void runResponseFilters() {
        for (int i = nextFilter - 1; i >= 0 && !done; i--) {
            try {
                filters[i].onResponse(filterView);
            } catch (RuntimeException bug) {
                bug(bug);
            }
        }
    }

    @Override
    public void responseTrailers(MultiMap received) {
        if (received.isEmpty()) {
            return;
        }
        if (!acceptsTrailers()) {
            loop.counters().add(Metric.DROPPED_TRAILERS, received.size());
            return;
        }
        MultiMap trailers = HttpHeaders.headers();
        int refused = HeaderRules.copyTrailers(received, trailers);
        loop.counters().add(Metric.DROPPED_TRAILERS, refused);
        for (int i = nextFilter - 1; i >= 0; i--) {
            try {
                filters[i].onTrailers(filterView, trailers);
            } catch (RuntimeException bug) {
                reportBug(bug);
            }
        }
        MultiMap sent = response.trailers();
        trailers.forEach((name, value) -> {
            var unused = sent.add(name, value);
        });
    }

    /** HTTP/1.1 needs the client's word and chunked coding (RFC 9110 section 6.5.1); HTTP/1.0 has no trailers. */
    private boolean acceptsTrailers() {
        return switch (request.version()) {
            case HTTP_1_0 -> false;
            case HTTP_1_1 ->
                HeaderRules.hasToken(request.headers(), "te", "trailers")
                        && !response.headers().contains("content-length");
            case HTTP_2, HTTP_3 -> true;
        };
    }

    @Override
    public void responseEnded() {
        UpstreamAttempt finished = attempt;
        if (finished != null) {
            if (body.sent()) {
                finished.finish(upstreamReusable);
            } else {
                finished.abort();
            }
        }
        answered();
    }

    /** The response is written: settle what is left of the request, and end. */
    private void answered() {
        boolean unread = !body.ended();
        if (unread && !isHttp1()) {
            body.disconnect();
            loop.atTurnEnd(this::declineRest);
        } else if (unread) {
            body.discardRest();
        }
        boolean lengthless = request.version() == HttpVersion.HTTP_1_0
                && !response.headers().contains("content-length")
                && !isHead();
        if (lengthless || (isHttp1() && proxy.draining())) {
            var unused = request.connection().close();
        }
        complete(null, null);
    }

    // (5) a filter answers

    FilterAction reply(int status, @Nullable Buffer content) {
        if (done || pump != null || attempt != null) {
            throw new IllegalStateException("the request has been forwarded or answered already");
        }
        var unusedStatus = response.setStatusCode(status);
        decorate(response.headers(), HttpVersion.HTTP_1_1);
        runResponseFilters();
        if (!done) {
            journal.sent(content == null ? 0 : content.length());
            answering = true;
            if (content == null) {
                var unused = response.end();
            } else {
                var unused = response.end(content);
            }
            answered();
        }
        return FilterAction.REPLIED;
    }

    // (6) what can go wrong

    @Override
    public void attemptFailed(Failure failure, @Nullable Throwable cause) {
        if (cause != null && UpstreamErrors.resetCode(cause) >= 0) {
            journal.resetCode(UpstreamErrors.resetCode(cause));
            loop.counters().increment(Metric.UPSTREAM_RESETS);
        }
        fail(failure, cause == null ? null : String.valueOf(cause.getMessage()));
    }

    private void attemptFailedLocally(Failure failure, @Nullable String detail) {
        if (attempt != null) {
            attempt.abort();
        }
        fail(failure, detail);
    }

    @Override
    public void responseLengthWrong() {
        attemptFailedLocally(Failure.UPSTREAM_INCOMPLETE, "the body's length is not the declared one");
    }

    private void clientGone(@Nullable Throwable cause) {
        // An HTTP/2 stream closes while its last frame is being written: that is no client that went away.
        if (done || answering || (pump != null && pump.ended())) {
            body.abandon();
            return;
        }
        if (pump != null && pump.ended()) {
            return; // an HTTP/2 stream closes with its last frame, before the upstream's end is known
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
            abortResponse();
        } else {
            answering = true;
            proxy.replies().write(request, failure, clientDetail);
            if (failure.where() == Failure.Where.DOWNSTREAM && isHttp1()) {
                var unused = request.connection().close(); // whatever follows cannot be framed for sure
                body.abandon();
            } else {
                settleRequest();
            }
        }
        complete(failure, operatorDetail == null ? clientDetail : operatorDetail);
    }

    private void settleRequest() {
        if (body.ended()) {
            return;
        }
        if (isHttp1()) {
            body.discardRest();
        } else {
            loop.atTurnEnd(this::declineRest);
        }
    }

    /** Not in the turn of the answer: the request's end may come with its head, and a reset drops unsent DATA. */
    private void declineRest() {
        if (!body.ended()) {
            var unused = response.reset(request.version() == HttpVersion.HTTP_3 ? H3_NO_ERROR : H2_NO_ERROR);
        }
    }

    private void abortResponse() {
        loop.counters().increment(Metric.ABORTED_RESPONSES);
        body.abandon();
        if (isHttp1()) {
            var unused = request.connection().close();
        } else {
            var unused =
                    response.reset(request.version() == HttpVersion.HTTP_3 ? H3_INTERNAL_ERROR : H2_INTERNAL_ERROR);
        }
    }

    /** The node's drain deadline has passed. */
    void force() {
        if (!done) {
            attemptFailedLocally(Failure.DRAINING, "the drain deadline has passed");
        }
    }

    private void bug(RuntimeException bug) {
        reportBug(bug);
        attemptFailedLocally(Failure.INTERNAL, bug.toString());
    }

    private void reportBug(RuntimeException bug) {
        loop.counters().increment(Metric.BUGS);
        log.error("event=bug route={} target={}", journal.route(), incoming.path(), bug);
    }

    // (7) time

    @Override
    protected void expired() {
        long now = loop.nanoTime();
        if (now >= requestDeadlineNanos) {
            attemptFailedLocally(Failure.REQUEST_TIMEOUT, "timeouts.request");
        } else if (now >= backendDeadlineNanos) {
            attemptFailedLocally(Failure.UPSTREAM_TIMEOUT, "timeouts.backendRequest");
        } else if (now >= idleDeadline()) {
            if (awaitsHead && !body.ended()) {
                attemptFailedLocally(Failure.REQUEST_BODY_TIMEOUT, "the client stopped sending");
            } else {
                attemptFailedLocally(awaitsHead ? Failure.UPSTREAM_TIMEOUT : Failure.STREAM_IDLE, null);
            }
        } else {
            armNext();
        }
    }

    private long idleDeadline() {
        boolean headDue = awaitsHead && !journal.grpc();
        return lastActivityNanos + (headDue ? Defaults.RESPONSE_HEAD_TIMEOUT : Defaults.STREAM_IDLE).toNanos();
    }

    private void armNext() {
        if (!done) {
            long next = Math.min(Math.min(requestDeadlineNanos, backendDeadlineNanos), idleDeadline());
            loop.timer().arm(this, Math.max(0, (next - loop.nanoTime()) / 1_000_000L));
        }
    }

    @Override
    public void requestBytes(int count) {
        journal.received(count);
        lastActivityNanos = loop.nanoTime();
    }

    @Override
    public void requestEnded() {
        lastActivityNanos = loop.nanoTime();
    }

    @Override
    public void responseBytes(int count) {
        journal.sent(count);
        lastActivityNanos = loop.nanoTime();
    }

    // (8) the end, once

    private void complete(@Nullable Failure failure, @Nullable String detail) {
        if (done) {
            return;
        }
        done = true;
        loop.timer().cancel(this);
        if (mirrors != null) {
            mirrors.abort();
        }
        loop.counters().add(Metric.DOWNSTREAM_REQUESTS_ACTIVE, -1);
        journal.completed(failure, detail);
        loop.histograms().record(journal);
        proxy.finished(this, journal);
    }

    private boolean isHead() {
        return request.method().equals(HttpMethod.HEAD);
    }

    private boolean isHttp1() {
        HttpVersion version = request.version();
        return version == null || version == HttpVersion.HTTP_1_1 || version == HttpVersion.HTTP_1_0;
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

    private static HttpFilter[] concat(HttpFilter[] first, HttpFilter[] second) {
        HttpFilter[] all = new HttpFilter[first.length + second.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
