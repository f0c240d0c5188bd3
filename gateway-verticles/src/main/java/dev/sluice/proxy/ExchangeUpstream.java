package dev.sluice.proxy;

import dev.sluice.config.FilterSpec.RequestMirror;
import dev.sluice.failure.Failure;
import dev.sluice.filter.RequestTiming.Point;
import dev.sluice.loop.Loop;
import dev.sluice.route.CompiledRule;
import dev.sluice.route.CompiledRule.WeightedBackend;
import dev.sluice.spi.LocalService;
import dev.sluice.upstream.EndpointOutcome;
import dev.sluice.upstream.Upstream;
import dev.sluice.upstream.UpstreamEndpoint;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.UpstreamHead;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * The upstream's side of an exchange: what its tries at a backend are sent, the copies for mirrors, a service of the
 * gateway's own in place of a backend.
 */
final class ExchangeUpstream implements Tries.Observer {

    private final Exchange exchange;
    private final Loop loop;
    private final HttpServerRequest request;
    private final ExchangeJournal journal;
    private final ExchangeDeadlines deadlines;
    private @Nullable Tries tries;
    private @Nullable MirrorRequests mirrors;
    private @Nullable LocalStream local;

    ExchangeUpstream(Exchange exchange) {
        this.exchange = exchange;
        this.loop = exchange.loop;
        this.request = exchange.request;
        this.journal = exchange.journal;
        this.deadlines = exchange.deadlines;
    }

    /** Whether an upstream was asked. */
    boolean started() {
        return tries != null || local != null;
    }

    /** The {@code Set-Cookie} that binds the client to the endpoint that answers; null for none. */
    @Nullable
    String stickyCookie() {
        return tries == null ? null : tries.stickyCookie(request.isSSL());
    }

    /** The answer has ended. */
    void finish(boolean requestSent) {
        if (tries != null) {
            tries.finish(requestSent);
        }
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
        if (local != null) {
            local.reset(0);
        }
        exchange.answering.stop();
    }

    /** The real request broke off. */
    void abortMirrors() {
        if (mirrors != null) {
            mirrors.abort();
        }
    }

    /** Whether it is the gateway's own service that was asked. */
    boolean local() {
        return local != null;
    }

    /** What that service tells may have changed. */
    void changed() {
        if (local != null) {
            local.changed();
        }
    }

    /** Asks a service of the gateway's own. */
    void serve(LocalService service) {
        LocalStream stream = new LocalStream(exchange, service, new UpstreamStream.Listener() {
            @Override
            public void opened(UpstreamStream opened) {}

            @Override
            public void interim(int status, FieldLines fields) {}

            @Override
            public void head(UpstreamHead head) {
                if (local != null) {
                    exchange.answering.head(local, head, true);
                }
            }

            @Override
            public void failed(Throwable cause) {}
        });
        local = stream;
        exchange.proxy.traffic().localStarted();
        writeHeaders(stream.headers());
        if (exchange.isDone()) {
            return;
        }
        deadlines.awaitHead();
        exchange.body.connect(stream);
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
        if (!exchange.isDone()) {
            started.start(first);
        }
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
                        exchange.filterView.forwardedMethod(),
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
            exchange.answering.switchProtocols(exchange.upgrade, stream);
            return;
        }
        MultiMap headers = stream.headers();
        try {
            writeHeaders(headers);
            if (exchange.isDone()) {
                return;
            }
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

    /** What any upstream is sent; a call that throws has ended the exchange by then. */
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
        if (exchange.call() != null) {
            exchange.call().upstreamHead(headers);
        }
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
        exchange.answering.head(stream, head, attempt.multiplexed());
    }

    @Override
    public void attemptFailed(UpstreamAttempt attempt, Failure failure, @Nullable Throwable cause) {
        if (exchange.tunnelled()) {
            exchange.tunnelEnded(cause instanceof HttpClosedException ? null : failure, "the backend has closed");
            return;
        }
        if (exchange.answering.delivered()) {
            exchange.answered(); // the client has had all of it: what breaks behind the last byte is no failure
            return;
        }
        if (cause != null) {
            journal.protocolError(attempt.protocolError(cause));
        }
        String detail = cause == null ? null : String.valueOf(cause.getMessage());
        // A backend that was told the call's deadline may cancel it a little earlier than the loop's timer ticks.
        if (failure == Failure.UPSTREAM_RESET && exchange.call() != null && deadlines.requestIsDue()) {
            exchange.deadlinePassed(Failure.REQUEST_TIMEOUT, detail);
        } else {
            exchange.fail(failure, detail);
        }
    }
}
