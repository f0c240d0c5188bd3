package dev.sluice.proxy;

import dev.sluice.failure.Failure;
import dev.sluice.loop.Loop;
import dev.sluice.spi.Call;
import dev.sluice.spi.Call.Answer;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.UpstreamHead;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** The response of one exchange: its head and what filters and calls make of it, its body and trailers, or a tunnel in place of both. */
final class ExchangeResponse implements ResponsePump.Observer {

    private final Exchange exchange;
    private final Loop loop;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final ExchangeJournal journal;
    private final ExchangeDeadlines deadlines;
    private @Nullable ResponsePump pump;

    ExchangeResponse(Exchange exchange) {
        this.exchange = exchange;
        this.loop = exchange.loop;
        this.request = exchange.request;
        this.response = exchange.response;
        this.journal = exchange.journal;
        this.deadlines = exchange.deadlines;
    }

    /** Whether the end of an upstream's response has been handed to the client. */
    boolean delivered() {
        return pump != null && pump.ended();
    }

    /** Passes nothing more of a response on. */
    void stop() {
        if (pump != null) {
            pump.stop();
        }
    }

    /**
     * The final head has come.
     *
     * @param multiplexed whether several streams share the upstream's connection, HTTP/2 or HTTP/3
     */
    void head(UpstreamStream stream, UpstreamHead head, boolean multiplexed) {
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
        Call call = asked == null ? exchange.call() : null;
        Answer answer = call == null ? Answer.PASS : call.responseHead();
        if (exchange.isDone()) {
            return;
        }
        exchange.clientSide.decorate(head.version());
        String cookie = exchange.upstream.stickyCookie();
        if (cookie != null) {
            headers.add("set-cookie", cookie);
        }
        ServerTiming.append(exchange.proxy.terms(), journal, headers);
        if (answer == Answer.HOLD) {
            pump(stream, call, ResponsePump.UNKNOWN, true).hold();
            return;
        }
        exchange.filters.onResponse();
        if (exchange.isDone()) {
            return;
        }
        if (asked != null) {
            openTunnel(asked, stream);
            return;
        }
        if (answer == Answer.END) {
            endWithHead();
            return;
        }
        boolean rewritten = call != null && call.rewritesResponse();
        long length = rewritten ? frameRewritten() : frame();
        boolean trailed = exchange.trailers.promised() || multiplexed;
        ResponsePump started = pump(stream, call, length, trailed);
        // Vert.x would announce chunks to an HTTP/1.0 client when the head goes alone.
        if (length >= 0 || request.version() != HttpVersion.HTTP_1_0) {
            loop.atTurnEnd(started);
        }
    }

    private ResponsePump pump(UpstreamStream stream, @Nullable Call call, long length, boolean trailed) {
        ResponsePump started = new ResponsePump(response, request.connection(), stream, this, call, length, trailed);
        pump = started;
        started.start();
        return started;
    }

    /** Says how the body ends; gives its length as {@link ResponsePump} takes it. */
    private long frame() {
        exchange.clientSide.announceClose();
        int status = response.getStatusCode();
        boolean noBody = exchange.clientSide.isHead() || status == 204 || status == 304;
        long length = noBody
                ? ResponsePump.NO_BODY
                : ContentLength.parse(response.headers().get("content-length"));
        if (!noBody && length < 0 && request.version() == HttpVersion.HTTP_1_1) {
            var unused = response.setChunked(true);
        }
        return length;
    }

    /** The upstream's length says nothing of the body that a call makes of it; only the call's own would. */
    private long frameRewritten() {
        long framed = frame();
        return framed == ResponsePump.NO_BODY ? framed : ResponsePump.UNKNOWN;
    }

    @Override
    public void responseHeadKnown() {
        exchange.filters.onResponse();
        ResponsePump held = pump;
        if (!exchange.isDone() && held != null) {
            long unused = frameRewritten();
            if (request.version() != HttpVersion.HTTP_1_0) {
                loop.atTurnEnd(held);
            }
        }
    }

    /** The head is all of the answer; the upstream's stream is given up. */
    private void endWithHead() {
        exchange.upstream.finish(false);
        exchange.answer.endWithHead();
    }

    @Override
    public @Nullable Buffer responseTrailers(FieldLines received) {
        try {
            Call call = exchange.call();
            if (call == null) {
                exchange.trailers.relay(received, exchange.filters);
                return null;
            }
            MultiMap trailers = exchange.trailers.allowed(received);
            Buffer last = call.responseEnd(trailers);
            if (pump != null) {
                pump.releaseHead();
            }
            if (!exchange.isDone()) {
                exchange.trailers.close(trailers, exchange.filters);
            }
            return last;
        } catch (IllegalArgumentException refused) {
            exchange.failHere(Failure.UPSTREAM_PROTOCOL, refused.getMessage()); // a field that Vert.x does not take
            return null;
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
        exchange.upstream.finish(exchange.body.sent());
        exchange.answered();
    }

    /** CONNECT is answered by the gateway itself. */
    void switchProtocols(Upgrade asked, UpstreamStream stream) {
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
        ResponsePump started = pump(tunnel, null, ResponsePump.UNKNOWN, true);
        started.run(); // the client waits for it, and the upstream may be gone in the same turn
        if (exchange.body.ended()) {
            asked.clientEnded();
        }
        exchange.body.connect(tunnel);
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
